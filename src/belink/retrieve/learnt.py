"""Learnt fusion: how probable it is, by a few plain features, that a concept is the one meant.

Used where there is a dense index. The concepts that the exact, lexical or dense list proposes are described
by `FEATURES`, and a logistic regression fitted on the training documents of several corpora weighs them;
`data/fusion.json` holds its coefficients and what they were fitted on, `scripts/fit_fusion.py` makes it.

A score is that regression's probability, in [0, 1], each concept by itself: the scores of one mention's
candidates do not add up to 1, and only their order and distance are meant to be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from rapidfuzz import fuzz, process

from belink.errors import ModelError
from belink.retrieve.fusion import LEXICAL_SCORE, Match
from belink.retrieve.lexical import EDIT_EXPONENT

if TYPE_CHECKING:
    from belink.kb.store import Name
    from belink.types import CandidateSource

Values = NDArray[np.float64]

FEATURES = (
    "exact",
    "same_words",
    "lexical",
    "dense",
    "lexical_rank",
    "dense_rank",
    "lexical_gap",
    "dense_gap",
    "length",
    "preferred",
    "other_scope",
    "log_homonyms",
    "short_exact",
    "short_lexical",
    "short_dense",
)
"""Features of a concept, in the order of the coefficients.

The first eight are of the text asked about, which is the expansion where there is one: 1 for a name that is
the same normalised, 1 for the same words, the best string similarity and the best cosine of its names, one
over its rank in the lexical and in the dense list (0 where it is not in it), and how far both similarities
lie below the best of the query (0 or less). Four are of the name that matched best: the shorter length over
the longer, whether it is the preferred name, whether it is neither that nor an exact alias, and the
logarithm of the number of concepts that share it. The last three are of the short form beside an expansion.
"""


@dataclass(frozen=True, slots=True)
class TextMatches:
    """What one text of a query found.

    Attributes:
        text: as it stands in the query.
        form: the text, normalised and folded.
        same: concepts that have it as a name, normalised, and the row of the name.
        same_words: concepts with a name of the same words, and its row.
        lexical: best match of each concept, best first.
        dense: best match of each concept, best first.
    """

    text: str
    form: str
    same: Mapping[int, int]
    same_words: Mapping[int, int]
    lexical: Sequence[Match]
    dense: Sequence[Match]


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
class LearntFusion:
    """A logistic regression on `FEATURES`."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if self.features != FEATURES or len(self.coefficients) != len(FEATURES):
            raise ModelError(
                f"fusion: found coefficients of {', '.join(self.features)}, expected "
                f"{', '.join(FEATURES)}; fit it again with scripts/fit_fusion.py"
            )

    def scores(self, evidence: Evidence) -> Values:
        """Give the probability that each concept is the one meant; [C], in [0, 1]."""
        logits = (evidence.features * np.array(self.coefficients)).sum(axis=1) + self.intercept
        scores: Values = 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
        return scores

    def matches(self, evidence: Evidence) -> list[Match]:
        """Give one match a concept, with its score."""
        columns = (evidence.concepts.tolist(), evidence.rows.tolist(), self.scores(evidence).tolist())
        return [Match(*values) for values in zip(*columns, evidence.sources, strict=True)]


@lru_cache(maxsize=1)
def default_fusion() -> LearntFusion:
    """Read the regression that ships with BeLink.

    Raises:
        ModelError: the packaged file is damaged.
    """
    file = files("belink.retrieve").joinpath("data", "fusion.json")
    try:
        return TypeAdapter(LearntFusion).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError("data/fusion.json of belink.retrieve is damaged; install BeLink again") from error


