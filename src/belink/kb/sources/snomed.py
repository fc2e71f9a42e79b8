"""SNOMED CT, Release Format 2, snapshot files of an unpacked release folder.

Format: Release File Specification, https://confluence.ihtsdotools.org/display/DOCRELFMT (concept,
description, relationship, language and association reference set files): tabs part fields, CR LF ends lines,
the first line names the columns. Preferred names come from the language reference sets, an English one where
there is any; the fully specified name, without its semantic tag, is an alias, and the tag tells the type.
Concepts without a name in the languages asked for are left out. Inactive concepts become retirements,
replaced where a SAME AS or REPLACED BY association names one. Names are held in memory (about 1 GB for the
International Edition). SNOMED CT needs a licence: nothing of it is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.languages import language_code
from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.columns import named_cells
from belink.kb.sources.names import aliases, tidy
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import Alias, Concept, EntityType

_FULLY_SPECIFIED = "900000000000003001"
_PREFERRED = "900000000000548007"
_IS_A = "116680003"
_REPLACEMENTS = frozenset({"900000000000527005", "900000000000526001"})
_TAG = re.compile(r"^(.*) \(([^()]+)\)$")
_TYPES: dict[str, EntityType] = {
    "disorder": "Disease", "substance": "Chemical", "product": "Chemical", "medicinal product": "Chemical",
    "medicinal product form": "Chemical", "clinical drug": "Chemical", "organism": "Species",
}  # fmt: skip
_PATTERNS = {
    "concepts": "sct2_Concept_Snapshot_*.txt",
    "descriptions": "sct2_Description_Snapshot*.txt",
    "definitions": "sct2_TextDefinition_Snapshot*.txt",
    "relationships": "sct2_Relationship_Snapshot_*.txt",
    "languages": "der2_cRefset_Language*Snapshot*.txt",
    "associations": "der2_cRefset_Association*Snapshot*.txt",
}
_DATE = re.compile(r"_(\d{8})\.txt$")
_NAMELESS = Alias("")
_COLUMNS = ("id", "active", "conceptId", "languageCode", "typeId", "term")


def about_snomed(path: Path) -> About:
    """Take the release date from the name of the concept file."""
    file = next(iter(_files(path, "concepts")), None)
    date = _DATE.search(file.name) if file is not None else None
    return About("SNOMED CT", date[1] if date else "", "SNOMED CT Affiliate License (https://www.snomed.org)")


def snomed_files(path: Path) -> Iterable[Path]:
    """Give the files that are read."""
    return tuple(file for kind in _PATTERNS for file in _files(path, kind))


def _files(path: Path, kind: str) -> list[Path]:
    return sorted(path.rglob(_PATTERNS[kind]))


@dataclass(slots=True)
class _Parts:
    """What the files say of each concept: names as (description id, name), fully specified names apart.

    `described` are those with a name in any language.
    """

    names: dict[str, list[tuple[str, Alias]]] = field(default_factory=dict)
    full: dict[str, Alias] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)
    definitions: dict[str, str] = field(default_factory=dict)
    parents: dict[str, set[str]] = field(default_factory=dict)
    preferred: set[str] = field(default_factory=set)
    replacements: dict[str, set[str]] = field(default_factory=dict)


def read_snomed(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read concepts in the order of the concept files.

    Raises:
        KnowledgeBaseError: where the folder lacks the concept or description file, or a header lacks a
            column; unless lenient, at a faulty row, at a description of an unknown concept, and at a concept
            without name.
    """
    for kind in ("concepts", "descriptions"):
        if not path.is_dir() or not _files(path, kind):
            raise KnowledgeBaseError(
                f"{path}: no {_PATTERNS[kind]} in this folder; expected an unpacked SNOMED CT release"
            )
    active: dict[str, tuple[bool, str, int]] = {}
    for file in _files(path, "concepts"):
        for line, row in named_cells(file, options, ("id", "active")):
            active[row["id"]] = (row["active"] == "1", str(file), line)
    found = _parts(path, active.keys(), options)
    for number, (is_active, file_name, line) in active.items():
        if is_active:
            concept = _concept(number, found, f"{file_name}:{line}", options)
            if concept is not None:
                yield Located(concept, line)
        else:
            replaced_by = sorted(f"SNOMEDCT:{one}" for one in found.replacements.get(number, ()))
            name = _TAG.sub(r"\1", found.full.get(number, _NAMELESS).text)
            yield Located(Retirement(f"SNOMEDCT:{number}", tuple(replaced_by), tidy(name)), line)


