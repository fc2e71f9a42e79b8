"""MeSH in XML: descriptors (desc2026.xml) and supplementary concept records (supp2026.xml).

Format: https://www.nlm.nih.gov/mesh/xml_data_elements.html and the DTDs the files name
(nlmdescriptorrecordset_20260101.dtd, nlmsupplementalrecordset_20260101.dtd). The terms of a record's
preferred concept are exact aliases; those of its narrower, broader and related concepts have that scope
(`RelationName` says what Concept2UI is to Concept1UI). Descriptors are held in memory until the tree is known
(some 31,000); supplementary records are streamed, their headings are the parents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from belink.kb.records import Located, Record
from belink.kb.sources.extras import MeshTree, tree_types
from belink.kb.sources.lines import DAMAGED, open_bytes, source_line
from belink.kb.sources.names import aliases, curie, parent_curie, tidy, xrefs
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import AliasScope, Concept

LICENCE = (
    "NLM MeSH: free with attribution"
    " (https://www.nlm.nih.gov/databases/download/terms_and_conditions_mesh.html)"
)
_YEAR = re.compile(r"(?:desc|supp|d|c)(\d{4})")
_SCOPES: dict[str, AliasScope] = {"NRW": "narrow", "BRD": "broad", "REL": "related"}
_CLASS_TYPES = {
    "1": ("Chemical",),
    "3": ("Disease",),
    "4": ("Species",),
}
"""Types by the class of a supplementary record; 2 (protocols), 5 (populations) and 6 (anatomy) have none."""

_CAS = re.compile(r"\d{2,7}-\d\d-\d")
_UNII = re.compile(r"[0-9A-Z]{10}")


def about_mesh(path: Path) -> About:
    """Take the release from the file's name, where it has a year."""
    year = _YEAR.match(path.name)
    return About("MeSH", year[1] if year else "", LICENCE)


def read_mesh_xml(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the records in order; descriptors come at the end of the file.

    Raises:
        KnowledgeBaseError: where the file is not well-formed (lenient: what stands before is kept); unless
            lenient, at a record without identifier or name.
    """
    tree = MeshTree()
    descriptors: list[tuple[Located, tuple[str, ...]]] = []
    with open_bytes(path) as stream:
        try:
            parser = etree.iterparse(
                stream,
                events=("end",),
                tag=("DescriptorRecord", "SupplementalRecord"),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=True,
            )
            for _, element in parser:
                made = _record(element, path, source_line(element), options)
                if made is not None and element.tag == "SupplementalRecord":
                    yield made[0]
                elif made is not None:
                    tree.add(made[2], made[1])
                    descriptors.append(made[:2])
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            refuse(options, at(path, error.lineno or 1), f"no well-formed XML: {error.msg}", "rest")
        except DAMAGED as error:
            refuse(options, str(path), f"the gzip data are broken off ({error}); get the file again", "rest")
    for located, numbers in descriptors:
        yield with_parents(located, numbers, tree)


def with_parents(located: Located, numbers: tuple[str, ...], tree: MeshTree) -> Located:
    """Give the descriptor the parents that its tree numbers tell."""
    concept = located.record
    if not isinstance(concept, Concept) or not numbers:
        return located
    parents = sorted({f"MESH:{one}" for one in tree.parents(numbers)} - {concept.id})
    return Located(replace(concept, parents=tuple(parents)), located.line)


def _record(
    element: etree._Element, path: Path, line: int, options: SourceOptions
) -> tuple[Located, tuple[str, ...], str] | None:
    kind = "Descriptor" if element.tag == "DescriptorRecord" else "SupplementalRecord"
    where = at(path, line) if line else f"{path}, record {element.findtext(f'{kind}UI')}"
    number = (element.findtext(f"{kind}UI") or "").strip()
    name = tidy(element.findtext(f"{kind}Name/String") or "")
    if not number or not name:
        refuse(options, where, f"a {element.tag} without {kind}UI or {kind}Name")
        return None
    identifier = curie(number, "MESH", where, options)
    tree = tuple(sorted(one.text or "" for one in element.iterfind("TreeNumberList/TreeNumber")))
    types = tree_types(tree) or _CLASS_TYPES.get(element.get("SCRClass", ""), ())
    headings = (
        (one.text or "").lstrip("*")
        for one in element.iterfind("HeadingMappedToList//DescriptorReferredTo/DescriptorUI")
    )
    concept = Concept(
        identifier,
        name,
        aliases(_terms(element), name),
        tidy(element.findtext("ConceptList/Concept[@PreferredConceptYN='Y']/ScopeNote") or ""),
        (options.type,) if options.type else types,
        tuple(sorted({parent_curie(one, "MESH", where, options) for one in headings} - {"", identifier})),
        xrefs(registry_xrefs(_registered(element))),
    )
    return Located(concept, line), tree, number


def _registered(element: etree._Element) -> Iterator[str]:
    for one in element.iterfind("ConceptList/Concept//RegistryNumber"):
        yield one.text or ""
    for one in element.iterfind("ConceptList/Concept//RelatedRegistryNumber"):
        yield (one.text or "").partition(" (")[0]


def _terms(element: etree._Element) -> Iterator[tuple[str, AliasScope]]:
    scopes: dict[str, AliasScope] = {}
    for relation in element.iterfind("ConceptList/Concept/ConceptRelationList/ConceptRelation"):
        scope = _SCOPES.get(relation.get("RelationName", ""), "related")
        scopes[(relation.findtext("Concept2UI") or "").strip()] = scope
    for concept in element.iterfind("ConceptList/Concept"):
        preferred = concept.get("PreferredConceptYN") == "Y"
        scope = "exact" if preferred else scopes.get((concept.findtext("ConceptUI") or "").strip(), "related")
        for term in concept.iterfind("TermList/Term"):
            yield (
                term.findtext("String") or "",
                "abbreviation" if term.get("LexicalTag") in ("ABB", "ACR") else scope,
            )


def registry_xrefs(numbers: Iterator[str]) -> Iterator[str]:
    """Tell CAS numbers, UNII codes, enzyme numbers ("EC 1.1.1.1") and taxa apart; others are dropped."""
    for number in map(str.strip, numbers):
        if _CAS.fullmatch(number):
            yield f"CAS:{number}"
        elif number.startswith("EC "):
            yield f"EC:{number.removeprefix('EC ')}"
        elif _UNII.fullmatch(number):
            yield f"UNII:{number}"
        elif number.startswith("txid"):
            yield f"NCBITaxon:{number.removeprefix('txid')}"
