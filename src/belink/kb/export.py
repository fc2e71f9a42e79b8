"""Write a knowledge base as a table or as JSONL, from which it can be built again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO, Literal

import orjson

from belink.errors import KnowledgeBaseError
from belink.kb.store import KnowledgeBase
from belink.types import Concept

HEADER = (
    "id", "name", "aliases", "scope", "source", "language", "definition", "type", "parents", "xrefs", "taxon",
    "retired", "replaced_by",
)  # fmt: skip


def export(kb: KnowledgeBase, out: Path, file_format: Literal["tsv", "jsonl"] = "jsonl") -> None:
    """Write every concept and retired id, sorted by id; the file appears by rename when it is whole.

    A knowledge base built from the file has the same fingerprint.

    Args:
        kb: what to write.
        out: the file.
        file_format: "tsv" has one row for each scope, source and language of a concept's aliases.

    Raises:
        KnowledgeBaseError: where a name cannot stand in a table because it holds "|".
    """
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as stream:
            (_write_tsv if file_format == "tsv" else _write_jsonl)(kb, stream)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _write_jsonl(kb: KnowledgeBase, stream: IO[bytes]) -> None:
    for concept in kb.concepts():
        aliases = [
            {key: value for key, value in asdict(alias).items() if value or key != "language"}
            for alias in concept.aliases
        ]
        fields = {
            "id": concept.id,
            "name": concept.name,
            "aliases": aliases,
            "definition": concept.definition,
            "types": concept.types,
            "parents": concept.parents,
            "xrefs": concept.xrefs,
            "taxon": concept.taxon,
            "language": concept.language,
        }
        stream.write(orjson.dumps({key: value for key, value in fields.items() if value}) + b"\n")
    for old in kb.retirements():
        retired = {"id": old.id, "name": old.name, "retired": True, "replaced_by": old.replaced_by}
        stream.write(orjson.dumps({key: value for key, value in retired.items() if value}) + b"\n")


def _write_tsv(kb: KnowledgeBase, stream: IO[bytes]) -> None:
    stream.write("\t".join(HEADER).encode() + b"\n")
    for concept in kb.concepts():
        for row in _rows(concept):
            stream.write("\t".join(row).encode() + b"\n")
    for old in kb.retirements():
        row = (old.id, old.name, *[""] * 9, "yes", _joined(old.replaced_by, old.id))
        stream.write("\t".join(row).encode() + b"\n")


def _rows(concept: Concept) -> Iterator[tuple[str, ...]]:
    """Give a row for each run of aliases with the same scope, source and language.

    The first has the rest too, and aliases only in the language of the preferred name; others are nameless.
    """
    runs = [
        (_joined([alias.text for alias in run], concept.id), *shared)
        for shared, run in groupby(concept.aliases, key=attrgetter("scope", "source", "language"))
    ]
    if not runs or runs[0][-1] != concept.language:
        runs.insert(0, ("", "", "", concept.language))
    rest = (
        concept.definition,
        "|".join(concept.types),
        _joined(concept.parents, concept.id),
        _joined(concept.xrefs, concept.id),
        concept.taxon or "",
        "",
        "",
    )
    yield (concept.id, concept.name, *runs[0], *rest)
    for run in runs[1:]:
        yield (concept.id, "", *run, *[""] * len(rest))


def _joined(texts: list[str] | tuple[str, ...], concept_id: str) -> str:
    for text in texts:
        if "|" in text:
            raise KnowledgeBaseError(
                f"{concept_id}: {text!r} holds '|', which parts a table; export as jsonl"
            )
    return "|".join(texts)
