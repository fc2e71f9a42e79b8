"""Coordinated names and how they may be read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.coordination import parts, readings
from belink.types import Mention, Span


def read(text: str) -> list[list[str]]:
    return [[" ".join(text[s.start : s.end] for s in name) for name in reading] for reading in readings(text)]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ovarian and breast cancer", ["ovarian cancer", "breast cancer"]),
        ("Duchenne/Becker muscular dystrophy", ["Duchenne muscular dystrophy", "Becker muscular dystrophy"]),
        ("hepatic and acute renal failure", ["hepatic failure", "acute renal failure"]),
        ("cancer of the breast and ovaries", ["cancer of the breast", "cancer of the ovaries"]),
        ("cleft lip and palate", ["cleft lip", "cleft palate"]),
        ("facial, limb, and genital defects", ["facial defects", "limb defects", "genital defects"]),
        ("renal failure or liver failure", ["renal failure", "liver failure"]),
    ],
)
def test_the_meant_reading_is_among_them(text: str, reading: list[str]) -> None:
    """Shared words stand behind the last name, before the first, or nowhere."""
    assert reading in read(text)


@pytest.mark.parametrize("text", ["", "asthma", "and", "and asthma", "asthma or", "sand and"])
def test_what_is_no_coordination_has_no_reading(text: str) -> None:
    """There must be a name on either side of a conjunction."""
    assert read(text) == []


def test_parts_stand_at_their_place_in_the_document() -> None:
    """A part whose words are parted has several spans, and its text joins them by a space."""
    mention = Mention("1", (Span(10, 35),), "ovarian and breast cancer", "Disease")
    assert parts(mention)[0] == (
        Mention("1", (Span(10, 17), Span(29, 35)), "ovarian cancer", "Disease"),
        Mention("1", (Span(22, 35),), "breast cancer", "Disease"),
    )


@given(st.text(alphabet="ab ,/&\tand or", max_size=40))
def test_names_are_sorted_spans_of_the_text(text: str) -> None:
    """Each name of each reading, with at least two names a reading."""
    for reading in readings(text):
        assert len(reading) > 1
        for name in reading:
            assert all(0 <= span.start < span.end <= len(text) for span in name)
            assert all(a.end < b.start for a, b in pairwise(name))
