"""Narrows decisions to what is scored: one entity type, or a part of the knowledge base.

A corpus often annotates less than a system finds: diseases alone where the knowledge base has chemicals too,
biological processes alone where it has all of the Gene Ontology. What lies outside is then no error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from belink.evaluate.protocol import GoldMention
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Decision, Linked, Mention


def of_type(decisions: Iterable[Decision], entity_type: str | None, vocabulary: Vocabulary) -> list[Decision]:
    """Keep the decisions of one type; all where `entity_type` is None.

    A decision that names no type is of the types of its concepts; where they have none, or it has no
    concept, it is taken to be of the type asked for.
    """
    if entity_type is None:
        return list(decisions)
    return [
        _typed(decision, entity_type)
        for decision in decisions
        if decision.mention.type == entity_type
        or (decision.mention.type == "" and _may_be(decision, entity_type, vocabulary))
    ]


def _may_be(decision: Decision, entity_type: str, vocabulary: Vocabulary) -> bool:
    if vocabulary.types is None or not isinstance(decision.verdict, Linked):
        return True
    types = {kind for id_ in decision.verdict.concept_ids for kind in vocabulary.types(id_)}
    return not types or entity_type in types


def _typed(decision: Decision, entity_type: str) -> Decision:
    mention = decision.mention
    return replace(decision, mention=replace(mention, type=entity_type)) if not mention.type else decision


@dataclass(frozen=True, slots=True)
class EndToEndScope:
    """What is compared end to end.

    Attributes:
        mentions: gold mentions; without those whose ids are all outside.
        decisions: aligned with nothing; without ids that are outside, and without those that have no other.
        outside: decisions that lost ids.
        lacking: decisions of a type that the gold annotates nowhere; they are false positives.
    """

    mentions: tuple[GoldMention, ...]
    decisions: tuple[Decision, ...]
    outside: tuple[Decision, ...]
    lacking: tuple[Decision, ...]


def end_to_end_scope(
    mentions: Sequence[GoldMention], decisions: Sequence[Decision], vocabulary: Vocabulary
) -> EndToEndScope:
    """Leave out what is outside of the part of the knowledge base that is scored.

    Where a decision names no type, types are not compared at all: mentions and decisions lose theirs.
    """
    outside: list[Decision] = []
    kept: list[Decision] = []
    for decision in decisions:
        inside = _inside(decision, vocabulary)
        if inside != decision:
            outside.append(decision)
        if inside is not None:
            kept.append(inside)
    gold = [item for item in mentions if not _all_outside(item, vocabulary)]
    types = {item.mention.type for item in gold}
    lacking = [d for d in kept if types and d.mention.type and d.mention.type not in types]
    if any(not decision.mention.type for decision in kept):
        gold = [replace(item, mention=_untyped(item.mention)) for item in gold]
        kept = [replace(decision, mention=_untyped(decision.mention)) for decision in kept]
    return EndToEndScope(tuple(gold), tuple(kept), tuple(outside), tuple(lacking))


def _inside(decision: Decision, vocabulary: Vocabulary) -> Decision | None:
    if vocabulary.outside is None or not isinstance(decision.verdict, Linked):
        return decision
    ids = decision.verdict.concept_ids
    inside = tuple(id_ for id_ in ids if not vocabulary.outside(id_))
    if inside == ids:
        return decision
    return replace(decision, verdict=Linked(inside)) if inside else None


def _all_outside(item: GoldMention, vocabulary: Vocabulary) -> bool:
    if vocabulary.outside is None or not item.written_ids:
        return False
    return all(vocabulary.outside(id_) for id_ in item.written_ids)


def _untyped(mention: Mention) -> Mention:
    return replace(mention, type="")


def by_type(scope: EndToEndScope) -> list[tuple[str, list[GoldMention], list[Decision]]]:
    """Give gold mentions and decisions of each type of the gold, sorted; empty where it has one at most."""
    types = sorted({item.mention.type for item in scope.mentions})
    if len(types) < 2:
        return []
    return [
        (
            kind,
            [item for item in scope.mentions if item.mention.type == kind],
            [decision for decision in scope.decisions if decision.mention.type == kind],
        )
        for kind in types
    ]


def narrowed(decisions: Iterable[Decision], types: Collection[str]) -> list[Decision]:
    """Keep the decisions of some types and those that name none; all where `types` is empty."""
    wanted = {*types, ""}
    return [decision for decision in decisions if not types or decision.mention.type in wanted]
