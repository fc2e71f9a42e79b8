"""Tell the format of a vocabulary from its content."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.sources.lines import head
from belink.kb.sources.options import SOURCE_FORMATS, SourceFormat

_BY_PATTERN: tuple[tuple[SourceFormat, re.Pattern[str]], ...] = (
    ("mesh-xml", re.compile(r"<(DescriptorRecordSet|SupplementalRecordSet)\b")),
    ("icd10cm", re.compile(r"<ICD10CM\.tabular\b")),
    ("owl", re.compile(r"<rdf:RDF\b|<Ontology\b|xmlns:owl=")),
    ("obograph", re.compile(r'\A\s*\{\s*(?:"meta"\s*:|"graphs"\s*:|"@context"\s*:)')),
    ("jsonl", re.compile(r"\A\s*\{")),
    ("mesh-ascii", re.compile(r"\A\s*\*NEWRECORD\s*$", re.MULTILINE)),
    ("obo", re.compile(r"\A(?:[^\[]*\n)?format-version:|\A(?:.*\n)*?\[Term\]\s*$", re.MULTILINE)),
    ("cellosaurus", re.compile(r"^ID   .*\nAC   CVCL_", re.MULTILINE)),
    ("ctd", re.compile(r"^# Fields:\s*\n#\s*(?:DiseaseName|ChemicalName)\b", re.MULTILINE)),
    ("ctd", re.compile(r"^(?:DiseaseName[\t,]DiseaseID|ChemicalName[\t,]ChemicalID)\b", re.MULTILINE)),
    ("gene-history", re.compile(r"\A#?tax_id\tGeneID\tDiscontinued_GeneID\b")),
    ("gene-info", re.compile(r"\A#?(?:Format: )?tax_id[\t ]GeneID[\t ]Symbol\b")),
    ("hgnc", re.compile(r"\Ahgnc_id\tsymbol\tname\b")),
    (
        "sssom",
        re.compile(r"^#?\s*mapping_set_id:|^(?=[^\n]*\bsubject_id\b)(?=[^\n]*\bobject_id\b)", re.MULTILINE),
    ),
    ("ssslm", re.compile(r"\A(?=[^\n]*\bcurie\b)(?=[^\n]*\bpredicate\b)[^\n]*\btext\b")),
    ("dictionary", re.compile(r"\A[^\n|]*(?:\|[^\n|]+)*\|\|")),
    ("table", re.compile(r"\A[^\n]*\b(?:id|concept_id|identifier|curie|retired_id)\b", re.IGNORECASE)),
)
_BY_FILE: tuple[tuple[SourceFormat, str], ...] = (
    ("umls", "MRCONSO.RRF*"),
    ("umls", "META/MRCONSO.RRF*"),
    ("taxdump", "names.dmp"),
    ("snomed", "**/sct2_Concept_Snapshot_*.txt"),
)


def sniff(path: Path, headers: Collection[str] = ()) -> SourceFormat:
    """Tell the format of a file (from its first 64 kB, unpacked) or folder (from the names of its files).

    Args:
        path: the file or folder.
        headers: a file whose first line has all of these, if any are given, is a table.

    Raises:
        KnowledgeBaseError: where there is no such file, it is empty, or of no known format.
    """
    if path.is_dir():
        for name, file in _BY_FILE:
            if next(path.glob(file), None) is not None:
                return name
        raise KnowledgeBaseError(
            f"{path}: a folder with neither MRCONSO.RRF (UMLS), names.dmp (NCBI Taxonomy) nor"
            " sct2_Concept_Snapshot (SNOMED CT)"
        )
    text = head(path)
    if not text.strip():
        raise KnowledgeBaseError(f"{path}:1: empty, or broken off at once; expected a vocabulary")
    if text[257:262] == "ustar":
        return "taxdump"
    if "\x00" in text:
        raise KnowledgeBaseError(f"{path}:1: no text in UTF-8 (UTF-16 perhaps); convert it to UTF-8")
    if path.name.startswith("MRCONSO.RRF"):
        return "umls"
    if headers and all(header in text.lstrip().partition("\n")[0] for header in headers):
        return "table"
    for name, pattern in _BY_PATTERN:
        if pattern.search(text):
            return name
    raise KnowledgeBaseError(
        f"{path}:1: the format is not known from its content ({text[:60]!r}...);"
        f" name it with --format, one of {', '.join(SOURCE_FORMATS)}"
    )
