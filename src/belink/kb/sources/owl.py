"""OWL in RDF/XML, by pronto (extra `belink[owl]`). The whole ontology is read into memory.

pronto reads the part of OWL that OBO can say (https://pronto.readthedocs.io). Logical axioms are passed over.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from belink.errors import KnowledgeBaseError
from belink.kb.records import Record
from belink.kb.sources.lines import head, open_bytes
from belink.kb.sources.names import curie
from belink.kb.sources.obo import term_records
from belink.kb.sources.options import About, SourceOptions
from belink.types import AliasScope

_SCOPES: dict[str, AliasScope] = {
    "EXACT": "exact",
    "NARROW": "narrow",
    "BROAD": "broad",
    "RELATED": "related",
}
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
    except (ValueError, SyntaxError, EOFError, KeyError, TypeError) as error:
        raise KnowledgeBaseError(f"{path}: no OWL ontology that pronto can read: {error}") from error
    for term in sorted(ontology.terms(), key=lambda term: term.id):
        place = f"{path}, term {term.id}"
        identifier = curie(term.id, options.prefix, place, options)
        if not identifier:
            continue
        clauses = {
            "name": [term.name or ""],
            "def": [str(term.definition or "")],
            "xref": sorted(one.id for one in term.xrefs),
            "is_a": [one.id for one in term.superclasses(distance=1, with_self=False)],
            "alt_id": sorted(term.alternate_ids),
            "replaced_by": [one.id for one in term.replaced_by],
            "is_obsolete": ["true"] if term.obsolete else [],
        }
        synonyms = sorted((one.description, _SCOPES[one.scope or "RELATED"]) for one in term.synonyms)
        yield from term_records(identifier, clauses, synonyms, place, options)
