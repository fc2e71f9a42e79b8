"""What becomes of linked mentions that a tagger found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from belink.accepted import accepted
from belink.detect.combination import Combination, LinkWeights, MentionWeights
from belink.types import Decision, Failed, Linked, Mention, Nil, Span, Verdict

MENTION = Mention("1", (Span(0, 6),), "asthma", "Disease", 0.5)
WEIGHTS = Combination(
    {"Disease": MentionWeights(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)},
    kept={"Disease": LinkWeights(0.0, mention=1.0, link=0.0, none=0.0)},
    right={"Disease": LinkWeights(0.0, mention=0.0, link=1.0, none=0.0)},
)
"""A mention is kept by its own probability, a link by its own."""

RIGHT = Linked(("D1",))


def decided(verdict: Verdict, probability: float, mention: float | None = 0.5) -> Decision:
    return Decision(replace(MENTION, probability=mention), (), verdict, probability, "retrieved")


def test_a_probable_link_is_given_out_with_the_probability_that_both_are_right() -> None:
    """Here that of the link, which 0.9 of the mention's moves by the weight it has."""
    sure = replace(WEIGHTS, right={"Disease": LinkWeights(0.0, mention=0.5, link=1.0, none=0.0)})
    (decision,) = accepted([decided(RIGHT, 0.8, 0.9)], sure)
    assert decision.verdict == RIGHT
    assert decision.probability == pytest.approx(12 / 13)  # odds 4 times the root of 9


@pytest.mark.parametrize(
    ("verdict", "probability", "none"), [(RIGHT, 0.4, 0.6), (Nil(), 0.9, 0.9), (Nil(), 0.4, 0.4)]
)
def test_a_likely_mention_without_a_probable_link_stays_without_a_concept(
    verdict: Verdict, probability: float, none: float
) -> None:
    """The probability is that of none."""
    (decision,) = accepted([decided(verdict, probability)], WEIGHTS)
    assert decision.verdict == Nil()
    assert decision.probability == pytest.approx(none)


@pytest.mark.parametrize(("verdict", "probability"), [(RIGHT, 0.4), (Nil(), 0.9)])
def test_an_unlikely_mention_without_a_probable_link_is_left_out(
    verdict: Verdict, probability: float
) -> None:
    """It likely is no mention."""
    assert accepted([decided(verdict, probability, 0.2)], WEIGHTS) == []


def test_failures_and_other_finders_mentions_stay_as_they_are() -> None:
    """A server that is down says nothing of the mention; nor does a finder that gives no probability."""
    variant = replace(decided(RIGHT, 0.1), mention=replace(MENTION, type="Variant"))
    decisions = [decided(Failed("down"), 0.0, 0.1), decided(RIGHT, 0.1, None), variant]
    assert accepted(decisions, WEIGHTS) == decisions


def test_no_concept_below_the_least_probability_is_given_out() -> None:
    """Whoever found the mention; which stays."""
    decisions = [decided(RIGHT, 0.8), decided(RIGHT, 0.8, None), decided(RIGHT, 0.95)]
    found = accepted(decisions, WEIGHTS, 0.9)
    assert [decision.verdict for decision in found] == [Nil(), Nil(), RIGHT]
    assert found[1].probability == pytest.approx(0.2)


def test_each_type_may_have_its_least_probability() -> None:
    """What is no disease is measured by another one."""
    other = replace(decided(RIGHT, 0.8, None), mention=replace(MENTION, type="Phenotype"))
    least = {"Disease": 0.7, "Phenotype": 0.9}
    found = accepted([decided(RIGHT, 0.8), other], WEIGHTS, least.__getitem__)
    assert [decision.verdict for decision in found] == [RIGHT, Nil()]
