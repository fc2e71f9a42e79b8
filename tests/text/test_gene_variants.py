from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.gene_variants import MOST, gene_variants


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("IL-2", "IL2"),
        ("p-53", "p53"),
        ("TGF beta", "TGFbeta"),
        ("CA 15-3", "CA153"),
        ("hTERT", "TERT"),
        ("mTor", "Tor"),
        ("hMAD-4", "MAD4"),
        ("p-Akt", "Akt"),
        ("phospho-ERK", "ERK"),
        ("phosphorylated STAT3", "STAT3"),
        ("PKCa", "PKC alpha"),
        ("delta-CaMKII", "CaMKII delta"),
        ("β1-AR", "AR beta1"),
        ("TNF-alpha", "TNFA"),
        ("TNFα", "TNFA"),
        ("TGF-betaRI", "TGF-beta receptor 1"),
        ("IL-2Ra", "IL-2 receptor a"),
        ("calcineurin B subunit", "calcineurin B"),
        ("carbonic anhydrase V", "carbonic anhydrase 5"),
        ("alpha-chemokine receptor CXCR4", "CXCR4"),
        ("IFN-inducible nucleoprotein IFI 16", "IFI16"),
    ],
)
def test_a_gene_is_written_as_others_write_it(text: str, variant: str) -> None:
    """Joints, prefixes, Greek letters, receptors, parts of a complex, numerals, a symbol in a name."""
    assert variant in gene_variants(text)


@pytest.mark.parametrize("text", ["p53", "BRCA1", "insulin", ""])
def test_a_plain_name_has_no_variants(text: str) -> None:
    """No rule applies to it."""
    assert gene_variants(text) == ()


def test_a_long_name_keeps_its_words() -> None:
    """Only short names are joined, since words without spaces are no name."""
    assert "vascularendothelialgrowthfactor" not in gene_variants("vascular endothelial growth factor")


@given(st.text(max_size=80))
def test_variants_are_few_distinct_and_never_the_text(text: str) -> None:
    """Whatever the characters."""
    found = gene_variants(text)
    assert len(found) == len(set(found)) <= MOST
    assert text not in found and "" not in found
