"""Where a mention may begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.detect.boundaries import repair, trim
from belink.types import Span


def repaired(marked: str) -> str:
    """Repair the span between the marks « and »."""
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    span = repair(text, Span(start, end))
    return "" if span is None else text[span.start : span.end]


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("a «breast can»cer, ", "breast cancer"),
        ("in«flamma»tion", "inflammation"),
        ("« asthma, »x", "asthma"),
        ("(«asthma)»", "asthma"),
        ("«(asthma»)", "asthma"),
        ("«(R)-warfarin»", "(R)-warfarin"),
        ("«poly(ADP-ribose»)", "poly(ADP-ribose)"),
        ("[«asthma (severe)»]", "asthma (severe)"),
        ("«Ca2+»", "Ca2+"),
        ("«...»", ""),
        ("« »", ""),
        ("«e»\u0301", "e\u0301"),
        ("«asthma\u200b»", "asthma"),
    ],
)
def test_repair(marked: str, name: str) -> None:
    """Cut words are completed; white space, punctuation and lone brackets are left out."""
    assert repaired(marked) == name


def test_a_very_long_word_is_left_as_it_was_cut() -> None:
    """In a text without spaces nothing is completed to the end of the text."""
    assert repair("a" * 1000, Span(500, 505)) == Span(500, 505)


@given(st.text(alphabet="ab1 ()[]{},.-\u0301\n", max_size=30), st.data())
def test_repair_gives_a_span_of_the_text_and_is_idempotent(text: str, data: st.DataObject) -> None:
    """Whatever the span, and repairing again changes nothing."""
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    first = repair(text, span)
    if first is not None:
        assert 0 <= first.start < first.end <= len(text)
        assert not text[first.start].isspace() and not text[first.end - 1].isspace()
        assert repair(text, first) == first
        assert trim(text, first) == first