def _concept(number: str, found: _Parts, where: str, options: SourceOptions) -> Concept | None:
    terms = sorted(found.names.get(number, []), key=lambda term: term[1].language != "en")
    full = found.full.get(number, _NAMELESS)
    tagged = _TAG.match(full.text)
    plain = replace(full, text=tagged[1]) if tagged else full
    chosen = next((term for one, term in terms if one in found.preferred), terms[0][1] if terms else plain)
    name = tidy(chosen.text)
    if not name:
        if number not in found.described:
            refuse(options, where, f"concept {number} has no active description")
        return None
    known = options.type or (_TYPES.get(tagged[2]) if tagged else None)
    parents = sorted(f"SNOMEDCT:{one}" for one in found.parents.get(number, ()))
    return Concept(
        f"SNOMEDCT:{number}",
        name,
        aliases([*(term for _, term in terms), plain], name, chosen.language),
        tidy(found.definitions.get(number, "")),
        (known,) if known else (),
        tuple(parents),
        language=chosen.language,
    )


def _parts(path: Path, known: Iterable[str], options: SourceOptions) -> _Parts:
    found = _Parts()
    languages = options.language_codes() or frozenset({"en"})
    _read_names(path, frozenset(known), languages, found, options)
    for file in _files(path, "definitions"):
        for _, row in _active_rows(file, options, _COLUMNS):
            if language_code(row["languageCode"]) in languages:
                found.definitions.setdefault(row["conceptId"], row["term"])
    for file in _files(path, "relationships"):
        for _, row in _active_rows(file, options, ("active", "sourceId", "destinationId", "typeId")):
            if row["typeId"] == _IS_A:
                found.parents.setdefault(row["sourceId"], set()).add(row["destinationId"])
    for file in _files(path, "languages"):
        for _, row in _active_rows(file, options, ("active", "referencedComponentId", "acceptabilityId")):
            if row["acceptabilityId"] == _PREFERRED:
                found.preferred.add(row["referencedComponentId"])
    association = ("active", "refsetId", "referencedComponentId", "targetComponentId")
    for file in _files(path, "associations"):
        for _, row in _active_rows(file, options, association):
            if row["refsetId"] in _REPLACEMENTS:
                found.replacements.setdefault(row["referencedComponentId"], set()).add(
                    row["targetComponentId"]
                )
    return found


def _read_names(
    path: Path, concepts: frozenset[str], languages: frozenset[str], found: _Parts, options: SourceOptions
) -> None:
    for file in _files(path, "descriptions"):
        for line, row in _active_rows(file, options, _COLUMNS):
            number = row["conceptId"]
            if number not in concepts:
                refuse(
                    options, at(file, line), f"a description of concept {number}, which no concept file has"
                )
                continue
            found.described.add(number)
            if (language := language_code(row["languageCode"])) in languages:
                name = Alias(row["term"], language=language)
                if row["typeId"] == _FULLY_SPECIFIED:
                    found.full[number] = name if language == "en" else found.full.get(number, name)
                else:
                    found.names.setdefault(number, []).append((row["id"], name))


def _active_rows(
    file: Path, options: SourceOptions, columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    return ((line, row) for line, row in named_cells(file, options, columns) if row["active"] == "1")
