"""Cells of tables with a fixed header, by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.sources.lines import numbered_lines
from belink.kb.sources.options import SourceOptions, at, refuse


def named_cells(
    path: Path, options: SourceOptions, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a tab-separated table as its line number and its cells by column name.

    The first line that does not begin with "#", or begins with "#" and names a required column, is the
    header. A cell in double quotes loses them. An optional column the file lacks is "" in every row.

    Args:
        path: the table, plain or gzip.
        options: how to read the source.
        required: columns the file must have.
        optional: columns that are read where they are there.

    Raises:
        KnowledgeBaseError: where a required column is missing; unless lenient, where a row has too few or too
            many cells.
    """
    columns: list[tuple[str, int]] = []
    width = 0
    missing_columns = dict.fromkeys(optional, "")
    for line, text in numbered_lines(path, options):
        if not columns:
            header = text.removeprefix("#").strip(" ").split("\t")
            if text.startswith("#") and not set(header) & set(required):
                continue
            columns = _header(header, required, optional, at(path, line))
            width = len(header)
            continue
        if not text or text.isspace():
            continue
        cells = text.split("\t")
        if len(cells) != width:
            refuse(options, at(path, line), f"{len(cells)} columns, the header has {width}")
            continue
        yield line, missing_columns | {name: _unquoted(cells[index]) for name, index in columns}


def _header(
    header: list[str], required: Sequence[str], optional: Sequence[str], where: str
) -> list[tuple[str, int]]:
    titles = [_unquoted(title).strip() for title in header]
    missing = [name for name in required if name not in titles]
    if missing:
        raise KnowledgeBaseError(
            f"{where}: the header lacks the column {', '.join(missing)}; found {', '.join(titles)[:200]}"
        )
    return [(name, titles.index(name)) for name in (*required, *optional) if name in titles]


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def parts(cell: str, separator: str = "|") -> list[str]:
    """Split a cell that holds several values; empty ones are left out."""
    return [part for part in map(str.strip, cell.split(separator)) if part] if cell else []
