"""Names that are the same as a query, but for case, punctuation, word order and plurals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.text.normalise import bag, normalise

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


MOST_NAMES = 1_000
"""At most so many names of the knowledge base are the same as a query; preferred names go first. More have
only names that tell nothing ("uncharacterized protein")."""


@dataclass(frozen=True, slots=True)
class SameNames:
    """Name rows of the knowledge base that are the same as a query, ascending.

    Attributes:
        normalised: names whose normalised form is the query's. Names of several concepts are homonyms.
        bags: names with the same words in any order and number, those of `normalised` among them.
    """

    normalised: NDArray[np.int32]
    bags: NDArray[np.int32]


def same_names(
    kb: KnowledgeBase, texts: Sequence[str], allowed: NDArray[np.bool_] | None = None
) -> list[SameNames]:
    """Look up texts as they stand, aligned with the texts; one with no letter or digit finds nothing.

    Args:
        kb: where to look.
        texts: what to look up.
        allowed: name rows that may be found; None allows all.
    """
    forms = [normalise(text) for text in texts]
    known = list(dict.fromkeys(form for form in forms if form))
    bags = [bag(form) for form in known]
    known_bags = [one for one in dict.fromkeys(bags) if one]

    def kept(rows: list[int]) -> NDArray[np.int32]:
        found = np.array(rows, dtype=np.int32)
        return found if allowed is None or not rows else found[allowed[found]]

    by_bag = {
        words: kept(rows)
        for words, rows in zip(known_bags, kb.find_rows(known_bags, MOST_NAMES, "bag"), strict=True)
    }
    nothing = np.empty(0, np.int32)
    found = {
        form: SameNames(kept(rows), by_bag.get(words, nothing))
        for form, words, rows in zip(known, bags, kb.find_rows(known, MOST_NAMES), strict=True)
    }
    return [found.get(form, SameNames(nothing, nothing)) for form in forms]
