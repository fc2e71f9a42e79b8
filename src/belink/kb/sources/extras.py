"""What the `extra` column of a table (`key=value;key=value`) says of its concepts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PARTS = re.compile(r"[|,]")
_PARENTS = ("parents", "parent", "maps_to")
_LINKS = {
    "xref": "",
    "xrefs": "",
    "mondo": "",
    "ncbigene": "NCBIGene:",
    "uniprot": "UniProt:",
    "ensembl": "Ensembl:",
    "mgi": "",
    "rgd": "",
    "mesh_id": "MESH:",
    "drugbank_id": "DRUGBANK:",
    "medline_plus_id": "MEDLINEPLUS:",
    "x": "NCBITaxon:",
}
_KNOWN = frozenset({*_LINKS, *_PARENTS, "alt", "tax", "tree", "chapter", "wiki"})
_TREE_TYPES = {"C": "Disease", "D": "Chemical"}


@dataclass(frozen=True, slots=True)
class Extra:
    """The keys that mean something here; the others are dropped.

    Attributes:
        keys: every key that was there.
        alternatives: other identifiers of the concept, or its retired ones (`alt=`).
        parents: broader concepts (`parent=`, `parents=`, `maps_to=`).
        xrefs: "prefix:local" pairs (`xref=`, `xrefs=`, and identifiers under their own keys).
        taxon: NCBI Taxonomy number (`tax=`).
        tree: MeSH tree numbers (`tree=`).
        chapter: chapter of ICD-10-CM.
        articles: titles of encyclopedia articles on the concept (`wiki=`).
    """

    keys: frozenset[str] = frozenset()
    alternatives: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    taxon: str = ""
    tree: tuple[str, ...] = ()
    chapter: str = ""
    articles: tuple[str, ...] = ()


NO_EXTRA = Extra()


def parse_extra(text: str) -> Extra:
    """Take an `extra` field apart; a piece without "=" continues the value before it.

    A key that stands there twice has both values.
    """
    if not text:
        return NO_EXTRA
    values: dict[str, str] = {}
    last = ""
    for piece in text.split(";"):
        key, equals, value = piece.partition("=")
        if equals and key.isidentifier():
            values[key] = f"{values[key]}|{value}" if key in values else value
            last = key
        elif last:
            values[last] += ";" + piece
    found = {
        key: [part for part in _PARTS.split(value) if part]
        for key, value in values.items()
        if value and key in _KNOWN
    }
    links = [prefix + part for key, prefix in _LINKS.items() if key in found for part in found[key]]
    return Extra(
        frozenset(values),
        tuple(found.get("alt", ())),
        tuple([part for key in _PARENTS if key in found for part in found[key]]),
        tuple(links),
        next(iter(found.get("tax", ())), ""),
        tuple(sorted(found.get("tree", ()))),
        next(iter(found.get("chapter", ())), ""),
        tuple(found.get("wiki", ())),
    )


def tree_types(tree: tuple[str, ...]) -> tuple[str, ...]:
    """Give the types of a MeSH descriptor by its tree numbers: C and F03 diseases, D chemicals; sorted."""
    found = {_TREE_TYPES.get(number[0], "Disease" if number.startswith("F03") else "") for number in tree}
    return tuple(sorted(found - {""}))


@dataclass(slots=True)
class MeshTree:
    """Which descriptor stands at which tree number, and of which types the descriptors are."""

    ids: dict[str, str] = field(default_factory=dict)
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, identifier: str, tree: tuple[str, ...]) -> None:
        """Take up a descriptor."""
        for number in tree:
            self.ids[number] = identifier
        self.types[identifier] = tree_types(tree)

    def parents(self, tree: tuple[str, ...]) -> tuple[str, ...]:
        """Give the nearest descriptors above each tree number that are known, sorted."""
        found: set[str] = set()
        for number in tree:
            while "." in number:
                number = number.rpartition(".")[0]
                if number in self.ids:
                    found.add(self.ids[number])
                    break
        return tuple(sorted(found))

    def types_of(self, identifiers: tuple[str, ...]) -> tuple[str, ...]:
        """Give the types of these descriptors together, sorted."""
        return tuple(sorted({each for one in identifiers for each in self.types.get(one, ())}))
