"""Tables of literal mappings, SSSLM (https://github.com/cthoyt/ssslm): a text, the concept it names, and how.

Columns (`HEADER` of its package `ssslm`): text, curie, name, predicate, type, provenance, contributor, date,
language, comment, source, taxon.

A row whose predicate is `rdfs:label` (or the column `name`) gives the preferred name; where a language asked
for has no such row, the first text does. Rows of one concept may stand anywhere in the file: it is held in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from belink.kb.languages import language_code
from belink.kb.records import Located, Record
from belink.kb.sources.columns import named_cells
from belink.kb.sources.names import aliases, curie, tidy, types_of
from belink.kb.sources.options import SourceOptions, at, refuse
from belink.types import Alias, AliasScope, Concept

_REQUIRED = ("text", "curie", "predicate")
_OPTIONAL = ("name", "type", "language", "source", "taxon")
_LABELS = frozenset({"rdfs:label", "skos:prefLabel"})
_SCOPES: dict[str, AliasScope] = {
    "oboInOwl:hasExactSynonym": "exact",
    "oboInOwl:hasNarrowSynonym": "narrow",
    "oboInOwl:hasBroadSynonym": "broad",
    "oboInOwl:hasRelatedSynonym": "related",
    "skos:altLabel": "related",
}
_ABBREVIATIONS = frozenset({"OMO:0003000", "OMO:0003012"})


def read_ssslm(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the concepts in the order of their first rows; texts not in English are left out.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, at an unknown predicate, and
            where no row names a concept that has aliases.
    """
    languages = (options.language_codes() or frozenset({"en"})) | {""}
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in named_cells(path, options, _REQUIRED, _OPTIONAL):
        if row["predicate"] not in _LABELS and row["predicate"] not in _SCOPES:
            known = ", ".join(sorted({*_LABELS, *_SCOPES}))
            refuse(
                options,
                at(path, line),
                f"the predicate {row['predicate']!r} is none of {known}",
                "annotation",
            )
        elif language_code(row["language"]) in languages:
            identifier = curie(row["curie"], options.prefix, at(path, line), options)
            if identifier:
                rows.setdefault(identifier, []).append((line, row))
    for identifier, found in rows.items():
        line = found[0][0]
        labels = [_alias(row) for _, row in found if row["predicate"] in _LABELS]
        given = [Alias(row["name"]) for _, row in found]
        others = [_alias(row) for _, row in found] if options.languages else []
        chosen = next((one for one in (*labels, *given, *others) if one.text.strip()), Alias(""))
        name = tidy(chosen.text)
        if not name:
            refuse(options, at(path, line), f"an alias without a concept: no row gives {identifier} a name")
            continue
        taxon = next((row["taxon"] for _, row in found if row["taxon"]), "")
        known_taxon = curie(taxon, "NCBITaxon", at(path, line), options) if taxon else ""
        concept = Concept(
            identifier,
            name,
            aliases((_alias(row) for _, row in found), name, chosen.language),
            types=types_of(identifier, options),
            taxon=known_taxon or None,
            language=chosen.language,
        )
        yield Located(concept, line)


def _alias(row: dict[str, str]) -> Alias:
    scope = "abbreviation" if row["type"] in _ABBREVIATIONS else _SCOPES.get(row["predicate"], "exact")
    return Alias(row["text"], scope, row["source"], language_code(row["language"]))
