"""In how many ways labelled texts name each concept: what to expect before a mention is read.

Literature speaks of few concepts often and of most never; of two that a mention fits equally well, the one
that authors keep naming is meant more often (the prior probability of an entity, as in Milne and Witten 2008,
doi:10.1145/1458082.1458150). `data/labelled.json` holds for each concept that a training corpus labels the
number of distinct forms it is named by there; the forms themselves are not in it. `scripts/fit_fusion.py`
makes it, and fits what it weighs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from belink.errors import ModelError

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class LabelledForms:
    """How many forms the concepts of a knowledge base were labelled by.

    Attributes:
        concepts: ordinals of those with any, ascending; [L].
        counts: of their forms; [L].
    """

    concepts: NDArray[np.int32]
    counts: NDArray[np.int32]

    def of(self, concepts: NDArray[np.int32]) -> NDArray[np.float64]:
        """Give the logarithm of one more than the number of forms of each concept, by ordinal."""
        found = np.zeros(len(concepts))
        if len(self.concepts):
            places = np.minimum(np.searchsorted(self.concepts, concepts), len(self.concepts) - 1)
            known = self.concepts[places] == concepts
            found[known] = np.log1p(self.counts[places[known]])
        return found


NONE_LABELLED = LabelledForms(np.empty(0, np.int32), np.empty(0, np.int32))


@lru_cache(maxsize=1)
def default_labelled_forms() -> Mapping[str, int]:
    """Give the numbers that ship with BeLink, by concept id.

    Raises:
        ModelError: the packaged file is damaged.
    """
    file = files("belink.retrieve").joinpath("data", "labelled.json")
    try:
        return TypeAdapter(dict[str, int]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError("data/labelled.json of belink.retrieve is damaged; install BeLink again") from error


def labelled_forms(kb: KnowledgeBase) -> LabelledForms:
    """Find the labelled concepts in a knowledge base; those it does not have now are passed over."""
    counts = default_labelled_forms()
    ordinals = kb.ordinals(sorted(counts))
    found = sorted((ordinal, counts[concept_id]) for concept_id, ordinal in ordinals.items())
    return LabelledForms(
        np.array([ordinal for ordinal, _ in found], dtype=np.int32),
        np.array([count for _, count in found], dtype=np.int32),
    )
