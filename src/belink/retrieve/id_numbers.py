"""The numbers in identifiers of vocabularies that number concepts as they come up.

MeSH, NCBI Gene and NCBI Taxonomy do: the lower the number, the longer a concept has been known, and the more
has been written about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

IN_ORDER = ("MESH:C", "MESH:D", "NCBIGene:", "NCBITaxon:")
"""How the identifiers of these vocabularies begin, up to the number."""


class IdNumbers:
    """The logarithms of the numbers of a knowledge base's concepts, each read when it is first asked for."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb
        self._logs = np.full(len(kb), np.nan, dtype=np.float32)

    def of(self, concepts: NDArray[np.int32]) -> NDArray[np.float64]:
        """Give the logarithm of one more than each concept's number, by ordinal; 0 in other vocabularies."""
        unread = concepts[np.isnan(self._logs[concepts])]
        if len(unread):
            self._logs[unread] = np.log1p([id_number(each) for each in self._kb.concept_ids(unread)])
        return self._logs[concepts].astype(np.float64)


def id_number(concept_id: str) -> int:
    """Give the number of an identifier, 0 where its vocabulary has none that say anything.

    Examples:
        >>> id_number("MESH:D003920"), id_number("NCBIGene:672"), id_number("HP:0000822")
        (3920, 672, 0)
    """
    found = next((concept_id[len(start) :] for start in IN_ORDER if concept_id.startswith(start)), "")
    return int(found) if found.isascii() and found.isdecimal() else 0
