"""Coordinated mentions and the concepts they get."""

from __future__ import annotations

from belink.detect.coordinated import joined, with_parts
from belink.types import Candidate, Decision, Linked, Mention, Nil, Span, Stage

WHOLE = Mention("1", (Span(0, 25),), "ovarian and breast cancer", "Disease")
ASTHMA = Mention("1", (Span(30, 36),), "asthma", "Disease")
LINKS = {"ovarian cancer": ("D1", 0.9), "breast cancer": ("D2", 0.8), "asthma": ("D3", 0.7)}


def decision(mention: Mention, concept_id: str, probability: float, stage: Stage = "retrieved") -> Decision:
    candidate = Candidate(concept_id, concept_id, concept_id, probability, "lexical")
    return Decision(mention, (candidate,), Linked((concept_id,)), probability, stage)


def decide(
    whole: float, links: dict[str, tuple[str, float]] = LINKS, stage: Stage = "retrieved"
) -> list[Decision]:
    asked = with_parts([WHOLE, ASTHMA])
    decisions = [decision(m, *links.get(m.text, ("D9", 0.1))) for m in asked]
    decisions[0] = decision(WHOLE, "D2", whole, stage)
    return joined([WHOLE, ASTHMA], decisions)


def test_a_coordinated_mention_has_the_concepts_of_its_parts() -> None:
    """With the product of their probabilities; the mention stays one, and others are as they were."""
    first, second = decide(0.4)
    assert first.mention == WHOLE
    assert first.verdict == Linked(("D1", "D2"))
    assert abs(first.probability - 0.72) < 1e-9
    assert [candidate.concept_id for candidate in first.candidates] == ["D1", "D2"]
    assert second == decision(ASTHMA, "D3", 0.7)


def test_a_convincing_concept_for_the_whole_stays() -> None:
    """Where its probability is far above the parts', or it is a name as it stands."""
    sure = {**LINKS, "breast cancer": ("D2", 0.6)}
    assert decide(0.8, sure)[0].verdict == Linked(("D2",))
    assert decide(0.4, stage="exact")[0].verdict == Linked(("D2",))


def test_parts_must_be_convincing_and_differ() -> None:
    """An improbable part, or one concept for all, tells nothing."""
    assert decide(0.4, {**LINKS, "breast cancer": ("D2", 0.4)})[0].verdict == Linked(("D2",))
    assert decide(0.4, {**LINKS, "breast cancer": ("D1", 0.8)})[0].verdict == Linked(("D2",))


def test_a_part_without_a_concept_settles_nothing() -> None:
    """Its reading is not taken."""
    asked = with_parts([WHOLE])
    decisions = [Decision(m, (), Nil(), 0.9, "retrieved") for m in asked]
    assert joined([WHOLE], decisions) == [decisions[0]]
