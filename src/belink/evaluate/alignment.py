"""Finds the decision that belongs to each gold mention, and says what does not fit.

A decision belongs to the gold mention of the same document, the same spans and the same type (a
decision without a type fits any). If several do, the first in the order of the decisions counts; the
others are reported. A gold mention without a decision is scored as wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from belink.evaluate.protocol import GoldMention
from belink.evaluate.vocabulary import CurrentIds
from belink.types import Decision, Document, Failed, Linked, Mention, Span

ProblemKind = Literal[
    "empty gold",
    "no gold in knowledge base",
    "repeated gold document",
    "repeated gold annotation",
    "gold document without decisions",
    "gold mention without decision",
    "failed decision",
    "decision of unknown document",
    "shifted offsets",
    "different boundaries",
    "different type",
    "different text",
    "decision without gold mention",
    "repeated decision",
    "unknown predicted id",
    "probability out of range",
    "type that the gold lacks",
    "outside what is scored",
]

MEANING: dict[ProblemKind, str] = {
    "empty gold": "the gold has no annotation to score (of the type asked for)",
    "no gold in knowledge base": "no gold id is in the knowledge base: is it the right one for this corpus?",
    "repeated gold document": "document ids that come more than once; their annotations were merged",
    "repeated gold annotation": "annotations with the spans and type of another; merged, with all their ids",
    "gold document without decisions": "documents with gold and no decision; their mentions count as wrong",
    "gold mention without decision": "mentions counted as wrong because nothing was decided on them",
    "failed decision": "decisions that are failures; counted as wrong",
    "decision of unknown document": "decisions for documents that the gold does not hold; not scored",
    "shifted offsets": "decisions a few characters off a gold mention with the same text; not scored",
    "different boundaries": "decisions that overlap a gold mention without its exact spans; not scored",
    "different type": "decisions with the spans of a gold mention and another type; not scored",
    "different text": "decisions whose text is not that of the gold mention with the same spans; scored",
    "decision without gold mention": "decisions where the gold has nothing; not scored",
    "repeated decision": "further decisions on a mention; the first one was scored",
    "unknown predicted id": "predicted ids that the knowledge base lacks (another vocabulary?); wrong",
    "probability out of range": "probabilities outside [0, 1]; taken as the nearer end, NaN as 0",
    "type that the gold lacks": "decisions of types that the gold annotates nowhere; false positives, "
    "unless --type says what to score",
    "outside what is scored": "decisions on concepts that the filters leave out; those ids were passed over",
}
MEANING_END_TO_END: dict[ProblemKind, str] = {
    "decision of unknown document": "decisions for documents that the gold does not hold; false positives",
    "shifted offsets": "decisions a few characters off a gold mention with the same text; right for overlap "
    "at most",
    "different boundaries": "decisions that overlap a gold mention without its exact spans; right for "
    "overlap at most",
    "different type": "decisions with the spans of a gold mention and another type; false positives",
    "decision without gold mention": "decisions where the gold has nothing; false positives",
}
"""What is scored otherwise than with given spans."""
MAX_EXAMPLES = 5
MAX_SHIFT = 5


@dataclass(frozen=True, slots=True)
class DataProblem:
    """A kind of misfit between gold and decisions, with how often it was met and the first few cases.

    `end_to_end` tells that the system's own spans were scored.
    """

    kind: ProblemKind
    count: int
    examples: tuple[str, ...]
    end_to_end: bool = False

    @property
    def meaning(self) -> str:
        """Say what the problem is and how it was scored."""
        other = MEANING_END_TO_END.get(self.kind) if self.end_to_end else None
        return other or MEANING[self.kind]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Decisions beside the gold.

    Attributes:
        decisions: for each gold mention its decision or None; aligned with the gold mentions.
        problems: what did not fit, in the order of `ProblemKind`.
        n_decisions: number of decisions read (of the type asked for).
    """

    decisions: tuple[Decision | None, ...]
    problems: tuple[DataProblem, ...]
    n_decisions: int


@dataclass(slots=True)
class _Problems:
    counts: dict[ProblemKind, int] = field(default_factory=lambda: defaultdict(int))
    examples: dict[ProblemKind, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: ProblemKind, example: str) -> None:
        self.counts[kind] += 1
        if len(self.examples[kind]) < MAX_EXAMPLES:
            self.examples[kind].append(example)

    def listed(self) -> tuple[DataProblem, ...]:
        return tuple(
            DataProblem(kind, self.counts[kind], tuple(self.examples[kind]))
            for kind in MEANING
            if self.counts.get(kind)
        )


