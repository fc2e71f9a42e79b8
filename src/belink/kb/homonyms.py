"""Tell apart concepts that share a name."""

from __future__ import annotations

from collections.abc import Sequence

from belink.kb.store import KnowledgeBase, Name
from belink.text.normalise import normalise
from belink.types import Concept

_MANY = 100


def display(kb: KnowledgeBase, names: Sequence[Name]) -> list[str]:
    """Write each name so that it tells its concept from the others that share the name.

    A name that is unique stands alone, or as "alias (preferred name)" where it is not the preferred one. A
    homonym gets the first of these that no other concept with the name shares: the preferred name, the
    organism, an alias, a parent; where none differs, or more than `_MANY` concepts share it, the id.

    >>> display(kb, kb.find(["nat"])[0])                              # doctest: +SKIP
    ['Nat (Aanat, NCBITaxon:10090)', 'NAT (NAT1, NCBITaxon:9606)']
    """
    return [_display(kb, name) for name in names]


def homonyms_of(kb: KnowledgeBase, name: Name) -> tuple[str, ...]:
    """Give the ids of the other concepts that share a name, sorted."""
    if name.homonyms == 1:
        return ()
    rows = kb.find_rows([normalise(name.alias)])[0]
    return tuple(sorted(set(kb.concept_ids(kb.name_concepts[rows])) - {name.concept_id}))


def _display(kb: KnowledgeBase, name: Name) -> str:
    if name.homonyms > _MANY:
        return f"{name.alias} ({name.concept_id})"
    alone = name.alias if name.scope == "preferred" else f"{name.alias} ({name.concept_name})"
    if name.homonyms == 1:
        return alone
    concept = kb.concept(name.concept_id)
    others = [other for each in homonyms_of(kb, name) if (other := kb.concept(each)) is not None]
    if concept is None or not others:
        return alone
    if concept.taxon and any(other.taxon != concept.taxon for other in others):
        within = [other for other in others if other.taxon == concept.taxon]
        own = _distinction(kb, concept, within, name.alias) if within else ""
        before = own or ("" if name.scope == "preferred" else concept.name)
        return f"{name.alias} ({', '.join(filter(None, (before, concept.taxon)))})"
    return f"{name.alias} ({_distinction(kb, concept, others, name.alias) or concept.id})"


def _distinction(kb: KnowledgeBase, concept: Concept, others: Sequence[Concept], alias: str) -> str:
    """Give what this concept has and none of the others: a name or a parent's name; "" if nothing."""
    taken = {normalise(each) for other in others for each in _names(other)} | {normalise(alias)}
    for name in _names(concept):
        if normalise(name) not in taken:
            return name
    elsewhere = {parent for other in others for parent in kb.parents(other.id)}
    for parent in kb.parents(concept.id):
        if parent not in elsewhere:
            return kb.concept_names(list(kb.ordinals([parent]).values()))[0]
    return ""


def _names(concept: Concept) -> tuple[str, ...]:
    return concept.name, *(alias.text for alias in concept.aliases)
