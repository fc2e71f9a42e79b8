"""Headers of tables of concepts, and what their columns hold (`belink.kb.sources.rows`)."""

from __future__ import annotations

from belink.errors import KnowledgeBaseError
from belink.kb.sources.options import SourceOptions, warn

_FIELDS = {
    "id": ("id", "concept_id", "identifier", "curie"),
    "name": ("name", "label", "preferred_name"),
    "aliases": ("aliases", "alias", "synonyms", "synonym"),
    "scope": ("scope",),
    "source": ("source",),
    "language": ("language", "lang"),
    "definition": ("definition", "description"),
    "types": ("type", "types"),
    "parents": ("parents", "parent"),
    "xrefs": ("xrefs", "xref"),
    "taxon": ("taxon", "tax_id"),
    "retired": ("retired", "obsolete"),
    "replaced_by": ("replaced_by", "current_id"),
    "extra": ("extra",),
    "retired_id": ("retired_id",),
}
FIELD_OF = {spelling: field for field, spellings in _FIELDS.items() for spelling in spellings}
"""What each known header holds."""


def columns_of(header: list[str], where: str, options: SourceOptions) -> dict[str, int]:
    """Find the known columns of a header: what each holds, and its number from 0.

    Raises:
        KnowledgeBaseError: where two columns hold the same, or those that a table needs are missing.
    """
    columns: dict[str, int] = {}
    for index, title in enumerate(header):
        field = options.columns.get(title.strip()) or FIELD_OF.get(_spelled(title))
        if field is None:
            warn(options, where, f"the column {title!r} is not known and is not read")
        elif field in columns:
            raise KnowledgeBaseError(
                f"{where}: two columns for {field}: {header[columns[field]]!r} and {title!r}"
            )
        else:
            columns[field] = index
    if not (
        any({"id", other} <= columns.keys() for other in ("name", "aliases", "replaced_by"))
        or "retired_id" in columns
    ):
        known = ", ".join(spelling for spellings in _FIELDS.values() for spelling in spellings[:1])
        raise KnowledgeBaseError(
            f"{where}: the first line must name the columns, with at least id and name; found"
            f" {', '.join(map(repr, header))[:200]}; known columns: {known};"
            " say what others hold with --columns id=HEADER,name=HEADER"
        )
    return columns


def parse_columns(text: str) -> tuple[tuple[str, str], ...]:
    """Read what the columns of a table are called, `id=HP_ID,aliases=info`, as (header, what it holds).

    Raises:
        KnowledgeBaseError: where the text is not of that form, or a table holds no such thing.
    """
    pairs = []
    for part in text.split(",") if text else ():
        known, equals, title = (each.strip() for each in part.partition("="))
        field = FIELD_OF.get(_spelled(known))
        if not equals or not title or field is None:
            raise KnowledgeBaseError(
                f"--columns {text}: expected NAME=HEADER, as in id=HP_ID,name=label; a NAME is one of"
                f" {', '.join(spellings[0] for spellings in _FIELDS.values())}"
            )
        pairs.append((title, field))
    return tuple(pairs)


def _spelled(title: str) -> str:
    return title.strip().lower().replace(" ", "_")
