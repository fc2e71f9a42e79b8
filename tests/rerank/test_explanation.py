from __future__ import annotations

import math

import pytest

from belink.rerank.explanation import AskedOption, GateReport, explain_gate, explain_question, option_texts
from belink.rerank.prompt import write_prompt
from belink.rerank.rerankers import Judgement
from belink.rerank.weighing import TypeWeights, Weighing
from belink.types import Candidate, Context, Mention, Query, Ranking, Span

MENTION = Mention("d", (Span(0, 2),), "DM", "Disease")
QUERY = Query(MENTION, Context("DM", Span(0, 2)))
CANDIDATES = (
    Candidate("X:1", "DM", "Diabetes: or | else", 0.6, "exact"),
    Candidate("X:2", "myotonic\ndystrophy", "myotonic dystrophy", 0.3, "lexical"),
    Candidate("X:3", "gout", "gout", 0.1, "lexical"),
)


def test_option_texts() -> None:
    """The options are the lines of the question, without their letters."""
    assert option_texts(write_prompt(QUERY, CANDIDATES)) == [
        "DM (Diabetes: or / else)",
        "myotonic dystrophy",
        "gout",
        "None of the above",
    ]


def test_question() -> None:
    """Each option shown has its line, its concept and what every stage says of it; "none" has no concept."""
    prompt = write_prompt(QUERY, CANDIDATES[:2])
    judgement = Judgement(prompt, Ranking((0.5, 0.0), 0.5), Ranking((0.8, 0.1, 0.0), 0.1))
    found = explain_question(judgement, MENTION, CANDIDATES)
    assert found is not None
    assert (found.text, found.mention, found.degraded) == (prompt.text, MENTION, False)
    assert found.options == (
        AskedOption("A", "DM (Diabetes: or / else)", "X:1", 0.6, math.log(0.5), 0.8),
        AskedOption("B", "myotonic dystrophy", "X:2", 0.3, None, 0.1),
        AskedOption("C", "None of the above", None, None, math.log(0.5), 0.1),
    )


def test_nothing_asked() -> None:
    """Where there was no candidate there is no question to explain."""
    assert explain_question(Judgement(None, Ranking((), 1.0), Ranking((), 1.0)), MENTION, ()) is None


@pytest.mark.parametrize(
    ("candidates", "report"),
    [
        (CANDIDATES, GateReport(False, 0.6, 0.3, 0.7)),
        (CANDIDATES[:1], GateReport(False, 0.6, 0.0, 0.7)),
        ((), GateReport(False, 0.0, 0.0, 0.7)),
        ((Candidate("X:1", "DM", "DM", 0.9, "exact"),), GateReport(True, 0.9, 0.0, 0.7)),
    ],
)
def test_gate(candidates: tuple[Candidate, ...], report: GateReport) -> None:
    """The report has the two scores that the gate looks at, and what it asks of them."""
    weighing = Weighing({"": TypeWeights(1.0, 1.0, 0.0, gate=0.7)})
    assert explain_gate(weighing, QUERY, candidates) == report