def gather(
    texts: Sequence[TextMatches],
    cosines: Sequence[Values],
    rows: Sequence[int],
    owners: NDArray[np.int32],
    names: Mapping[int, Name],
    forms: Mapping[int, str],
) -> Evidence:
    """Describe every concept that some list of a query proposed.

    Args:
        texts: what the expansion found, then the mention; the mention alone where there is no expansion.
        cosines: for each text, with each of the rows, in [-1, 1].
        rows: all name rows that some list matched, ascending.
        owners: the ordinals of their concepts, ascending.
        names: the names of these rows, at least.
        forms: the folded names of these rows, at least.
    """
    concepts, starts = np.unique(owners, return_index=True)
    if not len(concepts):
        return Evidence(concepts, concepts, np.zeros((0, len(FEATURES))), ())
    strings = [_similar(text, rows, forms) for text in texts]
    columns = list(zip(strings, cosines, strict=True))
    lexical, dense = columns[0]
    best = _best_rows(lexical + dense, starts)
    lexical, dense = np.maximum.reduceat(lexical, starts), np.maximum.reduceat(dense, starts)
    main, ordinals = texts[0], concepts.tolist()
    chosen = [names[rows[place]] for place in best]
    length = [_length_ratio(forms[name.row], main.form) for name in chosen]
    features = [
        [concept in main.same for concept in ordinals],
        [concept in main.same_words for concept in ordinals],
        lexical,
        dense,
        _reciprocal_ranks(main.lexical, ordinals),
        _reciprocal_ranks(main.dense, ordinals),
        lexical - lexical.max(),
        dense - dense.max(),
        length,
        [name.scope == "preferred" for name in chosen],
        [name.scope not in ("preferred", "exact") for name in chosen],
        np.log([max(name.homonyms, 1) for name in chosen]),
        *_short(texts, columns, starts, ordinals),
    ]
    table = np.array([np.asarray(column, dtype=np.float64) for column in features]).T
    best_rows = np.array([name.row for name in chosen], dtype=np.int32)
    return Evidence(concepts, best_rows, np.ascontiguousarray(table), _sources(texts, ordinals))


def _similar(text: TextMatches, rows: Sequence[int], forms: Mapping[int, str]) -> Values:
    """Give the string similarity of each row with a text."""
    known = {match.row: match.score / LEXICAL_SCORE for match in text.lexical}
    others = [row for row in rows if row not in known]
    known.update(zip(others, _edits(text.form, [forms[row] for row in others]), strict=True))
    return np.array([known[row] for row in rows])


def _edits(form: str, names: list[str]) -> list[float]:
    if not names:
        return []
    in_order = process.cdist([form], names, scorer=fuzz.ratio, dtype=np.float64)[0]
    sorted_words = process.cdist([form], names, scorer=fuzz.token_sort_ratio, dtype=np.float64)[0]
    edits: list[float] = ((np.maximum(in_order, sorted_words) / 100) ** EDIT_EXPONENT).round(6).tolist()
    return edits


def _best_rows(values: Values, starts: NDArray[np.intp]) -> list[int]:
    """Give the place of the largest value of each concept, the first of equal ones."""
    ends = np.append(starts[1:], len(values))
    places = zip(starts.tolist(), ends.tolist(), strict=True)
    return [start + int(values[start:end].argmax()) for start, end in places]


def _reciprocal_ranks(matches: Sequence[Match], concepts: list[int]) -> list[float]:
    ranks = {match.concept: 1 / rank for rank, match in enumerate(matches, start=1)}
    return [ranks.get(concept, 0.0) for concept in concepts]


def _length_ratio(one: str, other: str) -> float:
    return min(len(one), len(other)) / max(len(one), len(other), 1)


def _short(
    texts: Sequence[TextMatches],
    columns: Sequence[tuple[Values, Values]],
    starts: NDArray[np.intp],
    concepts: list[int],
) -> list[Sequence[float] | Values]:
    if len(texts) == 1:
        return [np.zeros(len(concepts))] * 3
    lexical, dense = columns[1]
    same = [float(concept in texts[1].same) for concept in concepts]
    return [same, np.maximum.reduceat(lexical, starts), np.maximum.reduceat(dense, starts)]


def _sources(texts: Sequence[TextMatches], concepts: list[int]) -> tuple[CandidateSource, ...]:
    lexical = {match.concept for text in texts for match in text.lexical}
    return tuple(
        "exact" if concept in texts[0].same else "lexical" if concept in lexical else "dense"
        for concept in concepts
    )
