from __future__ import annotations

import time

import pytest

from belink.text.abbreviations import AbbreviationPair, expand, find_abbreviations


def pairs(text: str) -> list[tuple[str, str]]:
    return [(pair.short, pair.long) for pair in find_abbreviations(text)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Familial adenomatous polyposis coli (APC) is", "APC", "adenomatous polyposis coli"),
        ("APC (adenomatous polyposis coli) is", "APC", "adenomatous polyposis coli"),
        ("given methotrexate [MTX] daily", "MTX", "methotrexate"),
        ("had extrapyramidal symptoms (EPSs) soon", "EPSs", "extrapyramidal symptoms"),
        ("with myotonic dystrophy (DM) since", "DM", "myotonic dystrophy"),
        ("patients (type 1 diabetes; T1D) and", "T1D", "type 1 diabetes"),
        ("patients (T1D, type 1 diabetes) and", "T1D", "type 1 diabetes"),
        ("had type II diabetes (T2D) and", "T2D", "type II diabetes"),
        ("cyclosporine A (CsA; 5 mg/kg) was", "CsA", "cyclosporine A"),
        ("tumor necrosis factor-α (TNF-α) was", "TNF-α", "tumor necrosis factor-α"),
        ("with 5-bromo-2'-deoxyuridine (BrdU) as", "BrdU", "5-bromo-2'-deoxyuridine"),
        ("by (R)-alpha-methylhistamine (RAMH) as", "RAMH", "(R)-alpha-methylhistamine"),
        ("the tissue-type plasminogen activator (tPA) is", "tPA", "tissue-type plasminogen activator"),
        ("less body weight (bw) than", "bw", "body weight"),
        ("insulin-like growth factor(IGF) and", "IGF", "insulin-like growth factor"),
        ("the gene for PWS, Prader-Willi syndrome, is", "PWS", "Prader-Willi syndrome"),
        ("the low density lipoprotein, or LDL, receptor", "LDL", "low density lipoprotein"),
        ("BP = blood pressure; all", "BP", "blood pressure"),
        ("six trichlorothiophenols (2,3,4-TCTP) were", "TCTP", "trichlorothiophenols"),
    ],
)
def test_definition_is_found(text: str, short: str, long: str) -> None:
    """Each way of defining an abbreviation gives one pair."""
    assert pairs(text) == [(short, long)]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("after irinotecan (CPT-11) and", "CPT-11", "irinotecan"),
        ("with naproxen (ATB-346) and", "ATB-346", "naproxen"),
        ("of superoxide (O2-) in", "O2-", "superoxide"),
        ("with CPT-11 (irinotecan) and", "CPT-11", "irinotecan"),
        ("with pralidoxime chloride (2-PAM), and", "2-PAM", "pralidoxime chloride"),
        ("of carbon tetrachloride (CCl4).", "CCl4", "carbon tetrachloride"),
        ("the [leuprolide acetate (LHRH-A)] and", "LHRH-A", "leuprolide acetate"),
    ],
)
def test_short_name_of_a_chemical_is_found(text: str, short: str, long: str) -> None:
    """A code in brackets behind the name of a chemical stands for it, though no letter tells so."""
    assert pairs(text) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "from irinotecan (USA) and",
        "by 5-FU and leucovorin (MFL) and",
        "in the control (WT2) group",
        "by irinotecan (Fig. 2)",
        "of protein (X12) was",
    ],
)
def test_brackets_without_a_short_name(text: str) -> None:
    """Makers, figures, and codes behind ordinary words are no short names."""
    assert pairs(text) == []


def test_aligned_letters_go_before_the_look_of_a_name() -> None:
    """A short form whose letters tell what it stands for is not taken for the name before it."""
    text = "Dimethyl sulfoxide (DMSO) was used. The solvent lidocaine (DMSO) was not."
    assert pairs(text) == [("DMSO", "Dimethyl sulfoxide")]


def test_long_form_with_half_a_bracket() -> None:
    """What opens a bracket and does not close it is no long form."""
    assert pairs("a combination [MTX + 5-FU (CMF)") == []


def test_list_of_abbreviations() -> None:
    """Every item of a list of abbreviations is a definition."""
    text = "Abbreviations: DM, diabetes mellitus; MI, myocardial infarction; LV, left ventricular."
    assert pairs(text) == [
        ("DM", "diabetes mellitus"),
        ("MI", "myocardial infarction"),
        ("LV", "left ventricular"),
    ]


LISTED = [
    ("BDNF", "Brain-derived neurotrophic factor"),
    ("GPX", "Glutathione peroxidase"),
    ("ABC", "ATP-binding cassette protein"),
]
LIST = " ".join(f"{short} {long}" for short, long in LISTED)


