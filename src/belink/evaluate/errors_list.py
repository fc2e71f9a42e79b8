"""Every error with where it arose and what kind it is, guessed from the data alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from belink.evaluate.scoring import Scored
from belink.evaluate.slices import looks_like_abbreviation
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Document, Failed, Linked, Mention

Step = Literal[
    "no decision",
    "failed",
    "gold not in knowledge base",
    "candidates not given",
    "missed by retrieval",
    "answered none",
    "lost by re-ranker",
    "not first in retrieval",
]
Kind = Literal["too broad", "too narrow", "homonym", "composite", "abbreviation", "other"]

GENERATIONS = 3
CONTEXT_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """A mention that was linked wrongly.

    Attributes:
        mention: where it stands.
        gold: gold ids and their preferred names ("" where names are not known).
        predicted: likewise; empty for "none".
        probability: that the decision gave itself, 0 where there is no decision.
        rank: of the gold among the candidates, None where it is not among them.
        step: where it was lost.
        kind: what kind of error it is.
        before: up to 100 characters of text in front of the mention.
        after: up to 100 characters behind it.
    """

    mention: Mention
    gold: tuple[tuple[str, str], ...]
    predicted: tuple[tuple[str, str], ...]
    probability: float
    rank: int | None
    step: Step
    kind: Kind
    before: str
    after: str


def list_errors(
    scored: Iterable[Scored], gold: Sequence[Document], vocabulary: Vocabulary
) -> tuple[ErrorCase, ...]:
    """List the wrong ones, the surest first; ties in document order.

    Steps, the first that holds: no decision; the decision is a failure; the gold is not in the
    knowledge base; a concept was chosen and the file gives no candidates; no candidate is gold; "none"
    was answered although a candidate was gold; a re-ranker, or else retrieval, put another one first.

    Kinds, the first that holds: the predicted concept is above the gold within three generations (too
    broad), or below it (too narrow); predicted and gold both bear the mention's text as a name
    (homonym); the gold has several ids (composite); the mention looks like an abbreviation; other.
    """
    texts: dict[str, str] = {}
    for doc in gold:
        texts.setdefault(doc.id, doc.text)
    lookups = _Lookups(vocabulary)
    cases = [_case(item, texts[item.gold.mention.document_id], lookups) for item in scored if not item.right]
    return tuple(sorted(cases, key=lambda case: -case.probability))


def count_causes(cases: Iterable[ErrorCase]) -> tuple[tuple[Step, Kind, int], ...]:
    """Count errors by step and kind, the commonest first, ties by name."""
    counts = Counter((case.step, case.kind) for case in cases)
    return tuple((*cause, n) for cause, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


class _Lookups:
    """The vocabulary's answers, remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._names = _remember(vocabulary.names)
        self._parents = _remember(vocabulary.parents)
        self.holders = _remember(vocabulary.holders)
        self.knows_holders = vocabulary.holders is not None
        self._ancestors: dict[str, frozenset[str]] = {}

    def with_names(self, ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((id_, next(iter(self._names(id_)), "")) for id_ in ids)

    def ancestors(self, concept_id: str) -> frozenset[str]:
        if concept_id not in self._ancestors:
            above: set[str] = set()
            level = {concept_id}
            for _ in range(GENERATIONS):
                level = {parent for id_ in level for parent in self._parents(id_)}
                above |= level
            self._ancestors[concept_id] = frozenset(above - {concept_id})
        return self._ancestors[concept_id]


def _remember(
    function: Callable[[str], tuple[str, ...]] | None,
) -> Callable[[str], tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}

    def answer(key: str) -> tuple[str, ...]:
        if function is None:
            return ()
        if key not in known:
            known[key] = function(key)
        return known[key]

    return answer


def _case(item: Scored, text: str, lookups: _Lookups) -> ErrorCase:
    mention = item.gold.mention
    start, end = mention.spans[0].start, mention.spans[-1].end
    return ErrorCase(
        mention=mention,
        gold=lookups.with_names(item.gold.ids or item.gold.written_ids),
        predicted=lookups.with_names(item.predicted),
        probability=item.probability,
        rank=None if item.rank == math.inf else int(item.rank),
        step=_step(item),
        kind=_kind(item, lookups),
        before=text[max(0, start - CONTEXT_CHARACTERS) : start],
        after=text[end : end + CONTEXT_CHARACTERS],
    )


def _step(item: Scored) -> Step:
    decision = item.decision
    if decision is None:
        return "no decision"
    if isinstance(decision.verdict, Failed):
        return "failed"
    if not item.gold.ids:
        return "gold not in knowledge base"
    linked = isinstance(decision.verdict, Linked)
    if linked and not decision.candidates:
        return "candidates not given"
    if item.rank == math.inf:
        return "missed by retrieval"
    if not linked:
        return "answered none"
    return "lost by re-ranker" if decision.stage == "reranked" else "not first in retrieval"


def _kind(item: Scored, lookups: _Lookups) -> Kind:
    gold, text = item.gold.ids, item.gold.mention.text
    if any(id_ in lookups.ancestors(g) for id_ in item.predicted for g in gold):
        return "too broad"
    if any(g in lookups.ancestors(id_) for id_ in item.predicted for g in gold):
        return "too narrow"
    if _homonym(item, lookups):
        return "homonym"
    if item.gold.composite:
        return "composite"
    return "abbreviation" if looks_like_abbreviation(text) else "other"


def _homonym(item: Scored, lookups: _Lookups) -> bool:
    if lookups.knows_holders:
        holders = lookups.holders(item.gold.mention.text)
        return any(id_ in holders for id_ in item.predicted) and any(id_ in holders for id_ in item.gold.ids)
    if item.decision is None or not item.predicted or item.rank == math.inf:
        return False
    return any(c.concept_id in item.predicted and c.homonyms > 1 for c in item.decision.candidates)
