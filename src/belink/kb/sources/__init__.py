"""Readers of the field's vocabularies, one module a format.

Each reader yields concepts and retirements as the file has them, in its order, in bounded memory where
the format allows; checks and merging are the builder's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.records import Record, SourceInfo
from belink.kb.sources.keep import keep_names
from belink.kb.sources.options import SOURCE_FORMATS, About, SourceFormat, SourceOptions
from belink.kb.sources.sniff import sniff

__all__ = ["SOURCE_FORMATS", "SourceFormat", "SourceOptions", "read_source", "sniff"]

DEFAULT_OPTIONS = SourceOptions()


def read_source(
    path: Path, *, format: SourceFormat | None = None, options: SourceOptions = DEFAULT_OPTIONS
) -> tuple[SourceInfo, Iterator[Record]]:
    """Open a vocabulary.

    Args:
        path: a file, plain or gzip, or a folder (UMLS, SNOMED CT, NCBI taxdump).
        format: what it is; None finds out from the content.
        options: what to read of it, and how.

    Returns:
        What the source says of itself, and its records in the order of the file, read as they are asked for.

    Raises:
        KnowledgeBaseError: where the source cannot be opened, its format is unknown, or its header is wrong;
            while records are read, at the first faulty one (unless lenient), or at the end where there was
            none.
    """
    if not path.exists():
        raise KnowledgeBaseError(f"{path}: no such file or folder")
    name = format or sniff(path, options.columns)
    if name not in SOURCE_FORMATS:
        raise KnowledgeBaseError(f"--format {name}: not known; choose one of {', '.join(SOURCE_FORMATS)}")
    reader = _reader(name)
    about = reader.about(path)
    info = SourceInfo(
        options.source_name or about.name or path.name.split(".")[0],
        options.release or about.release,
        options.licence or about.licence,
        str(path),
        _sha256(reader.files(path)),
        name,
    )
    return info, _not_empty(keep_names(reader.read(path, options), options), path)


def _silent(_: Path) -> About:
    return About()


def _itself(path: Path) -> Iterable[Path]:
    return (path,)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The functions of a format: its records, what the file says of itself, which files are read."""

    read: Callable[[Path, SourceOptions], Iterator[Record]]
    about: Callable[[Path], About] = _silent
    files: Callable[[Path], Iterable[Path]] = _itself


def _reader(name: SourceFormat) -> _Reader:
    """Give the functions of a format; imported when needed, for some bring large packages."""
    match name:
        case "table" | "jsonl":
            from belink.kb.sources import tables

            return _Reader(tables.read_table if name == "table" else tables.read_jsonl)
        case "dictionary":
            from belink.kb.sources import dictionary

            return _Reader(dictionary.read_dictionary)
        case "ctd":
            from belink.kb.sources import ctd

            return _Reader(ctd.read_ctd, ctd.about_ctd)
        case "mesh-xml" | "mesh-ascii":
            from belink.kb.sources import mesh_ascii, mesh_xml

            read = mesh_xml.read_mesh_xml if name == "mesh-xml" else mesh_ascii.read_mesh_ascii
            return _Reader(read, mesh_xml.about_mesh)
        case "obo" | "obograph" | "owl":
            return _ontology_reader(name)
        case "umls" | "snomed" | "icd10cm":
            return _clinical_reader(name)
        case "ssslm" | "sssom":
            from belink.kb.sources import ssslm, sssom

            return (
                _Reader(ssslm.read_ssslm) if name == "ssslm" else _Reader(sssom.read_sssom, sssom.about_sssom)
            )
        case _:
            return _organism_reader(name)


def _ontology_reader(name: SourceFormat) -> _Reader:
    from belink.kb.sources import obo, obograph, owl

    if name == "obo":
        return _Reader(obo.read_obo, obo.about_obo)
    if name == "obograph":
        return _Reader(obograph.read_obograph, obograph.about_obograph)
    return _Reader(owl.read_owl, owl.about_owl)


def _clinical_reader(name: SourceFormat) -> _Reader:
    from belink.kb.sources import icd10cm, snomed, umls

    if name == "umls":
        return _Reader(umls.read_umls, umls.about_umls, umls.umls_files)
    if name == "snomed":
        return _Reader(snomed.read_snomed, snomed.about_snomed, snomed.snomed_files)
    return _Reader(icd10cm.read_icd10cm, icd10cm.about_icd10cm)


def _organism_reader(name: SourceFormat) -> _Reader:
    from belink.kb.sources import cellosaurus, hgnc, ncbi_gene, taxdump

    if name == "gene-info":
        return _Reader(ncbi_gene.read_gene_info, ncbi_gene.about_ncbi_gene)
    if name == "gene-history":
        return _Reader(ncbi_gene.read_gene_history, ncbi_gene.about_ncbi_gene)
    if name == "taxdump":
        return _Reader(taxdump.read_taxdump, taxdump.about_taxdump, taxdump.taxdump_files)
    if name == "hgnc":
        return _Reader(hgnc.read_hgnc, hgnc.about_hgnc)
    return _Reader(cellosaurus.read_cellosaurus, cellosaurus.about_cellosaurus)


def _not_empty(records: Iterator[Record], path: Path) -> Iterator[Record]:
    first = next(records, None)
    if first is None:
        raise KnowledgeBaseError(f"{path}: holds no concept (or the filters of this source let none pass)")
    yield first
    yield from records


def _sha256(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
