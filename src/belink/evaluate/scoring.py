"""Scores each gold mention with its decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from belink.evaluate.measures import CUTOFFS, exact_set, gold_rank, ids_found, lenient, strict
from belink.evaluate.protocol import GoldMention
from belink.evaluate.vocabulary import CurrentIds
from belink.types import Candidate, Decision, Linked, Nil


@dataclass(frozen=True, slots=True)
class Scored:
    """A gold mention, what was decided, and how that compares.

    Attributes:
        gold: the mention with its gold.
        decision: None where nothing was decided.
        predicted: current ids of the verdict, sorted; empty for "none", a failure or no decision.
        right: what accuracy@1 counts: strict for a mention in the knowledge base, and for one that is
            not, that the verdict is "none".
        lenient: some predicted id is gold.
        exact_set: the predicted ids are exactly the gold ids.
        rank: of the first gold id among the candidates, from 1; infinity where there is none. The
            verdict's ids are the candidates of a decision that reports none.
        ids_found: share of the gold ids among the first k candidates, for each k of `CUTOFFS`.
    """

    gold: GoldMention
    decision: Decision | None
    predicted: tuple[str, ...]
    right: bool
    lenient: bool
    exact_set: bool
    rank: float
    ids_found: tuple[float, ...]

    @property
    def probability(self) -> float:
        """Give the decision's probability, kept within [0, 1]; 0 for NaN and where there is no decision."""
        if self.decision is None or math.isnan(self.decision.probability):
            return 0.0
        return min(max(self.decision.probability, 0.0), 1.0)

    @property
    def says_none(self) -> bool:
        """Tell whether the verdict is that no concept fits; false for a failure or no decision."""
        return self.decision is not None and isinstance(self.decision.verdict, Nil)


def score(item: GoldMention, decision: Decision | None, current: CurrentIds) -> Scored:
    """Compare one decision with the gold, both mapped to current ids."""
    gold = frozenset(item.ids)
    if decision is None:
        return Scored(item, None, (), False, False, False, math.inf, (0.0,) * len(CUTOFFS))
    verdict = decision.verdict
    ids = verdict.concept_ids if isinstance(verdict, Linked) else ()
    predicted = tuple(sorted({now for id_ in ids for now in current.mapped(id_)}))
    candidates = distinct_candidates(decision, current) or [(now,) for now in predicted]
    rank = gold_rank(candidates, gold)
    return Scored(
        gold=item,
        decision=decision,
        predicted=predicted,
        right=strict(predicted, gold) if gold else isinstance(verdict, Nil),
        lenient=lenient(predicted, gold),
        exact_set=exact_set(predicted, gold),
        rank=rank,
        ids_found=_ids_found(candidates, gold, rank),
    )


def _ids_found(candidates: Sequence[tuple[str, ...]], gold: frozenset[str], rank: float) -> tuple[float, ...]:
    if len(gold) == 1:
        return tuple(float(rank <= k) for k in CUTOFFS)
    return tuple(ids_found(candidates, gold, k) for k in CUTOFFS)


def distinct_candidates(decision: Decision, current: CurrentIds) -> list[tuple[str, ...]]:
    """Give the current ids of each candidate in the order in which they are ranked for scoring.

    The order is the decision's own, but where no re-ranker judged them, neighbours with equal scores
    are ordered by id: a retriever cannot gain from the order it writes a tie in. (Candidates that all
    have score 0 are taken to carry no scores, and keep their order.) A concept counts at its first place.
    """
    candidates = decision.candidates
    if decision.stage != "reranked" and any(candidate.score for candidate in candidates):
        candidates = _ties_by_id(candidates)
    return list(dict.fromkeys(current.mapped_each([candidate.concept_id for candidate in candidates])))


def _ties_by_id(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    scores = [candidate.score for candidate in candidates]
    if len(set(scores)) == len(scores):
        return tuple(candidates)
    runs = groupby(candidates, key=lambda candidate: candidate.score)
    return tuple(c for _, run in runs for c in sorted(run, key=lambda c: c.concept_id))
