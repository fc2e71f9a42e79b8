"""Which concepts may be found for a mention of a type, and by which of their names."""

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
    """What may be found.

    Attributes:
        concepts: by ordinal.
        rows: name rows by which they may be found: all of theirs, but for names in other languages than asked
            for.
        names: names of the index that such a row bears, by number.
        first_rows: the first such row of each of these concepts, by ordinal; of no meaning for others.
    """

    concepts: Mask
    rows: Mask
    names: Mask
    first_rows: NDArray[np.integer]


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
    concepts, rows = kb.select(keep), kb.select_names(keep)
    if entity_type:
        typed = kb.select(Filter(types=ENTITY_TYPES))
        concepts = concepts & (kb.select(Filter(types=frozenset({entity_type}))) | ~typed)
    if concepts.all() and rows.all():
        return None
    rows = rows & concepts[kb.name_concepts]
    counts = np.concatenate(([0], np.cumsum(rows[arrays.rows])))
    names: Mask = counts[arrays.row_starts[1:]] > counts[arrays.row_starts[:-1]]
    first_rows = np.zeros(len(kb), dtype=np.int32)
    allowed = np.flatnonzero(rows)[::-1]
    first_rows[kb.name_concepts[allowed]] = allowed
    return Allowed(concepts, rows, names, first_rows)
