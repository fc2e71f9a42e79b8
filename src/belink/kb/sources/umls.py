"""UMLS Rich Release Format: MRCONSO with MRSTY, MRDEF, MRREL and MRCUI, plain or gzip.

Format: UMLS Reference Manual, chapter 3 (https://www.ncbi.nlm.nih.gov/books/NBK9685/); a bar ends each field:

    MRCONSO  CUI LAT TS LUI STT SUI ISPREF AUI SAUI SCUI SDUI SAB TTY CODE STR SRL SUPPRESS CVF
    MRSTY    CUI TUI STN STY ATUI CVF
    MRDEF    CUI AUI ATUI SATUI SAB DEF SUPPRESS CVF
    MRREL    CUI1 AUI1 STYPE1 REL CUI2 AUI2 STYPE2 RELA RUI SRUI SAB SL RG DIR SUPPRESS CVF
    MRCUI    CUI1 VER REL RELA MAPREASON CUI2 MAPIN

The files are read side by side in the order of their concepts, as NLM delivers them, in memory bounded by one
concept. The preferred name is that of the highest-ranked term status (TS, STT, ISPREF) among what the filters
keep, an English one where there is any. REL is what the second concept is to the first: CUI2 of PAR is a
parent. Retired CUIs are replaced only by synonymous ones (MRCUI, REL=SY).
UMLS needs a licence: nothing of it is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.languages import language_code
from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.lines import numbered_lines
from belink.kb.sources.names import aliases, tidy, xrefs
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.kb.sources.semantic_types import entity_types
from belink.types import Alias, AliasScope, Concept

_CUI = re.compile(r"C\d{7}")
_RELEASE = re.compile(r"(?<!\d)(20\d\d(?:AA|AB))")
_SUPPRESSED = frozenset("EOY")
_ABBREVIATIONS = frozenset({"AB", "ACR", "AA", "OAB", "ACN"})
_PREFIX_OF_SAB = {
    "MSH": "MESH:", "SNOMEDCT_US": "SNOMEDCT:", "OMIM": "OMIM:", "NCI": "NCIT:", "RXNORM": "RXNORM:",
    "ICD10CM": "ICD10CM:", "ICD10": "ICD10:", "NCBI": "NCBITaxon:", "LNC": "LOINC:", "MDR": "MEDDRA:",
    "DRUGBANK": "DRUGBANK:", "FMA": "FMA:", "HPO": "", "GO": "", "HGNC": "",
}  # fmt: skip
_WIDTHS = {"MRCONSO": 18, "MRSTY": 6, "MRDEF": 8, "MRREL": 16, "MRCUI": 7}

_Row = tuple[int, list[str]]


def about_umls(path: Path) -> About:
    """Take the release from the path ("2026AA"), where it has it."""
    release = _RELEASE.search(str(path))
    return About(
        "UMLS", release[1] if release else "", "UMLS Metathesaurus License (https://uts.nlm.nih.gov)"
    )


def umls_files(path: Path) -> Iterable[Path]:
    """Give the files that are read."""
    found = (_file(path, name) for name in _WIDTHS)
    return tuple(file for file in found if file is not None)


def _file(path: Path, name: str) -> Path | None:
    """Find one of the files beside or below `path`, which is MRCONSO or the folder that has it."""
    folders = (path, path / "META") if path.is_dir() else (path.parent,)
    if name == "MRCONSO" and path.is_file():
        return path
    candidates = (folder / f"{name}.RRF{packed}" for folder in folders for packed in ("", ".gz"))
    return next((file for file in candidates if file.is_file()), None)


def read_umls(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read concepts in the order of MRCONSO, then retired ones.

    Names are kept by source (`options.vocabularies`), language (English by default) and suppress flag,
    concepts by semantic type (`options.semantic_types`, by identifier or name).

    Raises:
        KnowledgeBaseError: where there is no MRCONSO.RRF, semantic types are asked for without MRSTY.RRF, or
            a file is not sorted by concept; unless lenient, at a row with a wrong number of fields.
    """
    conso = _file(path, "MRCONSO")
    if conso is None:
        raise KnowledgeBaseError(
            f"{path}: no MRCONSO.RRF in this folder; expected the META folder of a UMLS release"
        )
    if options.semantic_types and _file(path, "MRSTY") is None:
        raise KnowledgeBaseError(
            f"{path}: no MRSTY.RRF beside MRCONSO.RRF; the filter by semantic type needs it"
        )
    types_at = _Follower(_file(path, "MRSTY"), "MRSTY", options)
    languages = options.language_codes() or frozenset({"en"})
    definitions_at = _Follower(_file(path, "MRDEF"), "MRDEF", options)
    parents_at = _Follower(_file(path, "MRREL"), "MRREL", options, lambda row: row[3] == "PAR")
    for cui, group in groupby(_rows(conso, "MRCONSO", options), key=lambda row: row[1][0]):
        rows = list(group)
        semantic = types_at.rows_of(cui)
        definitions, relations = definitions_at.rows_of(cui), parents_at.rows_of(cui)
        asked = options.semantic_types
        if asked and not any(row[1] in asked or row[3] in asked for row in semantic):
            continue
        kept = [row for row in rows if _keeps(row[1], languages, options)]
        if kept:
            yield _concept(cui, kept, semantic, definitions, relations, options)
    yield from _retired(_file(path, "MRCUI"), options)


