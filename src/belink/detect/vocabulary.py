"""The dictionary detector over the names of a knowledge base, made ready once and stored beside it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from belink.detect.common_words import FUNCTION_WORDS, common_words
from belink.detect.dictionary import from_table
from belink.detect.name_table import DictionaryEntry, NameTable, load, name_table, save
from belink.errors import KnowledgeBaseError
from belink.kb.indexes import index_places
from belink.types import Detector

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

_log = logging.getLogger(__name__)


def dictionary_of(kb: KnowledgeBase, types: frozenset[str] | None) -> Detector:
    """Make a detector that finds the names of a knowledge base.

    The names are made ready on first use and stored (`belink.kb.indexes`). A name gets the type of its
    concept, and each type of a concept with several; a concept without a type gives mentions of type "".

    Args:
        kb: whose names are looked for.
        types: only mentions of these types, and of type ""; None for all.

    Raises:
        OSError: the names made ready can be stored neither in the knowledge base's folder nor in the cache.
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
    common = common_words()
    state = hashlib.sha256(
        repr((kb.fingerprint, sorted(common), sorted(FUNCTION_WORDS))).encode()
    ).hexdigest()[:16]
    inside, cached = index_places(kb, f"dictionary-{state}.json")
    for path in (inside, cached):
        if path.is_file():
            try:
                return load(path)
            except KnowledgeBaseError as error:
                _log.info("making the dictionary again: %s", error)
    table = name_table(_entries(kb), common)
    try:
        _store(table, inside)
    except OSError as error:
        _log.info("storing the dictionary in the cache instead: %s", error)
        _store(table, cached)
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
