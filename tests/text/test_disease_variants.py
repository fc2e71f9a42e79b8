from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.disease_variants import MOST, disease_variants


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("renal dysfunction", "kidney diseases"),
        ("liver cyst", "hepatic cyst"),
        ("ovarian tumour", "ovary neoplasms"),
        ("skin tumours", "skin cancer"),
        ("liver metastases", "liver neoplasms"),
        ("hepatotoxicity", "drug induced liver injury"),
        ("nephropathy", "kidney diseases"),
        ("eye malformation", "eye abnormalities"),
        ("muscle damage", "muscle injuries"),
        ("cognitive deficits", "cognition disorders"),
        ("deficiency of aspartylglucosaminidase", "aspartylglucosaminidase deficiency"),
        ("leptin-deficient", "leptin deficiency"),
        ("deficiency of the ninth component of human complement", "complement component 9 deficiency"),
        ("ovarian and breast cancer", "ovarian cancer"),
        ("ovarian and breast cancer", "breast cancer"),
        ("severe asthma", "asthma"),
        ("autosomal dominant disorder", "genetic diseases, inborn"),
        ("hereditary cancer syndrome", "neoplastic syndromes, hereditary"),
        ("X-linked disorders", "genetic diseases, x-linked"),
        ("elevated blood pressure", "hypertension"),
        ("fall in systolic blood pressure", "hypotension"),
        ("QTc interval prolongation", "long qt syndrome"),
        ("gastrointestinal bleeding", "gastrointestinal hemorrhage"),
        ("atherosclerotic lesion", "atherosclerosis"),
        ("inflammation of the liver capsule", "hepatitis"),
        ("corneal abrasion", "corneal diseases"),
        ("microangiopathy", "vascular diseases"),
        ("cardiac conduction abnormalities", "arrhythmias, cardiac"),
        ("SIX5 deficiency", "genetic diseases, inborn"),
        ("OAB", "urinary bladder, overactive"),
        ("LV dysfunction", "left ventricular dysfunction"),
    ],
)
def test_variant_is_given(text: str, variant: str) -> None:
    """Each way to write a disease is among its variants."""
    assert variant in {each.lower() for each in disease_variants(text)}


@pytest.mark.parametrize("text", ["", " ", "asthma", "fremitus"])
def test_nothing_to_change(text: str) -> None:
    """A name that no rule knows has no variants."""
    assert disease_variants(text) == ()


@pytest.mark.parametrize("text", ["irritability", "learning disability", "dyskinesia", "nephrotoxic"])
def test_stems_within_other_words_tell_nothing(text: str) -> None:
    """No bile in "disability", no skin in "dyskinesia", no ear in "nephrotoxic"."""
    assert not {"biliary tract diseases", "skin diseases", "hearing loss"} & set(disease_variants(text))


def test_the_organ_goes_last() -> None:
    """The diseases of the organ are the least trusted variant."""
    assert disease_variants("severe corneal abrasion")[-1] == "corneal diseases"


@given(st.text(max_size=40))
def test_variants_are_few_and_differ_from_the_text(text: str) -> None:
    """At most `MOST`, all different, none of which is the text."""
    variants = [variant.casefold() for variant in disease_variants(text)]
    assert len(variants) <= MOST
    assert len(set(variants)) == len(variants)
    assert text.casefold() not in variants


@pytest.mark.parametrize(
    "unit", ["severe ", "non-", "deficiency of ", "and ", "x-linked ", "a", ",", "prolong qt "]
)
def test_pathological_names_take_linear_time(unit: str) -> None:
    """Four times the text takes at most ten times as long."""

    def seconds(chars: int) -> float:
        text = unit * (chars // len(unit))
        start = time.process_time()
        disease_variants(text)
        return time.process_time() - start

    assert min(seconds(4_000) for _ in range(3)) < 10 * seconds(1_000) + 0.1
