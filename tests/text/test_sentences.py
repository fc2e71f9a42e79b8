from __future__ import annotations

import time

import pytest

from belink.text.sentences import BLOCK_CHARS, sentence_around, sentences
from belink.types import Span


def texts(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


def test_abbreviations_do_not_end_sentences() -> None:
    """The points of "Fig.", "E. coli" and "et al." stand inside a sentence."""
    first = "See Fig. 2 for E. coli, as Smith et al. found in 2001."
    assert texts(f"{first} It grew.") == [first, "It grew."]


def test_blank_line_ends_sentence() -> None:
    """A title without a full stop ends at the blank line behind it."""
    assert texts("A title\n\nThe text goes on") == ["A title", "The text goes on"]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_in_white_space(text: str) -> None:
    """White space alone holds no sentence."""
    assert sentences(text) == ()


def test_sentence_around_takes_all_touched_sentences() -> None:
    """A span over a sentence border gives both sentences."""
    text = "One is here. Two is there. Three is away."
    assert sentence_around(text, Span(7, 16)) == Span(0, 26)


def test_sentence_around_space_between_sentences() -> None:
    """A span of white space touches no sentence and comes back unchanged."""
    assert sentence_around("One is here. Two is there.", Span(12, 13)) == Span(12, 13)


def test_long_text_is_cut_behind_sentences() -> None:
    """Where a long paragraph is cut into blocks, its sentences stay whole."""
    sentence = "The drug was given twice a day to all mice."
    text = " ".join([sentence] * (3 * BLOCK_CHARS // len(sentence)))
    assert set(texts(text)) == {sentence}


@pytest.mark.parametrize("unit", ["a", "a. ", "( ", "\0", "\N{GRINNING FACE}", "A.", "x\n\n"])
def test_pathological_text_takes_linear_time(unit: str) -> None:
    """Four times the text takes at most ten times as long."""

    def seconds(chars: int) -> float:
        text = unit * (chars // len(unit))
        start = time.process_time()
        sentences(text)
        return time.process_time() - start

    seconds(1000)
    assert min(seconds(80_000) for _ in range(3)) < 10 * seconds(20_000) + 0.05


def test_five_megabytes_without_newline() -> None:
    """A mention in the middle of a 5 MB line has its sentence found at once."""
    text = "A mouse had a fever. " * 250_000
    start = time.process_time()
    assert sentence_around(text, Span(2_100_002, 2_100_007)) == Span(2_100_000, 2_100_020)
    assert time.process_time() - start < 2
