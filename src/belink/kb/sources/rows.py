"""Rows of a table of concepts (TSV, CSV, JSONL), read one at a time.

The table has a header with at least `id` and `name`; also known are `aliases` (or `synonyms`, parted by "|"),
`scope` and `source` of the row's aliases, `language` of all its names ("en"), `definition`, `type`,
`parents`, `xrefs` (each parted by "|"), `taxon`, `retired` (yes or no), `replaced_by`, and `extra`
(`key=value;key=value`, see `belink.kb.sources.extras`). A table of replacements has `retired_id` and
`current_id` instead. JSONL has one object a line with the same keys and lists where the table has "|"; an
alias may be an object with `text`, `scope`, `source` and `language`. A table with `id` and `aliases` but no
`name` only adds to concepts of other sources.

Fields parted by tabs are taken as they stand; other tables follow RFC 4180 (quotes, doubled inside).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import orjson

from belink.kb.languages import language_code
from belink.kb.sources.headers import FIELD_OF, columns_of
from belink.kb.sources.lines import head, numbered_lines
from belink.kb.sources.options import SourceOptions, at, refuse
from belink.types import Alias, AliasScope

_SCOPES = frozenset(get_args(AliasScope))
_YES = frozenset({"1", "true", "yes", "y", "x", "retired", "obsolete"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands, its identifiers not yet CURIEs; `supplement`: of a table without names."""

    line: int
    id: str
    name: str = ""
    aliases: tuple[Alias, ...] = ()
    definition: str = ""
    types: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    taxon: str = ""
    retired: bool = False
    supplement: bool = False
    replaced_by: tuple[str, ...] = ()
    extra: str = ""
    language: str = ""


def table_rows(path: Path, options: SourceOptions) -> Iterator[Row]:
    """Read the rows of a TSV or CSV table, plain or gzip, in order.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, where a row is wrong.
    """
    for line, cells, columns in _checked_records(path, options):
        if (row := _table_row(line, cells, columns, path, options)) is not None:
            yield row


def table_keys(path: Path, options: SourceOptions) -> Iterator[tuple[str, str]]:
    """Read the id and the `extra` field of each row alone, in order; faster than `table_rows`.

    Raises:
        KnowledgeBaseError: as `table_rows`, save for what is wrong within a field.
    """
    for _, cells, columns in _checked_records(path, options):
        values = [
            cells[columns[field]] if field in columns else "" for field in ("retired_id", "id", "extra")
        ]
        yield (values[0] or values[1]).strip(), values[2]


def _checked_records(path: Path, options: SourceOptions) -> Iterator[tuple[int, list[str], dict[str, int]]]:
    """Yield line, cells and columns of each row behind the header that is not blank and has all cells."""
    records = _split_records(path, _delimiter(path), options)
    first, header = next(records, (1, [""]))
    columns = columns_of(header, at(path, first), options)
    width = len(header)
    for line, cells in records:
        if len(cells) == width:
            if any(cells):
                yield line, cells, columns
        elif any(cells):
            refuse(options, at(path, line), f"{len(cells)} columns, the header has {width}")


