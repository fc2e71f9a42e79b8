"""Labels and identifiers as corpora write them."""

from __future__ import annotations

import pytest

from belink.formats.labels import entity_type, parse_identifier, understand


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("SpecificDisease", "Disease"),
        ("CompositeMention", "Disease"),
        ("DiseaseOrPhenotypicFeature", "Disease"),
        ("ChemicalEntity", "Chemical"),
        ("Simple_chemical", "Chemical"),
        ("GeneOrGeneProduct", "Gene"),
        ("OrganismTaxon", "Species"),
        ("cell_line", "CellLine"),
        ("SequenceVariant", "Variant"),
        ("SNP", "Variant"),
        ("hpo", "Phenotype"),
        ("FamilyName", "FamilyName"),
        ("Cell", "Cell"),
        ("", ""),
    ],
)
def test_label_means_type(label: str, kind: str) -> None:
    """A known label gives its type whatever its case; another comes back unchanged."""
    assert entity_type(label) == kind


@pytest.mark.parametrize(
    ("identifier", "label", "concept_ids"),
    [
        ("D003110|D009369", "CompositeMention", ("MESH:D003110", "MESH:D009369")),
        ("C536108|OMIM:607948", "Disease", ("MESH:C536108", "OMIM:607948")),
        (" D008661", "DiseaseClass", ("MESH:D008661",)),
        ("OMIM:208900 ", "Disease", ("OMIM:208900",)),
        ("D006816+D019636", "Disease", ("MESH:D006816", "MESH:D019636")),
        ("D1|-1", "Other", ("D1",)),
        ("D003924|-1", "Disease", ("MESH:D003924",)),
        ("mesh:D003924", "Disease", ("MESH:D003924",)),
        ("MeSH:D003924", "Disease", ("MESH:D003924",)),
        ("MIM:208900", "Disease", ("OMIM:208900",)),
        ("10434(Tax:9606)", "Gene", ("NCBIGene:10434",)),
        ("1(Tax:9606),2(tax:10090),3", "Gene", ("NCBIGene:1", "NCBIGene:2", "NCBIGene:3")),
        ("1,2;3", "Gene", ("NCBIGene:1", "NCBIGene:2", "NCBIGene:3")),
        ("3479", "FamilyName", ("NCBIGene:3479",)),
        ("9606", "Species", ("NCBITaxon:9606",)),
        ("0", "Species", ()),
        ("-", "Disease", ()),
        ("-1", "Chemical", ()),
        ("", "Gene", ()),
        ("None", "Gene", ()),
        ("MESH:-", "Disease", ()),
        ("CVCL_0030", "CellLine", ("Cellosaurus:CVCL_0030",)),
        ("rs1801133", "Variant", ("dbSNP:rs1801133",)),
        ("c|DEL||32", "Variant", ("c|DEL||32",)),
        ("|INS|118_119|A", "Variant", ("|INS|118_119|A",)),
        ("tmVar:p|SUB|V|600|E;HGVS:p.V600E;RS#:113488022", "Variant", ("dbSNP:rs113488022",)),
        ("HP:0002671", "Phenotype", ("HP:0002671",)),
        ("7|7", "Gene", ("NCBIGene:7",)),
    ],
)
def test_identifier_becomes_curies(identifier: str, label: str, concept_ids: tuple[str, ...]) -> None:
    """The forms of identifiers in the field's corpora become CURIEs in order, each once."""
    assert parse_identifier(identifier, label) == concept_ids


def test_vocabulary_gives_missing_type() -> None:
    """An annotation without a label has the type its vocabulary implies; MeSH implies none."""
    assert understand("", "HP:0002671") == ("Phenotype", ("HP:0002671",))
    assert understand("", "MESH:D012721") == ("", ("MESH:D012721",))
