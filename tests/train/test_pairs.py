from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from belink.errors import ConfigError
from belink.text.normalise import normalise
from belink.train.names import Names, collect
from belink.train.pairs import PairSampler, PairSettings, not_negatives
from belink.types import Alias, Concept

DISEASES = [
    Concept("D:1", "Heart Attack", (Alias("myocardial infarction"), Alias("heart attack"))),
    Concept("D:2", "Infarction", (Alias("infarct"),), xrefs=("X:9",)),
    Concept("D:3", "Old Thing", replaced_by="D:1"),
    Concept("D:4", "Fever", definition="High temperature of the body."),
]
OTHERS = [
    Concept("D:1", "cardiac infarct"),
    Concept("X:9", "dead tissue"),
    Concept("X:5", "cold", (Alias("Infarct"),)),
    Concept("X:6", "warm"),
]


@pytest.fixture
def names() -> Names:
    """Two small vocabularies that share a concept."""
    return collect([("diseases", DISEASES), ("others", OTHERS)])


def number(names: Names, concept_id: str) -> int:
    """Give a concept's number by its id."""
    return next(n for n, ids in enumerate(names.ids) if ids[0] == concept_id)


def test_concepts_with_one_id_are_one(names: Names) -> None:
    """Names are joined over vocabularies, without those that differ in case only."""
    assert names.of(number(names, "D:1")) == ["Heart Attack", "myocardial infarction", "cardiac infarct"]
    assert [len(members) for members in names.members] == [3, 4]


def test_retired_concepts_are_left_out(names: Names) -> None:
    """A concept that was replaced gives no names."""
    assert "Old Thing" not in names.texts


def test_preferred_name_behind_a_homonym_is_taken_off() -> None:
    """`alias (preferred name)` counts as the alias."""
    joined = collect([("v", [Concept("D:1", "lobar pneumonia", (Alias("pneumonia (lobar pneumonia)"),))])])
    assert joined.texts == ["lobar pneumonia", "pneumonia"]


def test_homonyms_and_cross_references_are_no_negatives(names: Names) -> None:
    """Concepts that share a normalised name or an identifier are masked, and none else."""
    ids = ["D:1", "D:2", "X:9", "X:5", "X:6", "D:2"]
    masked = not_negatives([number(names, each) for each in ids], names)
    pairs = {(ids[a], ids[b]) for a, b in zip(*np.nonzero(masked), strict=True) if a < b}
    assert pairs == {("D:2", "X:9"), ("D:2", "X:5"), ("D:2", "D:2"), ("X:9", "D:2"), ("X:5", "D:2")}
    np.testing.assert_array_equal(masked, masked.T)
    assert masked.diagonal().all()


def test_pairs_are_two_names_of_one_concept(names: Names) -> None:
    """Without changes and definitions, both sides are different names of the pair's concept."""
    settings = PairSettings({"diseases": 1, "others": 1}, 0.0, 0.0, 0.0)
    for pair in PairSampler(names, settings).draw(200, np.random.default_rng(0)):
        own = names.of(pair.concept)
        assert pair.left in own
        assert pair.right in own
        assert normalise(pair.left) != normalise(pair.right)


def test_same_seed_gives_same_pairs(names: Names) -> None:
    """Pairs depend on the generator's state alone."""
    sampler = PairSampler(names, PairSettings({"diseases": 1, "others": 1}))
    first, again, other = (sampler.draw(50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first == again != other


def test_weights_share_the_pairs_out(names: Names) -> None:
    """A vocabulary with three times the weight gives about three times the pairs."""
    only_singles = collect([("a", [Concept("A:1", "one")]), ("b", [Concept("B:1", "two")])])
    drawn = PairSampler(only_singles, PairSettings({"a": 3, "b": 1})).draw(2000, np.random.default_rng(0))
    counts = Counter(pair.concept for pair in drawn)
    assert 0.70 < counts[0] / 2000 < 0.80


def test_definitions_are_the_other_side(names: Names) -> None:
    """With a definition share of 1, concepts that have one are paired with it."""
    drawn = PairSampler(names, PairSettings({"diseases": 1, "others": 0}, 1.0)).draw(
        5, np.random.default_rng(0)
    )
    assert {(pair.left, pair.right) for pair in drawn} == {("Fever", "High temperature of the body.")}


def test_weights_must_fit_the_vocabularies(names: Names) -> None:
    """A vocabulary without a weight is named."""
    with pytest.raises(ConfigError, match="differ in: others"):
        PairSampler(names, PairSettings({"diseases": 1}))
