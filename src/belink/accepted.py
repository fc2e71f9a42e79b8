"""Decide, once it is linked, whether what was found in a text is a mention, and whether its link stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from belink.detect.combination import Combination
from belink.link import least_probability
from belink.types import Decision, Failed, Linked, Nil

LEAST_ACCEPTED = 0.45
"""From this probability on a mention is kept, and a link. The threshold with the highest F1 is half that F1
(Lipton et al. 2014, doi:10.1007/978-3-662-44851-9_15), which is near 0.9 of spans and near 0.8 of links."""


def accepted(
    decisions: Sequence[Decision],
    combination: Combination,
    min_probability: float | Callable[[str], float] = 0.0,
) -> list[Decision]:
    """Give the decisions about what likely are mentions, in their order.

    A link is given out if it is probable enough that the mention is one and the link right; the decision then
    has this probability. Else the mention stays without a concept if it likely is one, and is left out if it
    is not. Decisions about mentions whose finder gives no probability, about other types and failures stay as
    they are, but for `min_probability`.

    Args:
        decisions: made without a least probability.
        combination: the weights of the tagger that found the mentions.
        min_probability: a concept less probable than this, or than this gives for the mention's type, is not
            given out.
    """
    found = (
        _accepted(decision, combination, least_probability(min_probability, decision.mention.type))
        for decision in decisions
    )
    return [decision for decision in found if decision is not None]


def _accepted(decision: Decision, combination: Combination, least: float) -> Decision | None:
    mention = decision.mention
    if isinstance(decision.verdict, Failed):
        return decision
    linked = isinstance(decision.verdict, Linked)
    link = decision.probability if linked else 1 - decision.probability
    none = replace(decision, verdict=Nil(), probability=1 - link)
    if mention.probability is None or mention.type not in combination.right:
        return none if linked and link < least else decision
    if linked:
        right = combination.right[mention.type].probability(mention.probability, link, linked=True)
        if right >= max(LEAST_ACCEPTED, least):
            return replace(decision, probability=right)
    kept = combination.kept[mention.type].probability(mention.probability, link, linked=linked)
    return none if kept >= LEAST_ACCEPTED else None