def _keeps(row: list[str], languages: frozenset[str], options: SourceOptions) -> bool:
    return (
        language_code(row[1]) in languages
        and (not options.vocabularies or row[11] in options.vocabularies)
        and (options.keep_suppressed or row[16] not in _SUPPRESSED)
    )


def _concept(
    cui: str,
    rows: list[_Row],
    semantic: list[list[str]],
    definitions: list[list[str]],
    relations: list[list[str]],
    options: SourceOptions,
) -> Located:
    _, preferred = min(rows, key=_rank)
    name, language = tidy(preferred[14]), language_code(preferred[1])
    others = (_alias(row) for _, row in rows)
    shown = [row[5] for row in definitions if row[6] not in _SUPPRESSED or options.keep_suppressed]
    above = {row[4] for row in relations if not options.vocabularies or row[10] in options.vocabularies}
    links = (
        _PREFIX_OF_SAB[row[11]] + row[13]
        for _, row in rows
        if row[11] in _PREFIX_OF_SAB and row[13] != "NOCODE"
    )
    concept = Concept(
        f"UMLS:{cui}",
        name,
        aliases(others, name, language),
        tidy(shown[0]) if shown else "",
        (options.type,) if options.type else entity_types(row[1] for row in semantic),
        tuple(sorted(f"UMLS:{one}" for one in above - {cui})),
        xrefs(links),
        language=language,
    )
    return Located(concept, rows[0][0])


def _rank(row: _Row) -> tuple[bool, bool, bool, bool, int]:
    line, cells = row
    return cells[1] != "ENG", cells[2] != "P", cells[4] != "PF", cells[6] != "Y", line


def _alias(row: list[str]) -> Alias:
    scope: AliasScope = "abbreviation" if row[12] in _ABBREVIATIONS else "exact"
    return Alias(row[14], scope, row[11], language_code(row[1]))


def _retired(path: Path | None, options: SourceOptions) -> Iterator[Located]:
    if path is None:
        return
    for cui, group in groupby(_rows(path, "MRCUI", options), key=lambda row: row[1][0]):
        rows = list(group)
        replaced_by = {f"UMLS:{row[5]}" for _, row in rows if row[2] == "SY" and row[5]}
        yield Located(Retirement(f"UMLS:{cui}", tuple(sorted(replaced_by))), rows[0][0])


class _Follower:
    """The rows of a file that is sorted by concept, asked for in ascending order of the concepts."""

    def __init__(
        self, path: Path | None, name: str, options: SourceOptions, keep: Callable[[list[str]], bool] = bool
    ) -> None:
        rows = _rows(path, name, options) if path is not None else iter(())
        self._groups = groupby((cells for _, cells in rows if keep(cells)), key=lambda cells: cells[0])
        self._cui = ""
        self._waiting: list[list[str]] = []

    def rows_of(self, cui: str) -> list[list[str]]:
        """Give the rows of a concept; those of concepts in between are passed over."""
        while self._cui < cui:
            found = next(self._groups, None)
            if found is None:
                return []
            self._cui, self._waiting = found[0], list(found[1])
        return self._waiting if self._cui == cui else []


def _rows(path: Path, name: str, options: SourceOptions) -> Iterator[_Row]:
    """Yield the rows of a file with their line numbers, in ascending order of the concept."""
    width, last = _WIDTHS[name], ""
    for line, text in numbered_lines(path, options):
        cells = text.split("|")
        if len(cells) != width + 1 or not _CUI.fullmatch(cells[0]):
            message = f"{len(cells) - 1} fields from {cells[0]!r} on; {name} has {width}, from C0000005 on"
            refuse(options, at(path, line), message)
            continue
        if cells[0] < last:
            raise KnowledgeBaseError(
                f"{at(path, line)}: {cells[0]} stands behind {last}; sort the file: LC_ALL=C sort -t'|' -k1,1"
            )
        last = cells[0]
        yield line, cells
