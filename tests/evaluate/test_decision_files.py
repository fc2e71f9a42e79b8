"""Decisions of any system, in any format that can hold them, get the same figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belink.evaluate.summary import evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.formats import read, write
from belink.formats.decisions import write_decisions
from belink.formats.predictions import read_predictions
from belink.types import Candidate, Decision, Document, Linked, Mention, Nil, Span

TEXT = "Flu and anaemia with grippe."
GOLD = f"1|t|{TEXT}\n1\t0\t3\tFlu\tDisease\tMESH:D000001\n1\t8\t15\tanaemia\tDisease\tMESH:D000002\n"
Written = Callable[[str], Path]


def said(start: int, end: int, concept_id: str) -> Decision:
    """Make a decision; "" is none."""
    candidates = (Candidate(concept_id, "x", "x", 0.9, "lexical"),) if concept_id else ()
    verdict = Linked((concept_id,)) if concept_id else Nil()
    mention = Mention("1", (Span(start, end),), TEXT[start:end], "Disease")
    return Decision(mention, candidates, verdict, 0.9, "retrieved")


@pytest.fixture
def gold(tmp_path: Path) -> list[Document]:
    """Two mentions: Flu and anaemia."""
    path = tmp_path / "gold.pubtator"
    path.write_text(f"{GOLD}\n", encoding="utf-8")
    return list(read(path).documents)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write three decisions in a format: Flu right, anaemia wrong, "grippe" where the gold has nothing."""
    decisions = [said(0, 3, "MESH:D000001"), said(8, 15, "MESH:D000001"), said(21, 27, "MESH:D000001")]

    def make(format: str) -> Path:
        path = tmp_path / f"decisions.{format}"
        if format == "decisions":
            write_decisions(path, decisions)
        else:
            plain = tmp_path / "plain.pubtator"
            plain.write_text(f"1|t|{TEXT}\n\n", encoding="utf-8")
            (doc,) = read(plain).documents
            write(path, format, b"", [(doc, decisions)])
        return path

    return make


@pytest.mark.parametrize("format", ["decisions", "bioc-xml", "bioc-json", "pubtator", "jsonl"])
def test_every_format_gets_the_figures_worked_out_by_hand(
    format: str, gold: list[Document], written: Written
) -> None:
    """One of two mentions is right; end to end one of three answers, and the extra one is reported."""
    path, vocabulary = written(format), Vocabulary(lambda id_: (id_,))
    full = evaluate(gold, read_predictions(path), protocol="full", vocabulary=vocabulary, samples=5)
    assert (full.n, full.accuracy.value, full.recall[0].value) == (2, 0.5, 0.5)
    assert [(p.kind, p.count) for p in full.problems] == [("decision without gold mention", 1)]
    found = evaluate(gold, read_predictions(path), protocol="end-to-end", vocabulary=vocabulary, samples=5)
    assert found.end_to_end is not None
    strict = found.end_to_end.strict
    assert strict.precision.value == pytest.approx(1 / 3)
    assert strict.recall.value == 0.5
    document = found.end_to_end.document
    assert (document.precision.value, document.recall.value) == (1.0, 0.5)


def test_none_written_in_a_file_is_a_decision(gold: list[Document], tmp_path: Path) -> None:
    """A mention without an id in a PubTator file says "none": it is there, and wrong."""
    path = tmp_path / "none.pubtator"
    path.write_text(GOLD.replace("MESH:D000002", "-") + "\n", encoding="utf-8")
    found = evaluate(
        gold, read_predictions(path), protocol="nil", vocabulary=Vocabulary(lambda id_: (id_,)), samples=5
    )
    assert (found.accuracy.value, found.problems) == (0.5, ())
    assert found.nil is not None
    assert (found.nil.precision, found.nil.recall) == (0.0, 0.0)
