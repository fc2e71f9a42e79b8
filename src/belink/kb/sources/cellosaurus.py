"""Cellosaurus flat file (cellosaurus.txt).

Format: the header of the file itself, which lists the line codes, and
https://ftp.expasy.org/databases/cellosaurus/: a code of two letters, three blanks, a value; "//" ends an
entry. Read are ID, AC, AS, SY, DR, OX and HI. Secondary accession numbers (AS) become retirements; the cell
line a line derives from (HI) is its parent. Licence: CC BY 4.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.curies import to_curie
from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.columns import parts
from belink.kb.sources.lines import head, numbered_lines
from belink.kb.sources.names import aliases, tidy
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import Concept

_VERSION = re.compile(r"^ Version: *(\S+)", re.MULTILINE)
_ACCESSION = re.compile(r"CVCL_\w{4}")
_TAXON = re.compile(r"NCBI_TaxID=(\d+)")


def about_cellosaurus(path: Path) -> About:
    """Read the version from the header."""
    version = _VERSION.search(head(path))
    return About("Cellosaurus", version[1] if version else "", "CC BY 4.0")


def read_cellosaurus(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the cell lines in order, those of `options.taxa` where given.

    Raises:
        KnowledgeBaseError: unless lenient, at an entry without accession number or name, or one without end.
    """
    entry: dict[str, list[str]] = {}
    first = 0
    for line, text in numbered_lines(path, options):
        if text.startswith("ID   ") and not entry:
            first = line
            entry = {"ID": [text[5:]]}
        elif text.startswith("//"):
            yield from _records(entry, path, first, options)
            entry = {}
        elif entry and text[2:5] == "   ":
            entry.setdefault(text[:2], []).append(text[5:])
        elif entry:
            refuse(
                options,
                at(path, line),
                f"expected a line code, three spaces and a value, found {text[:60]!r}",
            )
    if entry:
        refuse(options, at(path, first), "an entry without its end (//): the file is broken off", "rest")


def _records(entry: dict[str, list[str]], path: Path, line: int, options: SourceOptions) -> Iterator[Located]:
    where = at(path, line)
    accession = next(iter(entry.get("AC", ())), "").strip()
    if not entry or not _ACCESSION.fullmatch(accession):
        refuse(options, where, f"an entry without an accession number like CVCL_0001, found {accession!r}")
        return
    taxa = [found[1] for one in entry.get("OX", ()) if (found := _TAXON.search(one))]
    if options.taxa and not any(map(options.keeps_taxon, taxa)):
        return
    identifier = f"Cellosaurus:{accession}"
    name = tidy(entry["ID"][0])
    parents = {f"Cellosaurus:{found[0]}" for one in entry.get("HI", ()) if (found := _ACCESSION.match(one))}
    concept = Concept(
        identifier,
        name,
        aliases((one for text in entry.get("SY", ()) for one in parts(text, "; ")), name),
        types=(options.type or "CellLine",),
        parents=tuple(sorted(parents - {identifier})),
        xrefs=tuple(sorted({link for one in entry.get("DR", ()) if (link := _link(one))})),
        taxon=f"NCBITaxon:{taxa[0]}" if len(taxa) == 1 else None,
    )
    yield Located(concept, line)
    for old in _ACCESSION.findall(" ".join(entry.get("AS", ()))):
        if old != accession:
            yield Located(Retirement(f"Cellosaurus:{old}", (identifier,)), line)


def _link(reference: str) -> str:
    """Write "CLO; CLO_0003684" as a CURIE; "" where the database is none of those we know."""
    database, _, number = reference.partition("; ")
    try:
        return to_curie(f"{database}:{number.removeprefix(database + '_')}") if " " not in number else ""
    except KnowledgeBaseError:
        return ""
