"""Which entity type a semantic type of the UMLS belongs to.

By the semantic groups DISO (without findings, T033 and T034), CHEM, and the organisms of LIVB
(McCray, Burgun, Bodenreider 2001, doi:10.3233/978-1-60750-928-8-216), and T028 for genes.
"""

from __future__ import annotations

from collections.abc import Iterable

from belink.types import EntityType

_DISEASES = "019 020 037 046 047 048 049 050 184 190 191"
_CHEMICALS = (
    "103 104 109 110 111 114 115 116 118 119 120 121 122 123 124 125 126 127 129 130 131 192 195 196 197 200"
)
_ORGANISMS = "001 002 004 005 007 008 010 011 012 013 014 015 194 204"
_GROUPS: tuple[tuple[EntityType, str], ...] = (
    ("Disease", _DISEASES),
    ("Chemical", _CHEMICALS),
    ("Species", _ORGANISMS),
    ("Gene", "028"),
)
_TYPE_OF: dict[str, EntityType] = {f"T{number}": kind for kind, text in _GROUPS for number in text.split()}


def entity_types(semantic_types: Iterable[str]) -> tuple[str, ...]:
    """Give the entity types of these UMLS type identifiers ("T047"), sorted; none for other types."""
    return tuple(sorted({_TYPE_OF[one] for one in semantic_types if one in _TYPE_OF}))
