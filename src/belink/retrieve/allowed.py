"""Which concepts and names may be found for a mention of a type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.retrieve.postings import NameArrays
from belink.types import EntityType

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Mask = NDArray[np.bool_]

ENTITY_TYPES = frozenset[str](get_args(EntityType))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which concepts may be found, by ordinal, and which names of the index have one, by number."""

    concepts: Mask
    names: Mask


def select_allowed(kb: KnowledgeBase, arrays: NameArrays, keep: Filter, entity_type: str) -> Allowed | None:
    """Give what passes a filter and is of a type, or of unknown type; None where all is.

    Args:
        kb: the knowledge base.
        arrays: its lexical index.
        keep: the filter.
        entity_type: an `EntityType`, or "" for any.
    """
    if not keep and not entity_type:
        return None
    concepts = kb.select(keep)
    if entity_type:
        typed = kb.select(Filter(types=ENTITY_TYPES))
        concepts = concepts & (kb.select(Filter(types=frozenset({entity_type}))) | ~typed)
    if concepts.all():
        return None
    counts = np.concatenate(([0], np.cumsum(concepts[kb.name_concepts[arrays.rows]])))
    names: Mask = counts[arrays.row_starts[1:]] > counts[arrays.row_starts[:-1]]
    return Allowed(concepts, names)
