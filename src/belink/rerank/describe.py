"""What tells an option from its neighbours, from the knowledge base."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from belink.rerank.organism_names import organism_name

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

_REMEMBERED = 65_536


def describe(kb: KnowledgeBase) -> Callable[[str], str]:
    """Make a function that gives a gene's organism by the gene's id, and "" for any other concept."""

    @lru_cache(maxsize=_REMEMBERED)
    def organism(concept_id: str) -> str:
        concept = kb.concept(concept_id)
        return "" if concept is None or concept.taxon is None else organism_name(concept.taxon)

    return organism
