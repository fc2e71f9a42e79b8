"""Weights of mentions and links are learnt from documents with gold mentions."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("sklearn")

from belink.accepted import accepted
from belink.detect.combined import Judgements
from belink.precision import OperatingPoint
from belink.train.fit_combination import (
    MOST_ROWS,
    Corpus,
    Judged,
    corpus_weights,
    crossed,
    every_span,
    fit,
    possible,
    precision_points,
    proposed,
)
from belink.types import Decision, Document, Linked, Mention, Nil, Span

TEXT = "Fever of unknown origin (FUO). FUO and cold."
FEVER, FUO, COLD = Span(0, 23), Span(25, 28), Span(39, 43)
HITS = (Mention("1", (COLD,), "cold", "Disease"),)
DOC = Document("1", TEXT)


def toy(number: int) -> Judged:
    """Make a document of a probable fever, which is gold and rightly linked, and an improbable cold."""
    doc = Document(str(number), "fever or cold")
    fever = Mention(doc.id, (Span(0, 5),), "fever", "Disease")
    cold = Mention(doc.id, (Span(9, 13),), "cold", "Disease")
    noise = number % 5 == 0
    links = {
        fever: Decision(fever, (), Linked(("D1",)), 0.9, "retrieved"),
        cold: Decision(cold, (), Linked(("D2",)), 0.3, "retrieved") if number % 2 else nil(cold),
    }
    judged = {"Disease": {Span(0, 5): 0.9, Span(9, 13): 0.35}}
    gold = frozenset({cold if noise else fever})
    return Judged(doc, (), judged, links, gold, frozenset({"D2" if noise else "D1"}))


def nil(mention: Mention) -> Decision:
    return Decision(mention, (), Nil(), 0.8, "retrieved")


def test_a_span_may_be_a_mention_that_is_likely_or_named() -> None:
    """An improbable one without a name is not learnt from, but it is linked."""
    judged: dict[str, Judgements] = {"Disease": {FEVER: 0.9, COLD: 0.05, Span(6, 16): 0.2}}
    assert [span for span, _ in possible(DOC, HITS, judged, "Disease")] == [FEVER, FUO, Span(31, 34), COLD]
    assert every_span(DOC, HITS, judged, "Disease") == [FEVER, Span(6, 16), FUO, Span(31, 34), COLD]


def test_a_short_form_has_the_evidence_of_what_it_is_short_for() -> None:
    """The tagger did not judge "FUO", but found the long form 0.9 probable."""
    evidence = dict(possible(DOC, (), {"Disease": {FEVER: 0.9}}, "Disease"))
    assert evidence[FUO] == (3, None, 0.9, False)


def test_a_large_corpus_counts_as_no_more_than_the_most() -> None:
    """And a small one as what it is."""
    assert corpus_weights([1.0] * (2 * MOST_ROWS)).sum() == pytest.approx(MOST_ROWS)
    assert corpus_weights([1.0, 0.5]).tolist() == [1.0, 0.5]


def test_what_is_mostly_right_becomes_probable() -> None:
    """Four in five fevers are right, so they get about that probability, and no cold is given out."""
    corpus = Corpus("toy", "Disease", tuple(map(toy, range(40))))
    combination = fit([corpus], lambda _: True)
    found = accepted(proposed(corpus, toy(1), combination.mention), combination)
    assert [(decision.mention.text, decision.verdict) for decision in found] == [("fever", Linked(("D1",)))]
    assert found[0].probability == pytest.approx(0.8, abs=0.1)


def test_no_document_is_decided_by_weights_that_saw_it() -> None:
    """A half in which most fevers are wrong is decided by the other, where most are right."""
    items = []
    for number in range(1, 400):
        item = toy(number)
        right = (number % 7 == 0) is item.in_first_half
        items.append(replace(item, gold_ids=frozenset({"D1"} if right else {"D3"})))
    for item, decisions in crossed([Corpus("toy", "Disease", tuple(items))])["toy"]:
        links = [decision for decision in decisions if isinstance(decision.verdict, Linked)]
        assert bool(links) is item.in_first_half


def test_precision_of_thresholds_counts_a_concept_once_a_document() -> None:
    """Of two documents with a right concept twice and one with a wrong one, two in three are right."""
    fever = Mention("1", (Span(0, 5),), "fever", "Disease")
    twice = [Decision(fever, (), Linked(("D1",)), 0.95, "retrieved")] * 2
    once = [Decision(fever, (), Linked(("D2",)), 0.6, "retrieved")]
    right = toy(1)
    found = [(right, twice), (right, twice), (right, [*once, Decision(fever, (), Nil(), 0.9, "retrieved")])]
    points = precision_points([Corpus("toy", "Disease", ())], {"toy": found * 50})["Disease"]
    assert points[0] == OperatingPoint(0.0, 0.6667, 1.0)
    assert points[-1] == OperatingPoint(0.95, 1.0, 0.6667)


def test_corpora_of_a_type_count_alike() -> None:
    """However many documents they have."""
    fever = Mention("1", (Span(0, 5),), "fever", "Disease")
    right, wrong = ((toy(1), [Decision(fever, (), Linked((id_,)), 0.9, "retrieved")]) for id_ in ("D1", "D2"))
    corpora = [Corpus(name, "Disease", ()) for name in ("large", "small")]
    points = precision_points(corpora, {"large": [right] * 100, "small": [wrong] * 10})
    assert points["Disease"][0].precision == 0.5
