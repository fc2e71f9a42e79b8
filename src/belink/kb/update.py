"""Bring a knowledge base to a new release of its sources, keeping what the user added."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from belink.kb.additions import USER, Entry, add_entries, meant, with_entries
from belink.kb.build import build_sources
from belink.kb.folder import own_name, remove_dead, remove_dead_data, swap_in
from belink.kb.manifest import Manifest
from belink.kb.problems import Problems
from belink.kb.records import NO_FILTER, Filter, Record, Source, SourceInfo
from belink.kb.releases import Diff, diff
from belink.kb.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did.

    Attributes:
        manifest: of the knowledge base as it is now.
        changes: against what it was before.
        new_names: number of normalised names that were not there before, for dense indexes to embed.
    """

    manifest: Manifest
    changes: Diff
    new_names: int


def update(
    path: Path,
    sources: Sequence[Source],
    *,
    problems: Problems | None = None,
    keep: Filter = NO_FILTER,
    recipe: str = "",
    entries: Sequence[Entry] = (),
    progress: Callable[[int], None] | None = None,
) -> Update:
    """Build a knowledge base anew from newer sources and put it in the old one's place.

    The user's additions (`additions`) are merged in again. Indexes in the folder stay; each tells by the
    fingerprint that it is stale, and is renewed when it is next needed.

    Args:
        path: the knowledge base.
        sources: as for `build_sources`; further arguments too.
        problems: as for `build_sources`.
        keep: as for `build_sources`.
        recipe: as for `build_sources`.
        entries: what the user adds now; they are written to the additions if the build succeeds with them.
        progress: as for `build_sources`.

    Raises:
        KnowledgeBaseError: where there is no knowledge base to update, or as `build_sources`; the old one
            then stays as it was.
    """
    old = KnowledgeBase.open(path)
    begin = f".{path.name}-"
    remove_dead_data(path)
    remove_dead(path.parent, begin)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=own_name(begin)) as scratch:
        draft = Path(scratch) / "kb"
        manifest = build_sources(
            sources,
            draft,
            problems=problems,
            keep=keep,
            recipe=recipe,
            additions=with_entries(path, entries),
            progress=progress,
        )
        new = KnowledgeBase.open(draft)
        changes = diff(old, new)
        new_names = len(np.setdiff1d(new.arrays["norm-key"], old.arrays["norm-key"]))
        if entries:
            add_entries(path, entries)
        swap_in(draft / manifest.data, path, manifest)
    return Update(manifest, changes, new_names)


def rebuild(
    path: Path, entries: Sequence[Entry] = (), *, progress: Callable[[int], None] | None = None
) -> Update:
    """Build a knowledge base anew from its own content, so that additions take effect.

    A name or concept that was left out by an earlier denial comes back only with `update`.

    Args:
        path: the knowledge base.
        entries: further additions.
        progress: as for `build_sources`.

    Raises:
        KnowledgeBaseError: where there is no knowledge base, nothing would be left of it, or an entry is
            faulty; the additions then stay as they were.
    """
    kb = KnowledgeBase.open(path)
    sources = [_own_source(kb, info) for info in kb.manifest.sources]
    return update(path, sources, recipe=kb.manifest.recipe, entries=meant(kb, entries), progress=progress)


def _own_source(kb: KnowledgeBase, info: SourceInfo) -> Source:
    """Give the concepts that a source named, without the user's names; the first source has the rest."""
    preferred = kb.arrays["name-source"][kb.arrays["concept-row"][:-1]]
    names = kb.manifest.vocabularies
    first = info == kb.manifest.sources[0]
    own = np.array([name == info.name for name in names])[preferred]
    if first:
        others = {source.name for source in kb.manifest.sources} | {USER}
        own |= np.array([name not in others for name in names])[preferred]
    return Source(info, _records(kb, own, first), "concepts" if own.any() else "additions")


def _records(kb: KnowledgeBase, own: npt.NDArray[np.bool_], first: bool) -> Iterator[Record]:
    for concept, is_own in zip(kb.concepts(), own.tolist(), strict=True):
        if is_own:
            yield replace(concept, aliases=tuple(alias for alias in concept.aliases if alias.source != USER))
    if first:
        yield from kb.retirements()
