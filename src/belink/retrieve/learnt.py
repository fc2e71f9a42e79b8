"""Learnt fusion: how probable it is, by a few plain features, that a concept is the one meant.

The concepts that the exact, lexical or dense list proposes are described by `FEATURES`. Their probabilities
are those of a conditional logit (McFadden 1974) over all of them and "none of these":

    P(c) = exp(w·x_c) / (exp(n) + sum over c' of exp(w·x_c'))

so that they add up to at most 1, and homonyms share what their name deserves. The weights `w` and the weight
`n` of "none" were fitted on training documents of eight corpora, once for each type of mention with and once
without the dense list, and once for all types together. `data/fusion.json` holds them and what they were
fitted on; `scripts/fit_fusion.py` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from belink.errors import ModelError
from belink.types import CandidateSource

Values = NDArray[np.float64]

FEATURES = (
    "exact",
    "same_words",
    "lexical",
    "dense",
    "lexical_rank",
    "dense_rank",
    "short_exact",
    "short_lexical",
    "short_dense",
    "variant_exact",
    "variant_lexical",
    "same_text",
    "numbers_differ",
    "length",
    "preferred",
    "other_scope",
    "log_homonyms",
    "log_names",
    "organism",
    "first_organism",
    "narrower",
    "narrower_share",
    "variant_shorter",
    "shorter_lexical",
    "same_letters",
    "same_long_words",
    "words_found",
    "kind_differs",
    "supplementary",
    "labelled_forms",
    "id_number",
    "variant_form",
    "everyday",
)
"""Features of a concept, in the order of the coefficients.

Of the text asked about, which is the expansion where there is one: 1 for a name that is the same normalised,
1 for the same words, the best string similarity and the best cosine of its names, one over its rank in the
lexical and in the dense list (0 where it is not in it; concepts with names that are equally like it share the
first place, since their order by id says nothing). Of the short form beside an expansion: the first,
third and fourth of these. Of the variants, which are not embedded: one over the place of the first that has
the same words as a name, and the best similarity of any. 1 for a name written as the mention or its
expansion, letter for letter.

Of the name that matched best: 1 if it does not have the same numbers as the text it matched, the shorter
length over the longer, whether it is the preferred name, whether it is neither that nor an exact alias, the
logarithm of the number of concepts that share it. Of the concept: the logarithm of the number of its names;
where both its taxon and the organisms of the query are known, the logarithm of the taxon's probability (at
least `LEAST_ORGANISM`), and 1 for the most probable one; of the first concepts of the lists for the text and
the short form, the best similarity of those directly below it, and their share of all of them.

Then: what `variant_exact` and `variant_lexical` are for the variants alone that are shorter than the text,
which leave something out. Of the name that matched best beside the text or the short form: 1 if their letters
and digits are the same but for spaces ("dimethyl formamide"), 1 if their words of three letters and more are
the same ("3,3'-diaminobenzidine"), the share of the text's words that it has, and 1 if a word like "receptor"
or "virus" stands in only one of them (`belink.retrieve.likeness.KINDS`). Of the concept: 1 for a
supplementary record of MeSH, which is no heading; the logarithm of one more than the number of forms it was
labelled by in training texts (`belink.retrieve.labelled`), and of the number in its identifier
(`belink.retrieve.id_numbers`). Of the variants: one over the place of the first that is a name normalised,
plurals being others ("arachidonic acid" and the class of arachidonic acids); and 1 where one that the
thesaurus has for the text or the short form (`belink.text.thesaurus`) has the same words as a name.
"""

LEAST_ORGANISM = 0.005
ANY_TYPE = ""
"""Names the coefficients for mentions of a type that has none of its own."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each concept of a query (`C` concepts), ascending by ordinal.

    Attributes:
        concepts: ordinals; [C].
        rows: of each concept the name row that matched best; [C].
        features: [C, F], in the order of `FEATURES`.
        sources: the first list, in the order of `CandidateSource`, that proposed each.
    """

    concepts: NDArray[np.int32]
    rows: NDArray[np.int32]
    features: Values
    sources: tuple[CandidateSource, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """A conditional logit on `FEATURES`: the coefficients in their order, and the weight of "none"."""

    coefficients: tuple[float, ...]
    none: float

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(FEATURES):
            raise ModelError(
                f"fusion: found {len(self.coefficients)} coefficients, expected {len(FEATURES)}: "
                f"{', '.join(FEATURES)}; fit it again with scripts/fit_fusion.py"
            )

    def scores(self, evidence: Evidence) -> Values:
        """Give the probability that each concept is the one meant; [C], in [0, 1], at most 1 together."""
        logits = (evidence.features * np.array(self.coefficients)).sum(axis=1)
        top = max(float(logits.max(initial=self.none)), self.none)
        odds = np.exp(logits - top)
        scores: Values = odds / (np.exp(self.none - top) + odds.sum())
        return scores


@dataclass(frozen=True, slots=True)
class Fusion:
    """The weights by type of mention, `ANY_TYPE` among them.

    Attributes:
        features: what the coefficients are of; `FEATURES`.
        encoder: checksum of the encoder that `with_dense` was fitted with.
        with_dense: used where there is a dense index.
        without_dense: used where there is none.
    """

    features: tuple[str, ...]
    encoder: str
    with_dense: Mapping[str, Weights]
    without_dense: Mapping[str, Weights]

    def __post_init__(self) -> None:
        if self.features != FEATURES:
            raise ModelError(
                f"fusion: found coefficients of {', '.join(self.features)}, expected "
                f"{', '.join(FEATURES)}; fit it again with scripts/fit_fusion.py"
            )
        if not (ANY_TYPE in self.with_dense and ANY_TYPE in self.without_dense):
            raise ModelError("fusion: no coefficients for any type; fit it again with scripts/fit_fusion.py")

    def weights(self, entity_type: str, *, dense: bool) -> Weights:
        """Give the weights for mentions of a type."""
        if dense and entity_type in self.with_dense:
            return self.with_dense[entity_type]
        if entity_type in self.without_dense:
            return self.without_dense[entity_type]
        return (self.with_dense if dense else self.without_dense)[ANY_TYPE]


@lru_cache(maxsize=1)
def default_fusion() -> Fusion:
    """Read the weights that ship with BeLink.

    Raises:
        ModelError: the packaged file is damaged.
    """
    file = files("belink.retrieve").joinpath("data", "fusion.json")
    try:
        return TypeAdapter(Fusion).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError("data/fusion.json of belink.retrieve is damaged; install BeLink again") from error
