from __future__ import annotations

from belink.detect.given import given
from belink.types import Annotation, Document, Mention, Span


def annotation(start: int, end: int, type_: str, identifier: str = "") -> Annotation:
    text = "fever and breast cancer"
    mention = Mention("1", (Span(start, end),), text[start:end], type_)
    return Annotation("", mention, type_, identifier, ())


DOC = Document(
    "1",
    "fever and breast cancer",
    annotations=(
        annotation(10, 23, "Disease"),
        annotation(0, 5, "Phenotype"),
        annotation(0, 5, "Disease", "D1"),
        annotation(0, 5, "Disease", "D2"),
    ),
)


def test_mentions_are_sorted_and_unique() -> None:
    """Annotations with equal spans and type give one mention; order is by span, then type."""
    (mentions,) = given(None)([DOC])
    assert [(m.text, m.type) for m in mentions] == [
        ("fever", "Disease"),
        ("fever", "Phenotype"),
        ("breast cancer", "Disease"),
    ]


def test_types_select() -> None:
    """Only mentions of the types asked for are given."""
    (mentions,) = given(frozenset({"Phenotype"}))([DOC])
    assert [m.type for m in mentions] == ["Phenotype"]


def test_no_documents() -> None:
    """No documents give no lists."""
    assert given(None)([]) == []
