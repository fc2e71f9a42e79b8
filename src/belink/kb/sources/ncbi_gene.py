"""NCBI Gene: `gene_info` and `gene_history`, plain or gzip.

Format: https://ftp.ncbi.nlm.nih.gov/gene/README. "-" means nothing. Biological regions and NEWENTRY records
are no genes and are left out. Data of NCBI are in the public domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.columns import named_cells, parts
from belink.kb.sources.names import aliases, tidy, xrefs
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import Concept

LICENCE = "NCBI: public domain (https://www.ncbi.nlm.nih.gov/home/about/policies/)"
_REQUIRED = ("tax_id", "GeneID", "Symbol", "Synonyms", "dbXrefs", "description", "type_of_gene")
_OPTIONAL = (
    "Symbol_from_nomenclature_authority",
    "Full_name_from_nomenclature_authority",
    "Other_designations",
    "LocusTag",
)


def about_ncbi_gene(_: Path) -> About:
    """Name the vocabulary; the file says nothing of itself."""
    return About("NCBI Gene", "", LICENCE)


def read_gene_info(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read genes in order, those of `options.taxa` where given.

    The symbol is the preferred name; then come the description, the synonyms, the names of the nomenclature
    authority, other designations and the locus tag.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, at a row with a wrong number of
            cells or a gene id that is no number.
    """
    for line, row in named_cells(path, options, _REQUIRED, _OPTIONAL):
        if not options.keeps_taxon(row["tax_id"]) or row["Symbol"] == "NEWENTRY":
            continue
        if row["type_of_gene"] == "biological-region":
            continue
        if not row["GeneID"].isdecimal() or not row["tax_id"].isdecimal():
            refuse(
                options, at(path, line), f"GeneID {row['GeneID']!r} or tax_id {row['tax_id']!r} is no number"
            )
            continue
        cell = {column: "" if value == "-" else value for column, value in row.items()}
        name = tidy(cell["Symbol"])
        others = [cell["description"], *parts(cell["Synonyms"])]
        others += (
            [cell[column] for column in _OPTIONAL[:2]]
            + parts(cell["Other_designations"])
            + [cell["LocusTag"]]
        )
        concept = Concept(
            f"NCBIGene:{row['GeneID']}",
            name,
            aliases(others, name),
            types=(options.type or "Gene",),
            xrefs=xrefs(parts(cell["dbXrefs"])),
            taxon=f"NCBITaxon:{row['tax_id']}",
        )
        yield Located(concept, line)


def read_gene_history(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read discontinued gene ids in order, with what replaced them where anything did.

    Raises:
        KnowledgeBaseError: as `read_gene_info`.
    """
    required = ("tax_id", "GeneID", "Discontinued_GeneID", "Discontinued_Symbol")
    for line, row in named_cells(path, options, required):
        if not options.keeps_taxon(row["tax_id"]):
            continue
        old, new = row["Discontinued_GeneID"], row["GeneID"]
        if not old.isdecimal() or not (new == "-" or new.isdecimal()):
            refuse(options, at(path, line), f"the gene ids {old!r} and {new!r}: expected numbers")
            continue
        name = "" if row["Discontinued_Symbol"] == "-" else tidy(row["Discontinued_Symbol"])
        replaced_by = () if new == "-" else (f"NCBIGene:{new}",)
        yield Located(Retirement(f"NCBIGene:{old}", replaced_by, name), line)
