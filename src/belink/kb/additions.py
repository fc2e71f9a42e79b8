"""What a user adds to a knowledge base or bans from it, kept apart from its sources.

`additions.jsonl` in the folder of a knowledge base has one entry a line and is merged in at every build,
so that it survives a new release of a source:

    {"id": "MESH:D003924", "aliases": ["sugar sickness"]}           aliases of a concept that is there
    {"id": "LAB:1", "name": "my disease", "types": ["Disease"]}     a new concept
    {"deny": "MESH:D000001"}                                        a concept to leave out
    {"deny": "MESH:D003924", "alias": "MODY"}                       a name of a concept to leave out
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from belink.errors import KnowledgeBaseError
from belink.kb.checks import is_curie
from belink.kb.curies import to_curie
from belink.kb.folder import own_name, remove_dead
from belink.kb.merging import Merged
from belink.kb.records import Located, Record, Source, SourceInfo, Supplement
from belink.kb.staging import Staging
from belink.types import Alias, Concept

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

FILE = "additions.jsonl"
USER = "user"
"""The source of every name that a user added."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Names for a concept that is there, or, with a `name`, a concept that may be new."""

    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    definition: str = ""
    types: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Denial:
    """A concept to leave out, or one name of it, compared as written."""

    id: str
    alias: str = ""


Entry = Addition | Denial


def read_additions(folder: Path) -> tuple[Entry, ...]:
    """Read the entries of a knowledge base's folder in the order they were made; none where there is no file.

    Raises:
        KnowledgeBaseError: at a line that is no entry.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    lines = path.read_bytes().split(b"\n")
    return tuple(
        _entry(line, f"{path}:{number}") for number, line in enumerate(lines, start=1) if line.strip()
    )


def with_entries(folder: Path, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the entries that are there and new ones behind them; one that is there already is not repeated.

    Raises:
        KnowledgeBaseError: at an id that is none, or an addition that adds nothing.
    """
    for entry in entries:
        _check(entry)
    return tuple(dict.fromkeys((*read_additions(folder), *entries)))


def add_entries(folder: Path, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Write entries behind those that are there; one that is there already is not repeated.

    They take effect with the next build (`update.rebuild` writes and builds). Gives all entries.

    Raises:
        KnowledgeBaseError: at an id that is none, or an addition that adds nothing.
    """
    together = with_entries(folder, entries)
    remove_dead(folder, f"{FILE}.")
    draft = folder / own_name(f"{FILE}.")
    draft.write_bytes(b"".join(orjson.dumps(_as_json(entry)) + b"\n" for entry in together))
    draft.replace(folder / FILE)
    return together


def meant(kb: KnowledgeBase, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give entries with their ids as the knowledge base writes them ("mesh:D003924": MESH:D003924).

    Raises:
        KnowledgeBaseError: at an entry without effect: names for a concept, or a ban of a concept or name,
            that the knowledge base does not have.
    """
    known = read_additions(kb.path)
    return tuple(each if each in known else _meant(kb, each) for each in entries)


def _meant(kb: KnowledgeBase, entry: Entry) -> Entry:
    identifier = entry.id
    if kb.concept(identifier) is None:
        with suppress(KnowledgeBaseError):
            identifier = to_curie(identifier)
    entry = replace(entry, id=identifier)
    _check(entry)
    concept = kb.concept(identifier)
    if concept is None and not (isinstance(entry, Addition) and entry.name):
        raise KnowledgeBaseError(
            f"{kb.path}: no concept {identifier}; find its id with `belink kb search`, or give a name"
        )
    if isinstance(entry, Denial) and entry.alias and concept is not None and concept.replaced_by is None:
        names = (concept.name, *(alias.text for alias in concept.aliases))
        if entry.alias not in names:
            raise KnowledgeBaseError(
                f"{kb.path}: {identifier} has no name {entry.alias!r}; it has {', '.join(names[:12])}"
            )
    return entry


def stage_additions(staging: Staging, entries: Sequence[Entry]) -> None:
    """Store the additions behind all sources.

    Names for an id that is no longer there go to the ids that replace it; where there are none they are
    counted as a problem, never refused: a new release must not lock a user out.
    """
    records: list[Record] = []
    new: set[str] = set()
    for line, entry in enumerate(entries, start=1):
        if not isinstance(entry, Addition):
            continue
        if entry.name and entry.id not in new:
            new.add(entry.id)
            records.append(Located(_concept(entry), line))
        texts = (entry.name, *entry.aliases) if entry.name else entry.aliases
        records.append(
            Located(Supplement(entry.id, tuple(Alias(text, "exact", USER) for text in texts)), line)
        )
    staging.add(Source(SourceInfo(USER, path=FILE), records))


def without_denied(merged: Merged, denied: frozenset[tuple[str, str]]) -> Merged | None:
    """Take the denied names (id, name) off a concept; None where it has no other."""
    concept = merged.concept
    aliases = tuple(alias for alias in concept.aliases if (concept.id, alias.text) not in denied)
    if (concept.id, concept.name) not in denied:
        return (
            merged
            if aliases == concept.aliases
            else replace(merged, concept=replace(concept, aliases=aliases))
        )
    if not aliases:
        return None
    promoted = replace(concept, name=aliases[0].text, aliases=aliases[1:], language=aliases[0].language)
    return Merged(promoted, aliases[0].source)


def denied_ids(entries: Sequence[Entry]) -> frozenset[str]:
    """Give the ids of concepts to leave out."""
    return frozenset(entry.id for entry in entries if isinstance(entry, Denial) and not entry.alias)


def denied_names(entries: Sequence[Entry]) -> frozenset[tuple[str, str]]:
    """Give the (id, name) pairs to leave out."""
    return frozenset(
        (entry.id, entry.alias) for entry in entries if isinstance(entry, Denial) and entry.alias
    )


def _concept(entry: Addition) -> Concept:
    aliases = tuple(Alias(text, "exact", USER) for text in entry.aliases if text != entry.name)
    return Concept(entry.id, entry.name, aliases, entry.definition, entry.types, entry.parents)


def _check(entry: Entry) -> None:
    if not is_curie(entry.id):
        raise KnowledgeBaseError(f"{entry.id!r} is not an identifier like MESH:D003924")
    if isinstance(entry, Addition) and not entry.name and not entry.aliases:
        raise KnowledgeBaseError(f"{entry.id}: nothing to add; give an alias, or a name for a new concept")


def _as_json(entry: Entry) -> dict[str, object]:
    if isinstance(entry, Denial):
        return {"deny": entry.id, "alias": entry.alias} if entry.alias else {"deny": entry.id}
    fields = {
        "id": entry.id,
        "name": entry.name,
        "aliases": entry.aliases,
        "definition": entry.definition,
        "types": entry.types,
        "parents": entry.parents,
    }
    return {key: value for key, value in fields.items() if value}


def _entry(line: bytes, where: str) -> Entry:
    try:
        loaded = orjson.loads(line)
        if "deny" in loaded:
            entry: Entry = Denial(**{"id": loaded.pop("deny"), **loaded})
        else:
            made = Addition(**loaded)
            entry = replace(
                made, aliases=tuple(made.aliases), types=tuple(made.types), parents=tuple(made.parents)
            )
        _check(entry)
    except (orjson.JSONDecodeError, TypeError, AttributeError, KnowledgeBaseError) as error:
        raise KnowledgeBaseError(
            f'{where}: not an entry ({error}); expected {{"id": ..., "aliases": [...]}} or {{"deny": ...}}'
        ) from error
    return entry
