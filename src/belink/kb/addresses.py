"""Where the vocabularies are published, and on what terms."""

from __future__ import annotations

from dataclasses import dataclass

from belink.errors import KnowledgeBaseError
from belink.kb.sources.options import SourceFormat

KEY = "{key}"
"""Stands in an address for the user's key."""


@dataclass(frozen=True, slots=True)
class Address:
    """A vocabulary that can be fetched.

    Attributes:
        name: what the user types.
        urls: the official files; `KEY` stands for the user's key where one is needed.
        formats: the format of each file, in the same order.
        licence: terms of use, to be shown.
        note: what to know before fetching; "" for nothing.
    """

    name: str
    urls: tuple[str, ...]
    formats: tuple[SourceFormat, ...]
    licence: str
    note: str = ""


_CTD = (
    "CTD data are free for research and teaching; cite CTD, and ask before redistributing or commercial use"
    " (https://ctdbase.org/about/legal.jsp). Names and ids come from NLM MeSH and OMIM."
)
_NCBI = "Public domain (https://www.ncbi.nlm.nih.gov/home/about/policies/)."
_NLM = (
    "Courtesy of the U.S. National Library of Medicine; free with attribution, no endorsement implied"
    " (https://www.nlm.nih.gov/databases/download/terms_and_conditions_mesh.html)."
)
_CTD_NOTE = "CTD may ask for a check in a browser; if so, download the file by hand and build from it."
_MESH = "https://nlmpubs.nlm.nih.gov/projects/mesh/MESH_FILES/xmlmesh"
_OBO = "https://purl.obolibrary.org/obo"
_GENE = "https://ftp.ncbi.nlm.nih.gov/gene/DATA"
_CC_BY = "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)."
_CC0 = "CC0 1.0 (https://creativecommons.org/publicdomain/zero/1.0/)."

ADDRESSES: tuple[Address, ...] = (
    Address(
        "cellosaurus",
        ("https://ftp.expasy.org/databases/cellosaurus/cellosaurus.txt",),
        ("cellosaurus",),
        _CC_BY,
    ),
    Address("chebi", ("https://ftp.ebi.ac.uk/pub/databases/chebi/ontology/chebi.obo.gz",), ("obo",), _CC_BY),
    Address("cl", (f"{_OBO}/cl.obo",), ("obo",), _CC_BY),
    Address(
        "ctd-chemicals", ("https://ctdbase.org/reports/CTD_chemicals.tsv.gz",), ("ctd",), _CTD, _CTD_NOTE
    ),
    Address("doid", (f"{_OBO}/doid.obo",), ("obo",), _CC0),
    Address("go", (f"{_OBO}/go.obo",), ("obo",), _CC_BY),
    Address(
        "hgnc",
        ("https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv/hgnc_complete_set.txt",),
        ("hgnc",),
        _CC0,
    ),
    Address(
        "hpo",
        (f"{_OBO}/hp.obo",),
        ("obo",),
        "HPO licence: free, with attribution, version shown, content unchanged (https://hpo.jax.org/app/license).",
    ),
    Address("medic", ("https://ctdbase.org/reports/CTD_diseases.tsv.gz",), ("ctd",), _CTD, _CTD_NOTE),
    Address("mesh", (f"{_MESH}/desc2026.gz", f"{_MESH}/supp2026.gz"), ("mesh-xml", "mesh-xml"), _NLM),
    Address("mesh-descriptors", (f"{_MESH}/desc2026.gz",), ("mesh-xml",), _NLM),
    Address("mondo", (f"{_OBO}/mondo.obo",), ("obo",), _CC_BY),
    Address(
        "ncbi-gene",
        (f"{_GENE}/gene_info.gz", f"{_GENE}/gene_history.gz"),
        ("gene-info", "gene-history"),
        _NCBI,
        "Over a gigabyte, all organisms: build with --taxon; for human genes alone take ncbi-gene-human.",
    ),
    Address(
        "ncbi-gene-human", (f"{_GENE}/GENE_INFO/Mammalia/Homo_sapiens.gene_info.gz",), ("gene-info",), _NCBI
    ),
    Address(
        "ncbi-taxonomy",
        ("https://ftp.ncbi.nlm.nih.gov/pub/taxonomy/taxdump.tar.gz",),
        ("taxdump",),
        _NCBI,
    ),
    Address(
        "uberon",
        (f"{_OBO}/uberon/basic.obo",),
        ("obo",),
        "CC BY 3.0 (https://creativecommons.org/licenses/by/3.0/).",
    ),
    Address(
        "umls",
        (
            "https://uts-ws.nlm.nih.gov/download?url=https://download.nlm.nih.gov/umls/kss/2026AA/"
            f"umls-2026AA-metathesaurus-full.zip&apiKey={KEY}",
        ),
        ("umls",),
        "UMLS Metathesaurus License: yours, by name; no redistribution (https://uts.nlm.nih.gov/uts/assets/LicenseAgreement.pdf).",
        "Some 4 GB; unpack the archive and build from its META folder.",
    ),
)
"""Every vocabulary that can be fetched, sorted by name."""


def address(name: str) -> Address:
    """Find a vocabulary by name.

    Raises:
        KnowledgeBaseError: at SNOMED CT, which only its licence holder may fetch, and at an unknown name.
    """
    if name in ("snomed", "snomedct"):
        raise KnowledgeBaseError(
            f"{name}: SNOMED CT may only be fetched by its licence holder; log in at https://mlds.ihtsdotools.org"
            " (in the USA at https://uts.nlm.nih.gov), unpack the release and build from its folder"
        )
    for one in ADDRESSES:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in ADDRESSES)
    raise KnowledgeBaseError(
        f"{name}: no address known; choose one of {known}, or download it and give the file"
    )
