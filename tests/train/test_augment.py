from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.train import augment as changes
from belink.train.augment import augment


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (changes.shorten_genus, "Escherichia coli K-12", "E. coli K-12"),
        (changes.shorten_genus, "house mouse", "house mouse"),
        (changes.turn_round, "Abnormalities, Drug-Induced", "Drug-Induced Abnormalities"),
        (changes.turn_round, "a, b, c", "a, b, c"),
        (changes.respell, "brain tumor", "brain tumour"),
        (changes.respell, "anaemia", "anemia"),
        (changes.renumber, "MODY type III", "MODY type 3"),
        (changes.renumber, "factor 2", "factor II"),
        (changes.pluralise, "seizure", "seizures"),
        (changes.pluralise, "neuropathy", "neuropathies"),
        (changes.pluralise, "lupus erythematosus", "lupus erythematosus"),
        (changes.hyphenate, "HL60", "HL-60"),
    ],
)
def test_what_each_change_does(
    change: Callable[[str, np.random.Generator], str], before: str, after: str
) -> None:
    """Names change as texts change them."""
    assert change(before, np.random.default_rng(0)) == after


@given(st.text(max_size=40), st.integers(0, 2**32))
def test_every_text_can_be_changed(name: str, seed: int) -> None:
    """Any text is taken, and the same generator gives the same change."""
    assert augment(name, np.random.default_rng(seed)) == augment(name, np.random.default_rng(seed))


def test_genera_are_shortened_for_species_only() -> None:
    """A disease called "Abdominal colic" never becomes "A. colic"."""
    diseases = {augment("Abdominal colic", np.random.default_rng(seed)) for seed in range(200)}
    species = {augment("Escherichia coli", np.random.default_rng(seed), species=True) for seed in range(200)}
    assert not any(name.startswith("A. ") for name in diseases)
    assert "E. coli" in species
