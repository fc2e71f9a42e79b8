"""Decisions as JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.errors import InputError
from belink.formats.decisions import decision_record, read_decisions, write_decisions
from belink.types import Candidate, Decision, Failed, Linked, Mention, Nil, Span

LINK = Decision(
    Mention("1", (Span(0, 4), Span(6, 8)), "Pain xy", "Disease"),
    (Candidate("MESH:D010146", "pains", "Pain", 0.125, "dense", 3),),
    Linked(("MESH:D010146",)),
    0.75,
    "reranked",
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats(0, 1)
decisions = st.builds(
    Decision,
    st.builds(
        Mention,
        texts,
        st.lists(st.builds(Span, st.integers(0, 99), st.integers(0, 99)), min_size=1).map(tuple),
        texts,
        texts,
    ),
    st.lists(
        st.builds(
            Candidate, texts, texts, texts, floats, st.sampled_from(("exact", "dense")), st.integers(1, 9)
        )
    ).map(tuple),
    st.one_of(
        st.builds(Linked, st.lists(texts, min_size=1).map(tuple)), st.builds(Nil), st.builds(Failed, texts)
    ),
    floats,
    st.sampled_from(("exact", "retrieved", "reranked")),
)


def test_record_has_the_documented_keys() -> None:
    """The keys of a decision are those users are told of."""
    record = decision_record(LINK)
    assert list(record)[:9] == [
        "document_id", "spans", "text", "type", "verdict", "concept_ids", "probability", "stage",
        "candidates",
    ]  # fmt: skip
    assert record["spans"] == [[0, 4], [6, 8]]
    assert record["candidates"][0]["alias"] == "pains"
    assert decision_record(Decision(LINK.mention, (), Failed("down"), 0.0, "exact"))["reason"] == "down"


@given(st.lists(decisions, max_size=5))
def test_reading_is_the_inverse_of_writing(
    tmp_path_factory: pytest.TempPathFactory, made: list[Decision]
) -> None:
    """Decisions come back from their file as they were."""
    path = tmp_path_factory.mktemp("decisions") / "d.jsonl"
    write_decisions(path, [*made, LINK])
    assert list(read_decisions(path)) == [*made, LINK]


def test_other_systems_may_say_less(tmp_path: Path) -> None:
    """Only document, spans and ids are needed; no ids mean nil."""
    path = tmp_path / "d.jsonl"
    path.write_text(
        '{"document_id": 1, "spans": [[0, 4]], "concept_ids": ["A:1"]}\n\n{"document_id": "1", "spans": []}\n'
    )
    first, second = read_decisions(path)
    assert (first.verdict, first.probability, first.mention.document_id) == (Linked(("A:1",)), 1.0, "1")
    assert second.verdict == Nil()


@pytest.mark.parametrize(
    "change",
    [
        {"spans": [[0]]}, {"spans": 3}, {"concept_ids": "A"}, {"verdict": "maybe"}, {"stage": "x"},
        {"probability": "high"}, {"candidates": [1]}, {"candidates": [{"source": "x"}]},
        {"verdict": "linked", "concept_ids": []},
    ],
)  # fmt: skip
def test_bad_line_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    """A line that is no decision raises with file and line."""
    path = tmp_path / "d.jsonl"
    path.write_text(
        json.dumps(decision_record(LINK)) + "\n" + json.dumps(decision_record(LINK) | change) + "\n"
    )
    with pytest.raises(InputError, match=r"d\.jsonl:2: "):
        list(read_decisions(path))


@pytest.mark.parametrize("line", ["{", "[]", "3", '"x"', "{}"])
def test_line_that_is_no_object(tmp_path: Path, line: str) -> None:
    """Broken JSON and other values raise with file and line."""
    path = tmp_path / "d.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match=r"d\.jsonl:1: "):
        list(read_decisions(path))
