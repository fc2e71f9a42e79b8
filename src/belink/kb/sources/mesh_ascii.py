"""MeSH in its ASCII form: descriptors (d2026.bin) and supplementary concept records (c2026.bin).

Format: https://www.nlm.nih.gov/mesh/dtype.html and /mesh/ctype.html: "*NEWRECORD", then `ELEMENT = value`
lines. An entry's parts stand between bars, and its last part says by a letter each what they are: a the term,
b semantic types, c lexical type, d relation to the heading (EQV, NRW, BRD, REL), e thesaurus, f date.
Supplementary records name their headings by name and not by number: their parents are left out; take the XML
or a table where parents matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from belink.kb.records import Located, Record
from belink.kb.sources.extras import MeshTree, tree_types
from belink.kb.sources.lines import numbered_lines
from belink.kb.sources.mesh_xml import registry_xrefs, with_parents
from belink.kb.sources.names import aliases, curie, tidy, xrefs
from belink.kb.sources.options import SourceOptions, at, refuse
from belink.kb.sources.semantic_types import entity_types
from belink.types import AliasScope, Concept

_SCOPES: dict[str, AliasScope] = {"NRW": "narrow", "BRD": "broad", "REL": "related"}
_ENTRIES = ("PRINT ENTRY", "ENTRY", "SY")


def read_mesh_ascii(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the records in order; descriptors come at the end of the file, once the tree is known.

    Raises:
        KnowledgeBaseError: unless lenient, at a line or record that is not of this form.
    """
    tree = MeshTree()
    descriptors: list[tuple[Located, tuple[str, ...]]] = []
    for line, elements in _raw_records(path, options):
        where = at(path, line)
        number = next(iter(elements.get("UI", ())), "")
        name = tidy(next(iter(elements.get("MH", elements.get("NM", ()))), ""))
        if not number or not name:
            refuse(options, where, "a record without UI, or with neither MH nor NM")
            continue
        identifier = curie(number, "MESH", where, options)
        if not identifier:
            continue
        numbers = tuple(sorted(elements.get("MN", ())))
        types = tree_types(numbers) if "MH" in elements else entity_types(elements.get("ST", ()))
        registered = [*elements.get("RN", ()), *(one.partition(" (")[0] for one in elements.get("RR", ()))]
        concept = Concept(
            identifier,
            name,
            aliases((entry for tag in _ENTRIES for entry in map(_entry, elements.get(tag, ()))), name),
            tidy(next(iter(elements.get("MS", ())), "")),
            (options.type,) if options.type else types,
            xrefs=xrefs(registry_xrefs(iter(registered))),
        )
        if "MH" in elements:
            tree.add(number, numbers)
            descriptors.append((Located(concept, line), numbers))
        else:
            yield Located(concept, line)
    for located, numbers in descriptors:
        yield with_parents(located, numbers, tree)


def _entry(value: str) -> tuple[str, AliasScope]:
    """Take an entry apart: the term, and its relation where a layout string tells which part it is."""
    cells = value.split("|")
    layout = cells[-1] if len(cells) > 1 else ""
    position = layout.find("d")
    relation = cells[position] if layout.islower() and 0 <= position < len(cells) - 1 else ""
    return cells[0], _SCOPES.get(relation, "exact")


def _raw_records(path: Path, options: SourceOptions) -> Iterator[tuple[int, dict[str, list[str]]]]:
    first = 0
    elements: dict[str, list[str]] = {}
    for line, text in numbered_lines(path, options):
        if text.startswith("*NEWRECORD"):
            if elements:
                yield first, elements
            first, elements = line, {}
        elif text.strip():
            tag, equals, value = text.partition(" = ")
            if equals and first:
                elements.setdefault(tag.strip(), []).append(value.strip())
            else:
                refuse(
                    options, at(path, line), f"expected ELEMENT = value or *NEWRECORD, found {text[:60]!r}"
                )
    if elements:
        yield first, elements
