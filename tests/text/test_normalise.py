"""`belink.text.normalise`: keys by which names are matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.normalise import bag, normalise, singular


@pytest.mark.parametrize("invisible", ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff"])
def test_what_cannot_be_seen_parts_no_word(invisible: str) -> None:
    """Soft hyphens and characters without width are left in names that were copied from pages."""
    assert normalise(f"metho{invisible}trexate") == "methotrexate"


@pytest.mark.parametrize(
    ("plural", "word"),
    [
        ("viruses", "virus"),
        ("herpesviruses", "herpesvirus"),
        ("sinuses", "sinus"),
        ("abuses", "abuse"),
        ("causes", "cause"),
        ("uses", "use"),
        ("neuroses", "neurosis"),
        ("adenomata", "adenoma"),
        ("allergies", "allergy"),
        ("virus", "virus"),
    ],
)
def test_a_plural_has_its_singular(plural: str, word: str) -> None:
    """By its ending alone."""
    assert singular(plural) == word


@given(st.text(max_size=30))
def test_normalising_again_changes_nothing(text: str) -> None:
    """Stored names and queries meet whichever was normalised first."""
    assert normalise(normalise(text)) == normalise(text)


def test_words_in_another_order_and_number_have_one_bag() -> None:
    """MeSH's inverted heading is the name in running text."""
    assert bag(normalise("Virus Diseases")) == bag(normalise("diseases of viruses"))
