"""The file beside a tagger."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.detect.combination import (
    Combination,
    LinkWeights,
    MentionWeights,
    log_odds,
    read_combination,
    write_combination,
)
from belink.errors import ModelError

MENTION = MentionWeights(-0.5, 2.0, judged=0.8, unjudged=-1.0, elsewhere=0.3, length=0.1)
LINK = LinkWeights(0.25, mention=0.9, link=0.5, none=-0.7)


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    """All numbers of each type."""
    written = Combination({"Gene": MENTION}, {"Gene": LINK}, {"Gene": replace(LINK, none=-3.0)})
    write_combination(written, tmp_path)
    assert read_combination(tmp_path) == written


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "JSON"),
        ('{"mention": {"Gene": {"base": "a", "named": 0}}}', "mention.Gene.base"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, says: str) -> None:
    """The path and the key."""
    (tmp_path / "combination.json").write_text(content)
    with pytest.raises(ModelError, match=rf"combination\.json.*{says}"):
        read_combination(tmp_path)


def test_weights_of_different_types_are_refused() -> None:
    """A type without one of the three could not be decided."""
    with pytest.raises(ModelError, match="same types"):
        Combination({"Gene": MENTION}, {"Gene": LINK}, {"Disease": LINK})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the script that makes it."""
    with pytest.raises(ModelError, match="fit_detection"):
        read_combination(tmp_path)


def test_evidence_of_a_mention_adds_up() -> None:
    """Worked out on paper: judged 0.8, 0.9 elsewhere, four characters, named."""
    odds = -0.5 + 2.0 + 0.8 * math.log(4) + 0.3 * math.log(9) + 0.1 * math.log(4)
    found = MENTION.probability(4, 0.8, 0.9, named=True)
    assert found == pytest.approx(1 / (1 + math.exp(-odds)))


def test_what_the_tagger_does_not_judge_has_a_weight_of_its_own() -> None:
    """In the place of the log-odds of its probability."""
    odds = -0.5 - 1.0 + 0.3 * log_odds(0.0)
    found = MENTION.probability(1, None, 0.0, named=False)
    assert found == pytest.approx(1 / (1 + math.exp(-odds)))


def test_evidence_of_a_link_adds_up() -> None:
    """Worked out on paper: a mention at 0.75, its best concept at 0.6, and "none" found to fit."""
    odds = 0.25 + 0.9 * math.log(3) + 0.5 * math.log(1.5)
    assert LINK.probability(0.75, 0.6, linked=True) == pytest.approx(1 / (1 + math.exp(-odds)))
    assert LINK.probability(0.75, 0.6, linked=False) == pytest.approx(1 / (1 + math.exp(0.7 - odds)))


@given(st.floats(0, 1), st.floats(0, 1))
def test_probabilities_rise_with_the_evidence(low: float, high: float) -> None:
    """With positive weights a more probable mention or link is no less probable in the end."""
    low, high = sorted((low, high))
    assert LINK.probability(low, 0.5, linked=True) <= LINK.probability(high, 0.5, linked=True)
    assert LINK.probability(0.5, low, linked=True) <= LINK.probability(0.5, high, linked=True)
