"""The dictionary detector over the names of a knowledge base, made ready once and stored beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from belink.detect.common_words import common_words
from belink.detect.dictionary import from_table
from belink.detect.name_table import DictionaryEntry, NameTable, load, name_table, save
from belink.errors import KnowledgeBaseError
from belink.kb.indexes import index_places, place_to_build
from belink.types import Detector

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


def dictionary_of(kb: KnowledgeBase, types: frozenset[str] | None) -> Detector:
    """Make a detector that finds the names of a knowledge base.

    The names are made ready on first use and stored (`belink.kb.indexes`). A name gets the type of its
    concept, and each type of a concept with several; a concept without a type gives mentions of type "".

    Args:
        kb: whose names are looked for.
        types: only mentions of these types, and of type ""; None for all.

    Raises:
        KnowledgeBaseError: the names made ready cannot be stored.
    """
    table = _table(kb)
    if types is not None:
        wanted = types | {""}
        table = NameTable(
            table.folded_words,
            table.exact_words,
            {type_: names for type_, names in table.folded.items() if type_ in wanted},
            {type_: names for type_, names in table.exact.items() if type_ in wanted},
        )
    return from_table(table)


def _table(kb: KnowledgeBase) -> NameTable:
    name = f"dictionary-{kb.fingerprint[:16]}.json"
    for path in index_places(kb, name):
        if path.is_file():
            try:
                return load(path)
            except KnowledgeBaseError:
                continue  # damaged, or made by another version: made again below
    table = name_table(_entries(kb), common_words())
    _store(table, place_to_build(kb, name))
    return table


def _entries(kb: KnowledgeBase) -> Iterator[DictionaryEntry]:
    type_sets = kb.type_sets()
    type_set_of = kb.arrays["concept-types"]
    for ordinal, text in zip(kb.name_concepts, kb.texts(), strict=True):
        for type_ in type_sets[type_set_of[ordinal]] or ("",):
            yield DictionaryEntry(text, type_)


def _store(table: NameTable, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        save(table, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
