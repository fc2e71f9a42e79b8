"""Tables of concepts: our own TSV, CSV and JSONL, whose columns `belink.kb.sources.rows` describes.

Identifiers without a prefix get one by their shape and by what stands beside them: D000001 and C000001 are
MeSH, CVCL_0001 Cellosaurus, digits beside `tax=` NCBI Gene, digits beside `rank=` NCBI Taxonomy, A00.1 beside
`chapter=` ICD-10-CM. Several rows of one id make one concept: the first name is the preferred one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from belink.kb.records import Located, Record, Retirement, Supplement
from belink.kb.sources.extras import NO_EXTRA, Extra, MeshTree, parse_extra
from belink.kb.sources.names import aliases, curie, parent_curie, tidy, types_of, xrefs
from belink.kb.sources.options import SourceOptions, at, refuse
from belink.kb.sources.rows import Row, json_keys, json_rows, table_keys, table_rows
from belink.types import Alias, Concept

_MESH = re.compile(r"[CD]\d{6,9}")
_CELL_LINE = re.compile(r"CVCL_\w{4}")
_ICD10 = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4}|-[A-Z][0-9A-Z]{2})?")
_ICD10_NO_DISEASE = frozenset({"20", "21"})


def read_table(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read a TSV or CSV table, plain or gzip; concepts come in the order of their last rows.

    Raises:
        KnowledgeBaseError: at a wrong header; unless lenient, at a wrong row.
    """
    survey = _survey(table_keys(path, replace(options, on_problem=None)))
    return _read(table_rows(path, options), path, survey, options)


