"""What the labels and identifiers of files mean: types of mention, and concepts as CURIEs.

Corpora write the same thing in many ways: "SpecificDisease" and "Disease", "D003924" and "MESH:D003924",
"10434(Tax:9606)" and "NCBIGene:10434". These two functions are the only place that knows.
"""

from __future__ import annotations

import re
from functools import lru_cache

from belink.types import EntityType

_LABELS: dict[EntityType, tuple[str, ...]] = {
    "Disease": (
        "disease", "diseases", "specificdisease", "diseaseclass", "modifier", "compositemention",
        "diseaseorphenotypicfeature", "disorder", "mondo", "doid",
    ),
    "Chemical": (
        "chemical", "chemicals", "chemicalentity", "drug", "simplechemical", "compound", "chebi",
    ),
    "Gene": (
        "gene", "genes", "geneorgeneproduct", "generif", "protein", "geneorprotein", "ncbigene",
    ),
    "Species": ("species", "organismtaxon", "organism", "taxon", "ncbitaxon"),
    "CellLine": ("cellline", "cvcl"),
    "Variant": (
        "variant", "sequencevariant", "mutation", "dnamutation", "proteinmutation", "snp",
        "dnaacidchange", "proteinacidchange", "acidchange", "dnaallele", "proteinallele",
    ),
    "Phenotype": ("phenotype", "hpo", "hp", "phenotypicfeature"),
}  # fmt: skip
_TYPE_OF_LABEL = {label: kind for kind, labels in _LABELS.items() for label in labels}
_NOT_LETTER = re.compile(r"[\W_]+")

_TYPE_OF_PREFIX: dict[str, EntityType] = {
    "HP": "Phenotype",
    "NCBIGene": "Gene",
    "NCBITaxon": "Species",
    "Cellosaurus": "CellLine",
    "dbSNP": "Variant",
    "CHEBI": "Chemical",
    "OMIM": "Disease",
    "MONDO": "Disease",
    "DOID": "Disease",
}
_PREFIXES = {
    "mesh": "MESH", "omim": "OMIM", "mim": "OMIM", "ncbigene": "NCBIGene", "gene": "NCBIGene",
    "entrezgene": "NCBIGene", "entrez": "NCBIGene", "geneid": "NCBIGene", "ncbitaxon": "NCBITaxon",
    "ncbitaxonomy": "NCBITaxon", "taxonomy": "NCBITaxon", "taxid": "NCBITaxon", "species": "NCBITaxon",
    "cellosaurus": "Cellosaurus", "dbsnp": "dbSNP",
}  # fmt: skip

_NONE = {"", "-", "-1", "none", "null", "nil"}
_SEPARATOR = re.compile(r"[|,;+]")
_TAXON_OF_GENE = re.compile(r"\(\s*tax\s*:\s*\d*\s*\)", re.IGNORECASE)
_MESH = re.compile(r"[CD]\d{6,9}")
_CELLOSAURUS = re.compile(r"CVCL[_:]\w+")
_RS = re.compile(r"rs\d+", re.IGNORECASE)
_TMVAR = re.compile(r"(?:tmVar:)?[A-Za-z]?\|[A-Za-z]+\|")
_TMVAR_RS = re.compile(r"RS#:\s*(\d+)")
_TMVAR_HGVS = re.compile(r"HGVS:\s*([^;\s]+)")


@lru_cache(maxsize=65536)
def entity_type(label: str) -> str:
    """Give the `EntityType` that a file's label means, or the label unchanged where it means none.

    Case, "_", "-" and spaces do not matter: "cell_line" and "CellLine" are one.

    >>> entity_type("SpecificDisease"), entity_type("ChemicalEntity"), entity_type("DomainMotif")
    ('Disease', 'Chemical', 'DomainMotif')
    """
    return _TYPE_OF_LABEL.get(_NOT_LETTER.sub("", label).casefold(), label)


@lru_cache(maxsize=65536)
def understand(label: str, identifier: str) -> tuple[str, tuple[str, ...]]:
    """Give the type and the CURIEs of an annotation; without a label, the type its vocabulary implies."""
    concept_ids = parse_identifier(identifier, label)
    return entity_type(label) or type_of_concepts(concept_ids), concept_ids


def type_of_concepts(concept_ids: tuple[str, ...]) -> str:
    """Give the type a vocabulary implies (HP: "Phenotype"), or "" where it is empty, mixed or open (MeSH)."""
    types = {_TYPE_OF_PREFIX.get(concept_id.partition(":")[0], "") for concept_id in concept_ids}
    return types.pop() if len(types) == 1 else ""


@lru_cache(maxsize=65536)
def parse_identifier(identifier: str, type: str) -> tuple[str, ...]:  # noqa: A002 -- the contract's name
    """Split an identifier as files write it into CURIEs, in the file's order, each once.

    Args:
        identifier: one id or several parted by "|", ",", ";" or "+"; "" , "-", "-1" and "None" are none,
            as is 0 for a species (LINNAEUS).
        type: the label or `EntityType` of the mention, which tells what a bare number means.

    Returns:
        CURIEs; an id that is of no known form is kept as it stands. Empty where the file names no concept.

    >>> parse_identifier("D003110|D009369", "CompositeMention")
    ('MESH:D003110', 'MESH:D009369')
    >>> parse_identifier("10434(Tax:9606)", "Gene")
    ('NCBIGene:10434',)
    """
    kind = entity_type(type)
    whole = identifier.strip()
    if _TMVAR.match(whole) or "RS#:" in whole or "HGVS:" in whole:
        return (_variant(whole),)
    parts = (part.strip() for part in _SEPARATOR.split(_TAXON_OF_GENE.sub("", whole)))
    ids = (_curie(part, kind) for part in parts if part.casefold() not in _NONE)
    return tuple(dict.fromkeys(concept_id for concept_id in ids if concept_id))


def _variant(identifier: str) -> str:
    """Name a variant of tmVar by its dbSNP number, else its HGVS form, else as it stands."""
    number = _TMVAR_RS.search(identifier)
    if number:
        return f"dbSNP:rs{number[1]}"
    hgvs = _TMVAR_HGVS.search(identifier)
    return f"HGVS:{hgvs[1]}" if hgvs else identifier


def _curie(part: str, kind: str) -> str:
    prefix, colon, local = part.partition(":")
    if colon:
        known = _PREFIXES.get(_NOT_LETTER.sub("", prefix).casefold())
        local = local.strip()
        if known is None:
            return part
        return "" if local.casefold() in _NONE else f"{known}:{local.lstrip('*')}"
    if _MESH.fullmatch(part):
        return f"MESH:{part}"
    if _CELLOSAURUS.fullmatch(part):
        return f"Cellosaurus:{part.replace(':', '_')}"
    if _RS.fullmatch(part):
        return f"dbSNP:{part.lower()}"
    if part.isascii() and part.isdigit():
        return _numbered(part, kind)
    return part


def _numbered(number: str, kind: str) -> str:
    if kind == "Species":
        return "" if number == "0" else f"NCBITaxon:{number}"
    if kind == "Variant":
        return f"dbSNP:rs{number}"
    if kind in ("Disease", "Phenotype"):
        return f"OMIM:{number}"
    return number if kind in ("Chemical", "CellLine", "") else f"NCBIGene:{number}"