def _split_records(path: Path, delimiter: str, options: SourceOptions) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each record with the number of the line it starts on."""
    lines = numbered_lines(path, options)
    if delimiter == "\t":
        for number, line in lines:
            yield number, line.split("\t")
        return
    last = 0

    def text() -> Iterator[str]:
        nonlocal last
        for last, line in lines:  # noqa: B007 - `last` is read outside
            yield line + "\n"

    reader = csv.reader(text(), delimiter=delimiter, strict=True)
    while True:
        start = last + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(options, at(path, start), f"no CSV record: {error}")
            continue
        yield start, cells


def _delimiter(path: Path) -> str:
    first = next((line for line in head(path).splitlines() if line.strip()), "")
    if "\t" in first or path.name.removesuffix(".gz").endswith((".tsv", ".tab")):
        return "\t"
    try:
        return csv.Sniffer().sniff(first, delimiters=",;|").delimiter
    except csv.Error:
        return ","


def _table_row(
    line: int, cells: list[str], columns: dict[str, int], path: Path, options: SourceOptions
) -> Row | None:
    values = {field: cells[index] for field, index in columns.items() if cells[index]}
    scope, source = "exact", ""
    if "scope" in values and (scope := values["scope"].strip().lower()) not in _SCOPES:
        refuse(options, at(path, line), f"the scope {scope!r} is none of {', '.join(sorted(_SCOPES))}")
        return None
    if "source" in values:
        source = values["source"].strip()
    language = language_code(values["language"]) if "language" in values else ""
    retired_id = values.get("retired_id", "").strip()
    replaced_by = _parts(values.get("replaced_by"))
    retired = bool(retired_id or replaced_by) or values.get("retired", "").strip().lower() in _YES
    return Row(
        line,
        retired_id or values.get("id", "").strip(),
        values.get("name", ""),
        tuple(
            [Alias(text, cast(AliasScope, scope), source, language) for text in _parts(values.get("aliases"))]
        ),
        values.get("definition", ""),
        _parts(values.get("types")),
        _parts(values.get("parents")),
        _parts(values.get("xrefs")),
        values.get("taxon", "").strip(),
        retired,
        "name" not in columns,
        replaced_by,
        values.get("extra", ""),
        language,
    )


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple([part for part in map(str.strip, text.split("|")) if part]) if text else ()


def json_rows(path: Path, options: SourceOptions) -> Iterator[Row]:
    """Read the rows of a JSONL file, plain or gzip, in order; blank lines are passed over.

    Raises:
        KnowledgeBaseError: unless lenient, where a line is no JSON object or a value is of the wrong kind.
    """
    for line, text in numbered_lines(path, options):
        if not text.strip():
            continue
        where = at(path, line)
        try:
            loaded = orjson.loads(text)
            if not isinstance(loaded, dict):
                raise TypeError("not an object")
            yield _json_row(line, loaded)
        except (orjson.JSONDecodeError, TypeError, ValueError) as error:
            refuse(options, where, f"no concept in JSON: {error}")


def json_keys(path: Path, options: SourceOptions) -> Iterator[tuple[str, str]]:
    """Read the id of each row alone, with an empty `extra` field."""
    return ((row.id, "") for row in json_rows(path, options))


def _json_row(line: int, loaded: dict[str, object]) -> Row:
    fields = {FIELD_OF[key.lower()]: value for key, value in loaded.items() if key.lower() in FIELD_OF}

    def one(field: str) -> str:
        return _text(fields.get(field), field)

    def several(field: str) -> tuple[str, ...]:
        value = fields.get(field)
        if isinstance(value, str):
            return _parts(value)
        return tuple(_text(part, field) for part in _list(value, field))

    replaced_by = several("replaced_by")
    retired_id, language = one("retired_id"), language_code(one("language"))
    return Row(
        line,
        retired_id or one("id"),
        one("name"),
        tuple(_json_alias(part, language) for part in _list(fields.get("aliases"), "aliases")),
        one("definition"),
        several("types"),
        several("parents"),
        several("xrefs"),
        one("taxon"),
        bool(replaced_by or retired_id or fields.get("retired")),
        replaced_by=replaced_by,
        language=language,
    )


def _json_alias(value: object, language: str) -> Alias:
    if isinstance(value, str):
        return Alias(value, language=language)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise TypeError(f"an alias must be a string or an object with a text, found {value!r}")
    scope = value.get("scope", "exact")
    if scope not in _SCOPES:
        raise ValueError(f"the scope {scope!r} is none of {', '.join(sorted(_SCOPES))}")
    return Alias(
        value["text"], scope, str(value.get("source", "")), language_code(str(value.get("language", "")))
    )


def _list(value: object, field: str) -> list[object]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return value
    raise TypeError(f"{field} must be a list, found {value!r}")


def _text(value: object, field: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise TypeError(f"{field} must be text, found {value!r}")
