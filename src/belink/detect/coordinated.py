"""Link coordinated mentions by their parts: "breast and ovarian cancer" names two concepts.

Corpora mark such a mention as one stretch with several ids, and so do we. Its possible parts
(`belink.text.coordination`) are linked beside it, and it gets their concepts where they are more convincing
than one concept for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from belink.text.coordination import parts
from belink.types import Candidate, Decision, Linked, Mention

LEAST_PART = 0.5
"""Each part's link must be at least so probable."""

LEAST_RATIO = 0.8
"""And its probability at least so many times that of the whole's link. Both were chosen on the coordinated
mentions of NCBI-Disease's and BC5CDR's training documents (docs/decisions/0009)."""


def with_parts(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Give mentions, and behind each those that it may consist of."""
    return tuple(each for mention in mentions for each in (mention, *_parts_of(mention)))


def _parts_of(mention: Mention) -> tuple[Mention, ...]:
    """Give the parts of all readings, each once, in order."""
    return tuple(dict.fromkeys(part for reading in parts(mention) for part in reading))


def joined(mentions: Sequence[Mention], decisions: Sequence[Decision]) -> list[Decision]:
    """Give one decision a mention.

    Of the readings of a mention whose parts are all linked, to at least two concepts, with the
    probabilities `LEAST_PART` and `LEAST_RATIO` ask for, the one with the highest lowest probability is
    taken, the first of equals. The mention then has the concepts of its parts in their order, the product of
    their probabilities, and their candidates. A mention that is a name of the knowledge base as it stands
    is left alone.

    Args:
        mentions: as given to `with_parts`.
        decisions: one for each mention that it gave.
    """
    return [
        decisions[whole] if taken == [whole] else _composite(decisions[whole], [decisions[i] for i in taken])
        for whole, taken in chosen(mentions, decisions)
    ]


def chosen(mentions: Sequence[Mention], decisions: Sequence[Decision]) -> list[tuple[int, list[int]]]:
    """Tell what `joined` does: for each mention the place of its own decision, and of those it is joined of.

    The latter is its own alone where it has no parts or they do not convince.
    """
    taken = []
    place = 0
    for mention in mentions:
        own = _parts_of(mention)
        places = {part: place + 1 + number for number, part in enumerate(own)}
        taken.append((place, _reading(mention, place, places, decisions) or [place]))
        place += 1 + len(own)
    return taken


def _reading(
    mention: Mention, whole: int, places: Mapping[Mention, int], decisions: Sequence[Decision]
) -> list[int]:
    """Give the places of the parts of the most convincing reading; empty where none convinces."""
    if not places or decisions[whole].stage == "exact":
        return []
    best: list[int] = []
    least = max(LEAST_PART, LEAST_RATIO * link_probability(decisions[whole]))
    for reading in parts(mention):
        taken = [places[part] for part in reading]
        own = [decisions[place] for place in taken]
        if _lowest(own) >= least and len(_concepts(own)) > 1:
            best, least = taken, _lowest(own) + _MORE
    return best


_MORE = 1e-9
"""A later reading must be better by more than this."""


def link_probability(decision: Decision) -> float:
    """Give the probability of the concepts that a decision gives, 0 where it gives none."""
    return decision.probability if isinstance(decision.verdict, Linked) else 0.0


def _lowest(decisions: Sequence[Decision]) -> float:
    return min(map(link_probability, decisions))


def _concepts(decisions: Sequence[Decision]) -> tuple[str, ...]:
    verdicts = [decision.verdict for decision in decisions]
    return tuple(
        dict.fromkeys(
            id_ for verdict in verdicts if isinstance(verdict, Linked) for id_ in verdict.concept_ids
        )
    )


def _composite(whole: Decision, own: Sequence[Decision]) -> Decision:
    probability = 1.0
    for decision in own:
        probability *= decision.probability
    candidates: dict[str, Candidate] = {}
    most = max(len(decision.candidates) for decision in own)
    for rank in range(most):
        for decision in own:
            for candidate in decision.candidates[rank : rank + 1]:
                candidates.setdefault(candidate.concept_id, candidate)
    reranked = any(decision.stage == "reranked" for decision in own)
    return replace(
        whole,
        candidates=tuple(candidates.values()),
        verdict=Linked(_concepts(own)),
        probability=probability,
        stage="reranked" if reranked else "retrieved",
    )