@pytest.mark.parametrize("text", [f"at last. Abbreviations {LIST}", f"{LIST}. The abbreviations used are:"])
def test_list_of_abbreviations_without_marks(text: str) -> None:
    """What articles print as a table stands as words alone in their text, behind or before its title."""
    assert pairs(text) == LISTED


def test_one_long_form_behind_a_short_form_is_no_list() -> None:
    """Running text may begin so."""
    assert pairs("Abbreviations GPX Glutathione peroxidase were avoided in this text") == []


def test_nested_brackets() -> None:
    """A long form may hold the definition of another short form."""
    assert pairs("Cyclin-dependent kinase (Cdk) inhibitor 1 (CDKN1)") == [
        ("Cdk", "Cyclin-dependent kinase"),
        ("CDKN1", "Cyclin-dependent kinase (Cdk) inhibitor 1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "seen in mice (n = 5) and rats (P<0.05)",
        "as described (see Table 2) before",
        "bought there (Sigma, Germany) and",
        "it was low (mean) but",
        "first (i) and second (ii) and third (iii)",
        "in nine (9) of ten",
        "a (b [c) d] ((((",
        "",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    """Numbers, references, sources and enumerations are no abbreviations."""
    assert pairs(text) == []


def test_later_long_form_loses_words_the_first_did_not_have() -> None:
    """After "carbachol (CCh)", "effects of carbachol (CCh)" defines the same."""
    assert pairs("We gave carbachol (CCh). Concentrations of carbachol (CCh) rose.")[1] == (
        "CCh",
        "carbachol",
    )


def test_spans_are_exact_behind_wide_characters() -> None:
    """Offsets count code points, also after emoji and combining marks."""
    text = "\N{GRINNING FACE}e\u0301 myocardial infarction (MI)"
    (pair,) = find_abbreviations(text)
    assert text[pair.short_span.start : pair.short_span.end] == "MI"
    assert text[pair.long_span.start : pair.long_span.end] == "myocardial infarction"


DOCUMENT = (
    "Myotonic dystrophy (DM), gastrointestinal (GI) bleeding, extrapyramidal symptoms (EPSs), "
    "adenomatous polyposis coli (APC), a DM antagonist (DMA) and left ventricular (LV) mass."
)


@pytest.mark.parametrize(
    ("mention", "written_out"),
    [
        ("DM", "Myotonic dystrophy"),
        ("congenital DM", "congenital Myotonic dystrophy"),
        ("GI bleeding", "gastrointestinal bleeding"),
        ("LV-hypertrophy", "left ventricular-hypertrophy"),
        ("EPS", "extrapyramidal symptoms"),
        ("EPSs", "extrapyramidal symptoms"),
        ("adenomatous polyposis coli (APC)", "adenomatous polyposis coli"),
        ("APC (adenomatous polyposis coli)", "adenomatous polyposis coli"),
        ("DMA", "Myotonic dystrophy antagonist"),
        ("DMX", None),
        ("fever", None),
        ("Myotonic dystrophy", None),
    ],
)
def test_expand(mention: str, written_out: str | None) -> None:
    """Short forms are written out as whole words; a mention without one gives None."""
    assert expand(mention, find_abbreviations(DOCUMENT)) == written_out


def test_last_definition_before_the_mention_counts() -> None:
    """Of several definitions the last before the mention is taken, else the first."""
    text = "Diabetes mellitus (DM) is not myotonic dystrophy (DM)."
    found = find_abbreviations(text)
    assert expand("DM", found, 19) == "Diabetes mellitus"
    assert expand("DM", found, 60) == "myotonic dystrophy"
    assert expand("DM", found, 0) == "Diabetes mellitus"
    assert expand("DM", found) == "Diabetes mellitus"


def test_nothing_to_expand_without_pairs() -> None:
    """A document without definitions expands nothing."""
    no_pairs: tuple[AbbreviationPair, ...] = ()
    assert expand("DM", no_pairs) is None


@pytest.mark.parametrize(
    "unit", ["(", "(a b) ", "([a", "a a a (AAA) ", "ABC, ", "A=A ", " ", "abbreviations "]
)
def test_pathological_text_takes_linear_time(unit: str) -> None:
    """Four times the text takes at most ten times as long."""

    def seconds(chars: int) -> float:
        text = unit * (chars // len(unit))
        start = time.process_time()
        find_abbreviations(text)
        return time.process_time() - start

    assert min(seconds(8_000) for _ in range(3)) < 10 * seconds(2_000) + 0.1
