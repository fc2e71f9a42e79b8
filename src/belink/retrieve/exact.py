"""Names that are the same as the query, but for case, punctuation, word order and plurals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from belink.text.normalise import bag, normalise

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase, Name


MOST_NAMES = 1_000
"""At most so many names of the knowledge base are the same as a query; preferred names go first. More have
only names that tell nothing ("uncharacterized protein")."""


@dataclass(frozen=True, slots=True)
class SameNames:
    """Names of the knowledge base that are the same as a query; by row.

    Attributes:
        normalised: names whose normalised form is the query's. Names of several concepts are homonyms.
        bags: names with the same words in any order and number, those of `normalised` among them.
    """

    normalised: tuple[Name, ...]
    bags: tuple[Name, ...]


def same_names(kb: KnowledgeBase, texts: Sequence[str]) -> list[SameNames]:
    """Look up texts as they stand, aligned with the texts; one with no letter or digit finds nothing."""
    forms = [normalise(text) for text in texts]
    known = list(dict.fromkeys(form for form in forms if form))
    bags = [bag(form) for form in known]
    known_bags = [one for one in dict.fromkeys(bags) if one]
    by_bag = dict(zip(known_bags, kb.find_bags(known_bags, MOST_NAMES), strict=True))
    found = {
        form: SameNames(names, by_bag.get(words, ()))
        for form, words, names in zip(known, bags, kb.find(known, MOST_NAMES), strict=True)
    }
    return [found.get(form, SameNames((), ())) for form in forms]
