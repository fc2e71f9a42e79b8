"""The dictionary detector over the names of a knowledge base, made ready once and stored beside it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from belink.detect.common_words import FUNCTION_WORDS, common_words
from belink.detect.dictionary import from_table
from belink.detect.name_table import DictionaryEntry, NameTable, load, name_table, save
from belink.errors import KnowledgeBaseError
from belink.kb.indexes import index_places
from belink.text.normalise import normalise
from belink.text.thesaurus import KIND_OF, everyday_table
from belink.types import Detector

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

EVERYDAY = frozenset({"Species"})
"""Types whose everyday names are looked for: those of species find what a tagger does not know; those of
diseases and chemicals are whole phrases, which made its bounds worse (docs/detection.md)."""

PEOPLE = "Homo sapiens"
"""Whether its other names ("patients", "women") are mentions is for the setting `people` to say."""

_log = logging.getLogger(__name__)


def dictionary_of(kb: KnowledgeBase, types: frozenset[str] | None, *, everyday: bool = False) -> Detector:
    """Make a detector that finds the names of a knowledge base.

    The names are made ready on first use and stored (`belink.kb.indexes`). A name gets the type of its
    concept, and each type of a concept with several; a concept without a type gives mentions of type "".

    Args:
        kb: whose names are looked for.
        types: only mentions of these types, and of type ""; None for all.
        everyday: also look for what `belink.text.thesaurus` knows to mean one of its names.

    Raises:
        OSError: the names made ready can be stored neither in the knowledge base's folder nor in the cache.
    """
    table = _table(kb, everyday)
    if types is not None:
        wanted = types | {""}
        table = NameTable(
            table.folded_words,
            table.exact_words,
            {type_: names for type_, names in table.folded.items() if type_ in wanted},
            {type_: names for type_, names in table.exact.items() if type_ in wanted},
        )
    return from_table(table)


def _table(kb: KnowledgeBase, everyday: bool) -> NameTable:
    common = common_words()
    others = list(_everyday_entries(kb)) if everyday else []
    state = hashlib.sha256(
        repr((kb.fingerprint, sorted(common), sorted(FUNCTION_WORDS), others)).encode()
    ).hexdigest()[:16]
    inside, cached = index_places(kb, f"dictionary-{state}.json")
    for path in (inside, cached):
        if path.is_file():
            try:
                return load(path)
            except KnowledgeBaseError as error:
                _log.info("making the dictionary again: %s", error)
    table = name_table(chain(_entries(kb), others), common)
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


def _everyday_entries(kb: KnowledgeBase) -> Iterator[DictionaryEntry]:
    """Give the other names of what has a name, and a concept of the type, in the knowledge base."""
    type_sets, type_set_of = kb.type_sets(), kb.arrays["concept-types"]
    for type_ in sorted(EVERYDAY & {type_ for types in type_sets for type_ in types}):
        table = list(everyday_table(KIND_OF[type_]))
        for (name, others), rows in zip(
            table, kb.find_rows([normalise(name) for name, _ in table]), strict=True
        ):
            if name != PEOPLE and any(type_ in type_sets[type_set_of[kb.name_concepts[row]]] for row in rows):
                yield from (DictionaryEntry(other, type_) for other in others)


def _store(table: NameTable, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        save(table, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
