"""Bring a knowledge base to a new release of its sources, keeping what the user added."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from belink.kb.additions import USER, read_additions
from belink.kb.build import build_sources
from belink.kb.folder import swap_in
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
        progress: as for `build_sources`.

    Raises:
        KnowledgeBaseError: where there is no knowledge base to update, or as `build_sources`; the old one
            then stays as it was.
    """
    old = KnowledgeBase.open(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
        draft = Path(scratch) / "kb"
        manifest = build_sources(
            sources,
            draft,
            problems=problems,
            keep=keep,
            recipe=recipe,
            additions=read_additions(path),
            progress=progress,
        )
        new = KnowledgeBase.open(draft)
        changes = diff(old, new)
        new_names = len(np.setdiff1d(new.arrays["norm-key"], old.arrays["norm-key"]))
        swap_in(draft / manifest.data, path, manifest)
    return Update(manifest, changes, new_names)


def rebuild(path: Path, *, progress: Callable[[int], None] | None = None) -> Update:
    """Build a knowledge base anew from its own content, so that additions take effect.

    A name or concept that was left out by an earlier denial comes back only with `update`.

    Raises:
        KnowledgeBaseError: where there is no knowledge base, or nothing would be left of it.
    """
    kb = KnowledgeBase.open(path)
    sources = [_own_source(kb, info) for info in kb.manifest.sources]
    return update(path, sources, recipe=kb.manifest.recipe, progress=progress)


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
