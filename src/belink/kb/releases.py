"""What changed between two releases of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from belink.kb.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Added:
    """A concept that the old release does not have."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Retired:
    """A concept that is gone, and that nothing replaces."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MergedInto:
    """A concept whose id now stands for others; several where it was split."""

    id: str
    name: str
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """A concept with another preferred name."""

    id: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A concept with other parents, merged parents taken for what they were merged into."""

    id: str
    name: str
    old_parents: tuple[str, ...]
    new_parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewHomonym:
    """A normalised name that several concepts now share and that none or one had before."""

    name: str
    concept_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, each list sorted by id (homonyms by name)."""

    added: tuple[Added, ...] = ()
    retired: tuple[Retired, ...] = ()
    merged: tuple[MergedInto, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    moved: tuple[Moved, ...] = ()
    new_homonyms: tuple[NewHomonym, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change means for the links to one concept.

    `count` is how often the id was given; `current` the ids it stands for now, empty where it is retired
    or unknown to both releases.
    """

    id: str
    change: Literal["retired", "merged", "renamed", "moved", "unknown"]
    current: tuple[str, ...]
    old_name: str
    new_name: str
    count: int


_Outline = tuple[str, str, tuple[str, ...]]


def diff(old: KnowledgeBase, new: KnowledgeBase) -> Diff:
    """Compare two releases; equal ones give empty lists."""
    added: list[Added] = []
    retired: list[Retired] = []
    merged: list[MergedInto] = []
    renamed: list[Renamed] = []
    moved: list[Moved] = []
    for before, after in _side_by_side(old.outline(), new.outline()):
        if before is None and after is not None:
            added.append(Added(after[0], after[1]))
        elif before is not None and after is None:
            into = new.resolve(before[0])
            if into:
                merged.append(MergedInto(before[0], before[1], into))
            else:
                retired.append(Retired(before[0], before[1]))
        elif before is not None and after is not None:
            if before[1] != after[1]:
                renamed.append(Renamed(before[0], before[1], after[1]))
            if _moved(before[2], after[2], new):
                moved.append(Moved(after[0], after[1], before[2], after[2]))
    homonyms = _new_homonyms(old, new)
    return Diff(tuple(added), tuple(retired), tuple(merged), tuple(renamed), tuple(moved), homonyms)


def impact(old: KnowledgeBase, new: KnowledgeBase, concept_ids: Iterable[str]) -> tuple[Impact, ...]:
    """Tell which links are affected by going from one release to another.

    Args:
        old: the release the links were made with.
        new: the release to go to.
        concept_ids: the id of every link, repeated as often as it was given.

    Returns:
        The ids with a change, sorted; an id neither release knows has the change "unknown".
    """
    counts: dict[str, int] = {}
    for concept_id in concept_ids:
        counts[concept_id] = counts.get(concept_id, 0) + 1
    found = (_impact(old, new, concept_id, count) for concept_id, count in sorted(counts.items()))
    return tuple(each for each in found if each is not None)


def _impact(old: KnowledgeBase, new: KnowledgeBase, concept_id: str, count: int) -> Impact | None:
    before, after, current = old.concept(concept_id), new.concept(concept_id), new.resolve(concept_id)
    old_name = before.name if before else ""
    if before is None and after is None:
        return Impact(concept_id, "unknown", (), "", "", count)
    if not current:
        return Impact(concept_id, "retired", (), old_name, "", count)
    new_name = "; ".join(new.concept_names(sorted(new.ordinals(current).values())))
    if current != (concept_id,):
        return Impact(concept_id, "merged", current, old_name, new_name, count)
    if before is None or after is None or before.replaced_by is not None:
        return None
    if before.name != after.name:
        return Impact(concept_id, "renamed", current, old_name, new_name, count)
    if _moved(before.parents, after.parents, new):
        return Impact(concept_id, "moved", current, old_name, new_name, count)
    return None


def _side_by_side(
    old: Iterator[_Outline], new: Iterator[_Outline]
) -> Iterator[tuple[_Outline | None, _Outline | None]]:
    """Pair two lists sorted by id."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before[0] < after[0]):
            yield before, None
            before = next(old, None)
        elif before is None or after[0] < before[0]:
            yield None, after
            after = next(new, None)
        else:
            yield before, after
            before, after = next(old, None), next(new, None)


def _moved(before: tuple[str, ...], after: tuple[str, ...], new: KnowledgeBase) -> bool:
    if before == after:
        return False
    return {each for parent in before for each in new.resolve(parent) or (parent,)} != set(after)


def _new_homonyms(old: KnowledgeBase, new: KnowledgeBase) -> tuple[NewHomonym, ...]:
    before, after = _shared_keys(old), _shared_keys(new)
    fresh = np.setdiff1d(after, before, assume_unique=True)
    rows = new.arrays["norm-row"][np.searchsorted(new.arrays["norm-key"], fresh)]
    norms = sorted(new.norms_at(rows))
    found = zip(norms, new.find(norms), strict=True)
    return tuple(
        NewHomonym(norm, tuple(dict.fromkeys(name.concept_id for name in names))) for norm, names in found
    )


def _shared_keys(kb: KnowledgeBase) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Give the keys of the norms that several concepts share, ascending."""
    shared = kb.arrays["name-homonyms"][kb.arrays["norm-row"]] > 1
    return np.unique(kb.arrays["norm-key"][shared])
