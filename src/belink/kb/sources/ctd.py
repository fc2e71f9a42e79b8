"""CTD's vocabularies of diseases (MEDIC) and chemicals, as TSV or CSV.

Format: https://ctdbase.org/downloads/ ("CTD_diseases", "CTD_chemicals"): comment lines begin with "#", the
one behind "# Fields:" names the columns, several values in a field are parted by "|". Columns are read by
name: "Synonyms", or, in newer files of chemicals, "MESHSynonyms" and "CTDCuratedSynonyms". Alternative ids of
OMIM and MeSH become retirements, those of the Disease Ontology cross-references.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.columns import parts
from belink.kb.sources.lines import head, numbered_lines
from belink.kb.sources.names import aliases, curie, parent_curie, tidy, xrefs
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import Concept

_CREATED = re.compile(r"^# Report created:\s*(.+?)\s*$", re.MULTILINE)
_LICENCE = (
    "CTD: free for research with citation (https://ctdbase.org/about/legal.jsp); data from NLM MeSH and OMIM"
)
_SYNONYMS = ("Synonyms", "MESHSynonyms", "CTDCuratedSynonyms")
_REQUIRED = {
    "DiseaseName": ("DiseaseName", "DiseaseID", "AltDiseaseIDs", "Synonyms"),
    "ChemicalName": ("ChemicalName", "ChemicalID"),
}


def about_ctd(path: Path) -> About:
    """Read which vocabulary it is and when it was made."""
    text = head(path)
    created = _CREATED.search(text)
    name = "MEDIC" if "DiseaseName" in text else "CTD chemicals"
    return About(name, created[1] if created else "", _LICENCE)


def read_ctd(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read diseases or chemicals, in order.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, where a row is wrong.
    """
    header: list[str] = []
    for line, text in numbered_lines(path, options):
        if text.startswith("#"):
            titles = _cells(text.removeprefix("#").strip())
            header = titles if set(titles) & _REQUIRED.keys() else header
            continue
        if not text.strip():
            continue
        cells = _cells(text)
        if not header or (cells[0] in _REQUIRED and line < 100):
            header = _checked_header(header or cells, at(path, line))
            if cells[0] in _REQUIRED:
                continue
        if len(cells) != len(header):
            refuse(options, at(path, line), f"{len(cells)} columns, the header has {len(header)}")
            continue
        yield from _records(dict(zip(header, cells, strict=True)), path, line, options)


def _cells(text: str) -> list[str]:
    return text.split("\t") if "\t" in text else next(csv.reader([text]), [])


def _checked_header(header: list[str], where: str) -> list[str]:
    wanted = next((_REQUIRED[kind] for kind in _REQUIRED if kind in header), ())
    missing = [name for name in wanted if name not in header]
    missing += [] if set(header) & set(_SYNONYMS) else ["Synonyms"]
    if missing or not wanted:
        raise KnowledgeBaseError(
            f"{where}: expected the columns {', '.join(wanted or _REQUIRED['DiseaseName'])};"
            f" found {', '.join(header)[:200]}"
        )
    return header


def _records(row: dict[str, str], path: Path, line: int, options: SourceOptions) -> Iterator[Located]:
    where = at(path, line)
    disease = "DiseaseID" in row
    identifier = curie(row["DiseaseID" if disease else "ChemicalID"], "MESH", where, options)
    if not identifier:
        return
    name = tidy(row["DiseaseName" if disease else "ChemicalName"])
    alternatives = parts(row.get("AltDiseaseIDs", ""))
    links = [one.removeprefix("DO:") for one in alternatives if one.startswith(("DO:", "DOID:"))]
    links += [f"CAS:{one}" for one in parts(row.get("CasRN", ""))]
    parents = {parent_curie(one, "MESH", where, options) for one in parts(row.get("ParentIDs", ""))}
    concept = Concept(
        identifier,
        name,
        aliases([one for column in _SYNONYMS for one in parts(row.get(column, ""))], name),
        tidy(row.get("Definition", "")),
        (options.type or ("Disease" if disease else "Chemical"),),
        tuple(sorted(parents - {"", identifier})),
        xrefs(links),
    )
    yield Located(concept, line)
    for one in alternatives:
        if not one.startswith(("DO:", "DOID:")):
            alternative = curie(one, "MESH", where, options)
            if alternative and alternative != identifier:
                yield Located(Retirement(alternative, (identifier,)), line)
