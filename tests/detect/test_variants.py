"""Variants found by the way they are written."""

from __future__ import annotations

import pytest

from belink.detect.variants import find_variants, told_of_variants
from belink.types import Span


def found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in find_variants(text)]


@pytest.mark.parametrize(
    "form",
    [
        "c.35delG", "c.1138G>A", "c.76_78delinsAT", "c.1181_1186+20del26", "c.*557G>A", "g.3426G>A",
        "m.1555A>G",
        "p.Val600Glu", "p.V600E", "p.(Gly12Asp)", "p.Ala27fsX132", "p.Gly204_Lys247del",
        "rs1801133", "V600E", "Val600Glu", "Gly(388)Arg", "Q298X", "C677T", "1762A>T", "677 C>T",
        "-1082(G/A)",
        "IVS3+1G>A", "5382insC", "185delAG", "delta F508", "ΔF508", "Δ F508", "arginine 150 proline",
        "Lys to Asn at position 198", "glycine to arginine substitution at amino acid 86", "32-bp deletion",
    ],
)  # fmt: skip
def test_forms_are_found_whole(form: str) -> None:
    """HGVS, dbSNP and the older ways of writing, whatever stands around them."""
    assert found(f"the variant ({form}), found") == [form]


@pytest.mark.parametrize(
    "text",
    ["H1N1 influenza", "type 1 diabetes (T1D)", "IL-2 and CD4", "at 37 C for 10 min", "Fig. 2A",
     "C57BL/6 mice",
     "vitamin B12", "p < 0.05", "the ins and outs", "10 mg/kg", "G/A"],
)  # fmt: skip
def test_what_only_looks_like_one_is_passed_over(text: str) -> None:
    """Strains, symbols, figures and units; a bare change of letters needs another variant beside it."""
    assert found(text) == []


def test_a_weak_form_is_found_beside_another_variant() -> None:
    """A "T allele at -31" may be anything, but not where a variant was named."""
    assert found("the -31T>C variant; the T allele at -31") == ["-31T>C", "T allele at -31"]


def test_a_variant_is_found_behind_the_name_of_its_gene() -> None:
    """Of "KrasG12D" the variant alone."""
    assert found("KrasG12D mice, rtM204V") == ["G12D", "M204V"]


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("serine to cysteine at codon 326", "cysteine", True),
        ("the Arg506Gln variant", "Arg", True),
        ("low serine in carriers of V600E", "serine", False),
        ("H2S in carriers of V600E", "H2S", False),
        ("single nucleotide polymorphisms of BRCA1", "nucleotide", True),
        ("a single-nucleotide change", "single-nucleotide", True),
        ("amino acid substitutions", "amino acid", True),
        ("the amino acid pool", "amino acid", False),
        ("nucleotide exchange factors", "nucleotide", False),
        ("a 52-amino acid peptide", "amino acid", True),
        ("the last 52 amino acids", "amino acids", True),
        ("at nucleotide 563", "nucleotide", True),
        ("the amino acid sequence", "amino acid", True),
        ("a stop codon", "stop codon", True),
        ("amino acid residues", "amino acid", False),
        ("guanine nucleotides", "guanine nucleotides", False),
        ("Arg555Trp carriers", "Arg555Trp", True),
        ("valine-539-aspartic acid", "valine-539-aspartic acid", True),
        ("phosphorylated at Ser326", "Ser326", False),
    ],
)
def test_what_is_told_of_a_variant_is_no_chemical(text: str, name: str, told: bool) -> None:
    """Residues that are exchanged and what polymorphisms are made of are told from amino acids elsewhere."""
    span = Span(text.index(name), text.index(name) + len(name))
    assert told_of_variants(text, [span]) == ({span} if told else set())