def align(
    gold: Sequence[Document],
    mentions: Sequence[GoldMention],
    decisions: Iterable[Decision],
    current: CurrentIds,
) -> Alignment:
    """Find each gold mention's decision.

    Args:
        gold: the documents the mentions are from.
        mentions: all gold mentions of the documents, scored or not (`protocol.gold_mentions`).
        decisions: in any order.
        current: to tell predicted ids that the knowledge base lacks.
    """
    problems = _Problems()
    _look_at_gold(gold, mentions, problems)
    by_place: dict[tuple[str, tuple[Span, ...]], list[GoldMention]] = defaultdict(list)
    by_document: dict[str, list[GoldMention]] = {doc.id: [] for doc in gold}
    for item in mentions:
        by_place[item.mention.document_id, item.mention.spans].append(item)
        by_document[item.mention.document_id].append(item)
    found: dict[int, Decision] = {}
    unplaced: list[Decision] = []
    n_decisions = 0
    documents_with_decisions = set()
    for decision in decisions:
        n_decisions += 1
        _look_at_verdict(decision, current, problems)
        mention = decision.mention
        documents_with_decisions.add(mention.document_id)
        same_place = by_place.get((mention.document_id, mention.spans), [])
        fitting = [item for item in same_place if mention.type in (item.mention.type, "")]
        if not fitting:
            unplaced.append(decision)
        for item in fitting:
            _place(decision, item, found, problems)
    for item in mentions:
        if id(item) not in found and item.mention.document_id in documents_with_decisions:
            problems.add("gold mention without decision", _show(item.mention))
    for document_id, items in by_document.items():
        if items and document_id not in documents_with_decisions:
            problems.add("gold document without decisions", f"{document_id} ({len(items)} mentions)")
    for decision in unplaced:
        _explain(decision, by_place, by_document, found, problems)
    return Alignment(tuple(found.get(id(item)) for item in mentions), problems.listed(), n_decisions)


def _place(decision: Decision, item: GoldMention, found: dict[int, Decision], problems: _Problems) -> None:
    if id(item) in found:
        problems.add("repeated decision", _show(decision.mention))
        return
    found[id(item)] = decision
    if decision.mention.text != item.mention.text:
        problems.add("different text", f"{_show(decision.mention)}, gold: {item.mention.text!r}")


def _look_at_gold(gold: Sequence[Document], mentions: Sequence[GoldMention], problems: _Problems) -> None:
    seen: set[str] = set()
    for doc in gold:
        if doc.id in seen:
            problems.add("repeated gold document", doc.id)
        seen.add(doc.id)
    for item in mentions:
        if item.annotations > 1:
            problems.add("repeated gold annotation", f"{_show(item.mention)}: {', '.join(item.written_ids)}")
    with_ids = [item for item in mentions if item.written_ids]
    if not mentions:
        problems.add("empty gold", f"{len(gold)} documents")
    elif not any(item.ids for item in with_ids):
        examples = ", ".join(id_ for item in with_ids[:MAX_EXAMPLES] for id_ in item.written_ids)
        problems.add("no gold in knowledge base", examples or "no annotation has an id")


def _look_at_verdict(decision: Decision, current: CurrentIds, problems: _Problems) -> None:
    verdict = decision.verdict
    if isinstance(verdict, Linked):
        for concept_id in verdict.concept_ids:
            if not current.known(concept_id):
                problems.add("unknown predicted id", f"{concept_id}, {_show(decision.mention)}")
    elif isinstance(verdict, Failed):
        problems.add("failed decision", f"{_show(decision.mention)}: {verdict.reason}")
    if not 0 <= decision.probability <= 1:
        problems.add("probability out of range", f"{decision.probability}, {_show(decision.mention)}")


def _explain(
    decision: Decision,
    by_place: dict[tuple[str, tuple[Span, ...]], list[GoldMention]],
    by_document: dict[str, list[GoldMention]],
    found: dict[int, Decision],
    problems: _Problems,
) -> None:
    mention = decision.mention
    shown = _show(mention)
    if mention.document_id not in by_document:
        problems.add("decision of unknown document", shown)
        return
    if same_place := by_place.get((mention.document_id, mention.spans)):
        problems.add("different type", f"{shown}: {mention.type!r}, gold: {same_place[0].mention.type!r}")
        return
    start = mention.spans[0].start
    overlapping = None
    for item in by_document[mention.document_id]:
        shift = start - item.mention.spans[0].start
        if item.mention.text == mention.text and abs(shift) <= MAX_SHIFT and id(item) not in found:
            problems.add("shifted offsets", f"{shown}: {shift:+d} from the gold")
            return
        if overlapping is None and overlap(mention, item.mention):
            overlapping = item.mention
    if overlapping:
        problems.add("different boundaries", f"{shown}, gold: {_show(overlapping)}")
    else:
        problems.add("decision without gold mention", shown)


def overlap(one: Mention, other: Mention) -> bool:
    """Tell whether some span of one mention overlaps some span of the other; symmetric."""
    return any(a.overlaps(b) for a in one.spans for b in other.spans)


def problem_of(kind: ProblemKind, decisions: Sequence[Decision]) -> tuple[DataProblem, ...]:
    """Report decisions that all have one problem; nothing for no decisions."""
    if not decisions:
        return ()
    examples = tuple(f"{_show(d.mention)} ({d.mention.type})" for d in decisions[:MAX_EXAMPLES])
    return (DataProblem(kind, len(decisions), examples),)


def _show(mention: Mention) -> str:
    places = ",".join(f"{span.start}-{span.end}" for span in mention.spans)
    return f"document {mention.document_id} at {places} {mention.text!r}"
