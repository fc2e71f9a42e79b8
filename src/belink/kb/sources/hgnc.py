"""HGNC complete set (hgnc_complete_set.txt).

Format: https://www.genenames.org/help/statistics-and-downloads/ and https://www.genenames.org/help/rest/
(what the columns mean): 54 columns with a header, of which these are read by name; several values are parted
by "|" inside double quotes. Withdrawn symbols stand in a file of their own (withdrawn.txt) and, in old files,
in rows whose status is not "Approved". Licence: CC0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.columns import named_cells, parts
from belink.kb.sources.names import aliases, curie, tidy, xrefs
from belink.kb.sources.options import About, SourceOptions, at
from belink.types import Concept

_REQUIRED = ("hgnc_id", "symbol", "name", "status", "alias_symbol", "alias_name", "prev_symbol", "prev_name")
_LINKS = {
    "entrez_id": "NCBIGene:",
    "ensembl_gene_id": "ENSEMBL:",
    "uniprot_ids": "UniProt:",
    "omim_id": "OMIM:",
    "mgd_id": "",
    "rgd_id": "",
}


def about_hgnc(_: Path) -> About:
    """Name the vocabulary; the file says nothing of itself."""
    return About("HGNC", "", "CC0 1.0 (https://www.genenames.org/about/license/)")


def read_hgnc(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the approved human genes in order; withdrawn entries become retirements.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, at a wrong row.
    """
    if not options.keeps_taxon("9606"):
        return
    for line, row in named_cells(path, options, _REQUIRED, tuple(_LINKS)):
        identifier = curie(row["hgnc_id"], "HGNC", at(path, line), options)
        if not identifier:
            continue
        name = tidy(row["symbol"])
        if row["status"] != "Approved":
            yield Located(Retirement(identifier, (), name), line)
            continue
        columns = ("alias_symbol", "alias_name", "prev_symbol", "prev_name")
        others = [row["name"], *(one for column in columns for one in parts(row[column]))]
        concept = Concept(
            identifier,
            name,
            aliases(others, name),
            types=(options.type or "Gene",),
            xrefs=xrefs(prefix + one for column, prefix in _LINKS.items() for one in parts(row[column])),
            taxon="NCBITaxon:9606",
        )
        yield Located(concept, line)
