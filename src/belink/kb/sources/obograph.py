"""OBO graphs in JSON (https://github.com/geneontology/obographs). The whole file is read into memory.

Of languages the format knows `lang` of a property value (slot `lang` of `PropertyValue` in its data model,
https://incatools.github.io/ontology-access-kit/datamodels/obograph): synonyms are read with it. The label of
a node has no such slot, so its language is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from belink.errors import KnowledgeBaseError
from belink.kb.languages import language_code
from belink.kb.records import Record
from belink.kb.sources.lines import DAMAGED, head, open_bytes
from belink.kb.sources.names import curie
from belink.kb.sources.obo import term_records
from belink.kb.sources.options import About, SourceOptions, refuse, warn
from belink.types import Alias, AliasScope

_SCOPES: dict[str, AliasScope] = {
    "hasExactSynonym": "exact",
    "hasNarrowSynonym": "narrow",
    "hasBroadSynonym": "broad",
    "hasRelatedSynonym": "related",
}
_PROPERTIES = {"IAO_0100001": "replaced_by", "hasAlternativeId": "alt_id"}
_IS_A = ("is_a", "http://www.w3.org/2000/01/rdf-schema#subClassOf")


def about_obograph(path: Path) -> About:
    """Read the release of the graph, its version address, where it stands near the start."""
    text = head(path)
    version = text.partition('"version"')[2].split('"', 2)
    return About(release=version[1] if len(version) > 2 else "")


def read_obograph(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the classes of every graph, in order.

    Raises:
        KnowledgeBaseError: where the file is no JSON of OBO graphs; unless lenient, at a faulty node.
    """
    try:
        with open_bytes(path) as stream:
            loaded = orjson.loads(stream.read())
    except orjson.JSONDecodeError as error:
        raise KnowledgeBaseError(f"{path}:{error.lineno}: no JSON: {error.msg}") from error
    except DAMAGED as error:
        raise KnowledgeBaseError(
            f"{path}: the gzip data are broken off ({error}); get the file again"
        ) from error
    graphs = loaded.get("graphs") if isinstance(loaded, dict) else None
    if not isinstance(graphs, list):
        raise KnowledgeBaseError(f"{path}: no OBO graph: expected an object with a list named graphs")
    for graph in graphs:
        parents: dict[str, list[str]] = {}
        for edge in graph.get("edges", ()):
            if edge.get("pred") in _IS_A:
                parents.setdefault(edge["sub"], []).append(edge["obj"])
        for number, node in enumerate(graph.get("nodes", ()), start=1):
            yield from _node_records(node, parents, f"{path}, node {number}", options)


def _node_records(
    node: dict[str, Any], parents: dict[str, list[str]], place: str, options: SourceOptions
) -> Iterator[Record]:
    if node.get("type", "CLASS") != "CLASS":
        return
    identifier = node.get("id")
    if not isinstance(identifier, str):
        refuse(options, place, "a node without an id")
        return
    meta = node.get("meta") or {}
    if not node.get("lbl") and not meta.get("deprecated"):
        warn(options, f"{place} ({identifier})", "a node without a label is left out")
        return
    known = curie(identifier, options.prefix, place, options)
    if not known:
        return
    clauses: dict[str, list[str]] = {
        "name": [node.get("lbl") or ""],
        "def": [(meta.get("definition") or {}).get("val", "")],
        "xref": [str(one.get("val", "")) for one in meta.get("xrefs", ())],
        "is_a": parents.get(identifier, []),
        "is_obsolete": ["true"] if meta.get("deprecated") else [],
    }
    for one in meta.get("basicPropertyValues", ()):
        tag = _PROPERTIES.get(one.get("pred", "").rpartition("/")[2].rpartition("#")[2])
        if tag is not None:
            clauses.setdefault(tag, []).append(one.get("val", ""))
    synonyms = [
        Alias(one.get("val") or "", _scope(one), "", language_code(str(one.get("lang") or "")))
        for one in meta.get("synonyms", ())
    ]
    yield from term_records(known, clauses, synonyms, place, options)


def _scope(synonym: dict[str, Any]) -> AliasScope:
    kind = str(synonym.get("synonymType", "")).lower()
    if kind.endswith(("abbreviation", "acronym")):
        return "abbreviation"
    return _SCOPES.get(synonym.get("pred", ""), "related")
