"""Weights of mentions and links are learnt from documents with gold mentions."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")

from belink.accepted import accepted
from belink.detect.combined import Judgements
from belink.train.fit_combination import (
    MOST_ROWS,
    Corpus,
    Judged,
    corpus_weights,
    every_span,
    fit,
    possible,
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
