from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.retrieve.variants import fold
from belink.text.normalise import normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oedema", "edema"),
        ("haemorrhagic tumours", "hemorrhagic tumor"),
        ("localised disease", "localized diseases"),
        ("leucocyte", "leukocyte"),
        ("diabetes type ii", "diabetes type 2"),
        ("diabetes type i", "diabetes type 1"),
        ("cancer of the skin", "cancer skin"),
    ],
)
def test_spellings_of_one_name_fold_together(one: str, other: str) -> None:
    """British and American, plural and singular, Roman and Arabic."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("vitamin a", "vitamin"), ("factor v", "factor x"), ("complex i", "complex 1"), ("ae1", "e1")],
)
def test_names_that_differ_in_a_letter_that_counts_stay_apart(one: str, other: str) -> None:
    """Letters that number things are not dropped."""
    assert fold(one) != fold(other)


@given(st.text(max_size=40))
def test_folding_does_not_empty_a_name(text: str) -> None:
    """A name with letters keeps some."""
    normalised = normalise(text)
    assert bool(fold(normalised)) == bool(normalised)
