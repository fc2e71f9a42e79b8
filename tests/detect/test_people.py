"""Words for people as mentions of the species human."""

from __future__ import annotations

import pytest

from belink.detect.people import people
from belink.types import Document, Span


def test_people_are_found_where_they_stand() -> None:
    """Each word is a mention of type Species with its own place, in the order of the text."""
    [found] = people([Document("1", "Two women and a man; Patients.", (), ())])
    assert [(each.text, each.type, each.spans[0]) for each in found] == [
        ("women", "Species", Span(4, 9)),
        ("man", "Species", Span(16, 19)),
        ("Patients", "Species", Span(21, 29)),
    ]


@pytest.mark.parametrize("text", ["management", "mental", "impatient", "amen", "omen", ""])
def test_parts_of_words_are_not_people(text: str) -> None:
    """A word that only contains one for people is passed over."""
    assert people([Document("1", text, (), ())]) == [()]
