"""OWL in RDF/XML, by pronto (extra `belink[owl]`). The whole ontology is read into memory.

pronto reads the part of OWL that OBO can say (https://pronto.readthedocs.io). Logical axioms are passed over.
It knows no languages and takes the first of several labels: classes with `xml:lang` are read here too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from belink.errors import KnowledgeBaseError
from belink.kb.curies import to_curie
from belink.kb.languages import language_code
from belink.kb.records import Record
from belink.kb.sources.lines import head, open_bytes
from belink.kb.sources.names import curie
from belink.kb.sources.obo import preferred_text, term_records
from belink.kb.sources.options import About, SourceOptions
from belink.types import Alias, AliasScope

_SCOPES: dict[str, AliasScope] = {
    "EXACT": "exact",
    "NARROW": "narrow",
    "BROAD": "broad",
    "RELATED": "related",
}
_OWL = "{http://www.w3.org/2002/07/owl#}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RDFS = "{http://www.w3.org/2000/01/rdf-schema#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DEFINITION = "{http://purl.obolibrary.org/obo/}IAO_0000115"
_SYNONYMS = frozenset(
    f"{{http://www.geneontology.org/formats/oboInOwl#}}has{scope.title()}Synonym" for scope in _SCOPES
)
_VERSION = re.compile(r'owl:versionIRI[^>]*rdf:resource="([^"]+)"|owl:versionInfo[^>]*>([^<]+)<')
_LICENCE = re.compile(r'terms/license|terms:license[^>]*rdf:resource="([^"]+)"')


def about_owl(path: Path) -> About:
    """Read the release (version address or `owl:versionInfo`) and the licence, near the start."""
    text = head(path)
    version, licence = _VERSION.search(text), _LICENCE.search(text)
    return About(
        release=(version[1] or version[2]).strip() if version else "",
        licence=(licence[1] or "") if licence else "",
    )


def read_owl(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the named classes of an ontology, in the order of their identifiers.

    Raises:
        KnowledgeBaseError: where pronto is not installed, or cannot read the file.
    """
    try:
        from pronto.ontology import Ontology  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise KnowledgeBaseError(
            f"{path}: reading OWL needs pronto, which is not installed; run: pip install 'belink[owl]'"
            " (or give the OBO or OBO-graph JSON release of this ontology)"
        ) from error
    try:
        with open_bytes(path) as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ontology = Ontology(cast(BinaryIO, stream), import_depth=0, threads=1)
        languages = _languages(path, options)
    except (ValueError, SyntaxError, EOFError, KeyError, TypeError) as error:
        raise KnowledgeBaseError(f"{path}: no OWL ontology that pronto can read: {error}") from error
    for term in sorted(ontology.terms(), key=lambda term: term.id):
        place = f"{path}, term {term.id}"
        identifier = curie(term.id, options.prefix, place, options)
        if not identifier:
            continue
        told = languages.get(identifier, _NOTHING)
        name = preferred_text(told.labels, options) or Alias(term.name or "")
        definition = preferred_text(told.definitions, options) or Alias(str(term.definition or ""))
        clauses = {
            "name": [name.text],
            "def": [definition.text],
            "xref": sorted(one.id for one in term.xrefs),
            "is_a": [one.id for one in term.superclasses(distance=1, with_self=False)],
            "alt_id": sorted(term.alternate_ids),
            "replaced_by": [one.id for one in term.replaced_by],
            "is_obsolete": ["true"] if term.obsolete else [],
        }
        synonyms = [
            Alias(one.description, _SCOPES[one.scope or "RELATED"], "", language)
            for one in sorted(term.synonyms, key=lambda one: (one.description, one.scope or ""))
            for language in told.synonyms.get(one.description, ("",))
        ]
        named = [*told.labels, *synonyms]
        yield from term_records(identifier, clauses, named, place, options, name.language)


@dataclass(slots=True)
class _Told:
    """What a class says in languages that it names: its labels and definitions, the languages of synonyms."""

    labels: list[Alias] = field(default_factory=list)
    definitions: list[Alias] = field(default_factory=list)
    synonyms: dict[str, list[str]] = field(default_factory=dict)


_NOTHING = _Told()


def _languages(path: Path, options: SourceOptions) -> dict[str, _Told]:
    """Read what carries `xml:lang`, which pronto passes over; classes without it are not in the result."""
    found: dict[str, _Told] = {}
    with open_bytes(path) as stream:
        for _, element in etree.iterparse(stream, tag=f"{_OWL}Class", huge_tree=True, resolve_entities=False):
            about = element.get(f"{_RDF}about")
            if about and any(child.get(_LANG) for child in element):
                found[_identifier(about, options)] = _told(element)
            if element.getparent() is not None and element.getparent().getparent() is None:
                element.clear()
    return found


def _told(element: etree._Element) -> _Told:
    told = _Told()
    for child in element:
        text, language = child.text or "", language_code(child.get(_LANG) or "")
        if child.tag == f"{_RDFS}label":
            told.labels.append(Alias(text, language=language))
        elif child.tag == _DEFINITION:
            told.definitions.append(Alias(text, language=language))
        elif child.tag in _SYNONYMS:
            told.synonyms.setdefault(text, []).append(language)
    return told


def _identifier(iri: str, options: SourceOptions) -> str:
    try:
        return to_curie(iri, options.prefix or None, added=options.added_prefixes)
    except KnowledgeBaseError:
        return iri