def read_jsonl(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read a JSONL file, plain or gzip; concepts come in the order of their last lines.

    Raises:
        KnowledgeBaseError: unless lenient, at a line that is no concept.
    """
    survey = _survey(json_keys(path, replace(options, on_problem=None)))
    return _read(json_rows(path, options), path, survey, options)


@dataclass(slots=True)
class _Survey:
    """What must be known of the whole file before its first concept can be made."""

    rows_left: Counter[str] = field(default_factory=Counter)
    tree: MeshTree = field(default_factory=MeshTree)
    drugs: bool = False


def _survey(keys: Iterator[tuple[str, str]]) -> _Survey:
    survey = _Survey()
    for identifier, extra in keys:
        survey.rows_left[identifier] += 1
        if "tree=" in extra:
            survey.tree.add(identifier, parse_extra(extra).tree)
        elif "drugbank_id=" in extra:
            survey.drugs = True
    return survey


def _read(rows: Iterator[Row], path: Path, survey: _Survey, options: SourceOptions) -> Iterator[Record]:
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        survey.rows_left[row.id] -= 1
        if not row.id:
            refuse(options, at(path, row.line), "a row without an id")
        elif row.retired:
            yield from _retired(row, at(path, row.line), options)
        elif survey.rows_left[row.id] or row.id in waiting:
            waiting.setdefault(row.id, []).append(row)
        else:
            yield from _records(row, path, survey, options)
        if not survey.rows_left[row.id] and row.id in waiting:
            yield from _records(_united(waiting.pop(row.id)), path, survey, options)


def _united(rows: Sequence[Row]) -> Row:
    """Make one row of all rows of an id: the first value of a field, and all aliases, parents and xrefs."""
    first = rows[0]
    if len(rows) == 1:
        return first
    return Row(
        first.line,
        first.id,
        next((row.name for row in rows if row.name.strip()), ""),
        tuple(alias for row in rows for alias in (Alias(row.name, language=row.language), *row.aliases)),
        next((row.definition for row in rows if row.definition), ""),
        tuple(sorted({each for row in rows for each in row.types})),
        tuple(each for row in rows for each in row.parents),
        tuple(each for row in rows for each in row.xrefs),
        next((row.taxon for row in rows if row.taxon), ""),
        supplement=first.supplement,
        extra=";".join(row.extra for row in rows if row.extra),
        language=next((row.language for row in rows if row.name.strip()), ""),
    )


def _retired(row: Row, where: str, options: SourceOptions) -> Iterator[Located]:
    def full(identifier: str) -> str:
        return curie(identifier, prefix_of(identifier, NO_EXTRA, options), where, options)

    if identifier := full(row.id):
        replaced_by = sorted({each for each in map(full, row.replaced_by) if each})
        yield Located(Retirement(identifier, tuple(replaced_by), tidy(row.name)), row.line)


def _records(row: Row, path: Path, survey: _Survey, options: SourceOptions) -> Iterator[Located]:
    extra = parse_extra(row.extra)
    taxon = extra.taxon or row.taxon.rpartition(":")[2]
    if taxon and not options.keeps_taxon(taxon):
        return
    where = at(path, row.line)
    if row.aliases and not row.name.strip() and not row.supplement:
        refuse(options, where, f"an alias without a concept: no row gives {row.id} a name")
        return
    identifier = curie(row.id, prefix_of(row.id, extra, options), where, options)
    if not identifier:
        return
    if row.supplement:
        yield Located(Supplement(identifier, aliases(row.aliases, ""), xrefs(row.xrefs)), row.line)
        return
    name = tidy(row.name)
    links = survey.tree.parents(extra.tree) + extra.parents + row.parents
    concept = Concept(
        identifier,
        name,
        aliases((*_without_suffix(row.aliases, name), *_titles(extra)), name, row.language),
        tidy(row.definition),
        _types(row, identifier, extra, survey, options),
        _parents(links, identifier, extra, where, options),
        tuple([each for each in xrefs((*extra.xrefs, *row.xrefs)) if each != identifier]),
        f"NCBITaxon:{taxon}" if taxon else "NCBITaxon:9606" if "ncbigene" in extra.keys else None,
        language=row.language,
    )
    yield Located(concept, row.line)
    for one in extra.alternatives:
        alternative = curie(one, prefix_of(one, extra, options), where, options)
        if alternative and alternative != identifier:
            yield Located(Retirement(alternative, (identifier,)), row.line)


def _parents(
    links: Sequence[str], identifier: str, extra: Extra, where: str, options: SourceOptions
) -> tuple[str, ...]:
    found = {parent_curie(link, prefix_of(link, extra, options), where, options) for link in links}
    return tuple(sorted(found - {"", identifier}))


def _without_suffix(found: Sequence[Alias], name: str) -> Sequence[Alias]:
    """Take " (preferred name)" off aliases that were made unique by it, "TNF (tumor necrosis factor)"."""
    suffix = f" ({name})"
    if not any(alias.text.endswith(suffix) for alias in found):
        return found
    return [replace(alias, text=alias.text.removesuffix(suffix)) for alias in found]


def _titles(extra: Extra) -> Iterator[Alias]:
    """Give the titles of encyclopedia articles as names; an article may be on something near."""
    return (Alias(title, "related", "Wikipedia") for title in extra.articles)


def prefix_of(identifier: str, extra: Extra, options: SourceOptions) -> str:
    """Give the prefix of an identifier that is written without one; "" where its shape tells nothing.

    The user's own prefix goes before what the shape says, save that MeSH has no other shapes than its own.
    """
    if ":" in identifier:
        return ""
    is_mesh = _MESH.fullmatch(identifier) is not None
    if options.prefix and (options.prefix != "MESH" or is_mesh):
        return options.prefix
    if is_mesh:
        return "MESH"
    if identifier.isdecimal():
        return "NCBIGene" if "tax" in extra.keys else "NCBITaxon" if "rank" in extra.keys else ""
    if _CELL_LINE.fullmatch(identifier):
        return "Cellosaurus"
    return "ICD10CM" if extra.chapter and _ICD10.fullmatch(identifier) else options.prefix


def _types(
    row: Row, identifier: str, extra: Extra, survey: _Survey, options: SourceOptions
) -> tuple[str, ...]:
    if options.type is not None:
        return (options.type,)
    if row.types:
        return tuple(sorted(row.types))
    if extra.tree:
        return survey.tree.types.get(row.id, ())
    if found := survey.tree.types_of(extra.parents):
        return found
    if extra.chapter:
        return () if extra.chapter in _ICD10_NO_DISEASE else ("Disease",)
    if "mondo" in extra.keys:
        return ("Disease",)
    if survey.drugs:
        return ("Chemical",)
    return types_of(identifier, options)
