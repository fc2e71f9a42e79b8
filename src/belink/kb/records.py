"""What a source reader gives to `build`, and what selects concepts of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from belink.types import Alias, Concept


@dataclass(frozen=True, slots=True)
class Retirement:
    """An identifier that is no longer in use, or an alternative identifier of a concept.

    Attributes:
        id: the retired CURIE.
        replaced_by: ids that took its place, sorted; empty where the source names none.
        name: the name it had, "" where the source does not keep it.
    """

    id: str
    replaced_by: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Supplement:
    """What a source adds to a concept that another source defines; it never makes a concept.

    A retired id stands for what replaces it. One whose id no source of the build defines is counted and
    left out.
    """

    id: str
    aliases: tuple[Alias, ...] = ()
    xrefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """A record with the line of its file (from 1) that it starts on, so that `build` can name the line."""

    record: Concept | Retirement | Supplement
    line: int


Record = Concept | Retirement | Supplement | Located
"""What a source reader yields; `Located` where the format has lines, else the bare record."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where a part of a knowledge base came from.

    Attributes:
        name: short name of the vocabulary; the source of every alias that does not name its own.
        release: the vocabulary's own version or date, "" where unknown.
        licence: "" where unknown.
        path: the file as the user named it, "" for concepts made in memory.
        sha256: of the file, "" for concepts made in memory.
        format: name of the file format, "" for concepts made in memory.
    """

    name: str
    release: str = ""
    licence: str = ""
    path: str = ""
    sha256: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A source's description with its records, read once.

    Attributes:
        info: what it is.
        records: what it says.
        role: what its concepts do to the knowledge base: "concepts" are taken up, and there must be some;
            a source of "additions" may be empty; of a "lender" only the names are taken up, as aliases of
            the concepts of other sources that an xref connects, either way.
    """

    info: SourceInfo
    records: Iterable[Record]
    role: Literal["concepts", "additions", "lender"] = "concepts"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which concepts to keep: those that pass every condition. An empty condition lets all pass.

    Languages also say by which of their names the concepts may be found (`KnowledgeBase.select_names`).

    Attributes:
        types: the concept has one of these types.
        sources: one of the concept's names comes from one of these vocabularies.
        languages: one of the concept's names is in one of these languages (`kb.languages`), or in none that
            is stated; it may be found by such names alone.
        under: the concept is one of these or stands below one of them.
        taxa: the concept's organism is one of these; a concept that belongs to no organism passes.
        allow: the concept's id is one of these.
        deny: the concept's id is none of these.
    """

    types: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    under: frozenset[str] = frozenset()
    taxa: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether any condition is set."""
        return any(getattr(self, field.name) for field in fields(self))


NO_FILTER = Filter()
"""Lets every concept pass."""
