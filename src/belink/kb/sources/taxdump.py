"""NCBI Taxonomy dump: names, nodes, merged and delnodes, as a folder or taxdump.tar.gz.

Format: https://ftp.ncbi.nlm.nih.gov/pub/taxonomy/taxdump_readme.txt: tab, "|", tab part fields, tab, "|" ends
a row. names.dmp has taxon, name, unique name, name class; nodes.dmp taxon, parent, rank and ten more (15 more
in new_taxdump), which are not read; merged.dmp the old number and the new one; delnodes.dmp the number.
The tree is held as one integer a taxon; names are streamed. Data of NCBI are in the public domain.
"""

from __future__ import annotations

import tarfile
from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.lines import DAMAGED, numbered_lines, numbered_lines_of
from belink.kb.sources.names import aliases, tidy
from belink.kb.sources.ncbi_gene import LICENCE
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import AliasScope, Concept

_SCOPES: dict[str, AliasScope | None] = {
    "scientific name": None,
    "synonym": "exact",
    "equivalent name": "exact",
    "genbank synonym": "exact",
    "common name": "exact",
    "genbank common name": "exact",
    "anamorph": "exact",
    "genbank anamorph": "exact",
    "teleomorph": "exact",
    "authority": "exact",
    "misspelling": "exact",
    "misnomer": "related",
    "acronym": "abbreviation",
    "genbank acronym": "abbreviation",
    "includes": "narrow",
    "in-part": "broad",
    "blast name": "related",
}
"""Scope by name class; a name of another class ("type material") names no taxon and is left out."""

_ROOT = 1
_HIGHEST = 1 << 26


def about_taxdump(_: Path) -> About:
    """Name the vocabulary; the files say nothing of themselves."""
    return About("NCBI Taxonomy", "", LICENCE)


def taxdump_files(path: Path) -> Iterable[Path]:
    """Give the files that are read."""
    if not path.is_dir():
        return (path,)
    names = ("names.dmp", "nodes.dmp", "merged.dmp", "delnodes.dmp")
    return tuple(path / name for name in names if (path / name).is_file())


def read_taxdump(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the taxa in the order of names.dmp, then merged and deleted ids.

    Raises:
        KnowledgeBaseError: where names.dmp or nodes.dmp is missing; unless lenient, at a faulty line, at a
            name of a taxon that is not in nodes.dmp, and at a taxon without a scientific name.
    """
    parents = array("i", [0])
    for line, cells in _rows(path, "nodes.dmp", 3, options):
        taxon, parent = _numbers(cells[:2], path / "nodes.dmp", line, options)
        if 0 < taxon < _HIGHEST:
            if taxon >= len(parents):
                parents.extend([0] * max(taxon + 1 - len(parents), len(parents)))
            parents[taxon] = parent
    named = _rows(path, "names.dmp", 4, options)
    for number, rows in groupby(named, key=lambda row: row[1][0]):
        yield from _taxon(number, list(rows), parents, path / "names.dmp", options)
    for line, cells in _rows(path, "merged.dmp", 2, options, required=False):
        old, new = _numbers(cells[:2], path / "merged.dmp", line, options)
        if old and new:
            yield Located(Retirement(f"NCBITaxon:{old}", (f"NCBITaxon:{new}",)), line)
    for line, cells in _rows(path, "delnodes.dmp", 1, options, required=False):
        (old,) = _numbers(cells[:1], path / "delnodes.dmp", line, options)
        if old:
            yield Located(Retirement(f"NCBITaxon:{old}"), line)


def _taxon(
    number: str, rows: list[tuple[int, list[str]]], parents: array[int], place: Path, options: SourceOptions
) -> Iterator[Located]:
    line = rows[0][0]
    (taxon,) = _numbers([number], place, line, options)
    if not taxon:
        return
    parent = parents[taxon] if taxon < len(parents) else 0
    if not parent:
        refuse(options, at(place, line), f"a name of taxon {taxon}, which nodes.dmp does not have")
        return
    name = next((tidy(cells[1]) for _, cells in rows if cells[3] == "scientific name"), "")
    if not name:
        refuse(options, at(place, line), f"taxon {taxon} has no scientific name")
        return
    others = [(cells[1], scope) for _, cells in rows if (scope := _SCOPES.get(cells[3]))]
    above = (f"NCBITaxon:{parent}",) if taxon != _ROOT and parent != taxon else ()
    types = (options.type or "Species",)
    yield Located(
        Concept(f"NCBITaxon:{taxon}", name, aliases(others, name), types=types, parents=above), line
    )


def _numbers(cells: list[str], place: Path, line: int, options: SourceOptions) -> list[int]:
    """Read taxon numbers; a refused one is 0."""
    if all(cell.isdecimal() for cell in cells):
        return [int(cell) for cell in cells]
    refuse(options, at(place, line), f"expected taxon numbers, found {' and '.join(map(repr, cells))}")
    return [0] * len(cells)


def _rows(
    path: Path, name: str, least: int, options: SourceOptions, required: bool = True
) -> Iterator[tuple[int, list[str]]]:
    place = path / name
    for line, text in _lines(path, name, options, required):
        if not text.endswith("\t|"):
            refuse(
                options, at(place, line), f"a line of {name} must end in a tab and |, found {text[-40:]!r}"
            )
            continue
        cells = text.removesuffix("\t|").split("\t|\t")
        if len(cells) < least:
            refuse(options, at(place, line), f"{len(cells)} fields, {name} has at least {least}")
            continue
        yield line, cells


def _lines(path: Path, name: str, options: SourceOptions, required: bool) -> Iterator[tuple[int, str]]:
    if path.is_dir():
        if (path / name).is_file():
            yield from numbered_lines(path / name, options)
        elif required:
            raise KnowledgeBaseError(f"{path}: no {name} in this folder; unpack the whole taxdump.tar.gz")
        return
    try:
        with tarfile.open(path, "r:*") as archive:
            member = next((one for one in archive if one.name.rpartition("/")[2] == name), None)
            stream = archive.extractfile(member) if member is not None else None
            if stream is not None:
                yield from numbered_lines_of(stream, path / name, options)
            elif required:
                raise KnowledgeBaseError(f"{path}: no {name} in this archive; expected NCBI's taxdump.tar.gz")
    except (tarfile.TarError, OSError, *DAMAGED) as error:
        message = f"no tar archive, or broken off or damaged ({error}); get the file again"
        refuse(options, str(path), message, "rest")
