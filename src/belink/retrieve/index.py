"""The lexical index of a knowledge base: built once, swapped in whole, opened by memory map."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from belink.errors import KnowledgeBaseError
from belink.kb.folder import own_name, remove_dead
from belink.kb.indexes import index_places, read_index_manifest
from belink.retrieve.postings import NameArrays, read_arrays, write_arrays
from belink.retrieve.postings_update import is_whole, update_arrays
from belink.retrieve.variants import fold

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Progress = Callable[[str, int, int], None]
"""Told of long work: what is done, how much of it, out of how much."""

FORMAT = 2
"""Grows with any change to the arrays or to what `fold` and `normalise` give."""

_MANIFEST = "manifest.json"
_STEP = "indexing names"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """An open index; safe to share between threads.

    Attributes:
        folder: where it lies.
        fingerprint: of the knowledge base it was built from.
        arrays: mapped into memory, read-only.
    """

    folder: Path
    fingerprint: str
    arrays: NameArrays


def build_index(kb: KnowledgeBase, folder: Path | str, progress: Progress | None = None) -> LexicalIndex:
    """Build the index of a knowledge base in a folder, in place of what lies there.

    It is written beside the folder and swapped in by rename: a run that is interrupted leaves nothing
    behind and the old index as it was; what one that was killed left is removed by the next. The same
    knowledge base gives the same bytes, whether the folder holds the index of an earlier state, of which only
    new names are then taken apart, or nothing.

    Raises:
        KnowledgeBaseError: the folder cannot be written, or the disk is full.
    """
    folder = Path(folder)
    draft = folder.with_name(own_name(f".{folder.name}."))
    total = 3 * kb.name_count

    def report(done: int) -> None:
        if progress is not None:
            progress(_STEP, done, total)

    def names() -> Iterator[str]:
        return map(fold, kb.norms())

    try:
        draft.mkdir(parents=True)
        remove_dead(folder.parent, f".{folder.name}.")
        earlier = _earlier(folder)
        if earlier is None:
            write_arrays(draft, names, report)
        else:
            update_arrays(draft, earlier, names, report)
        manifest = {"format": FORMAT, "fingerprint": kb.fingerprint, "rows": kb.name_count}
        (draft / _MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        _swap_in(draft, folder)
    except OSError as error:
        raise KnowledgeBaseError(
            f"cannot write the name index {folder}: {error.strerror or error}; free space or choose another"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return open_index(folder, kb)


def open_index(folder: Path | str, kb: KnowledgeBase) -> LexicalIndex:
    """Open the index of a knowledge base.

    Raises:
        KnowledgeBaseError: the folder holds no index, a damaged one, or one of another state of the
            knowledge base or of another version of BeLink.
    """
    folder = Path(folder)
    found = _read_manifest(folder)
    if found.get("format") != FORMAT or found.get("fingerprint") != kb.fingerprint:
        raise KnowledgeBaseError(
            f"stale name index {folder}: it has format {found.get('format')} and knowledge base "
            f"{found.get('fingerprint')}, expected {FORMAT} and {kb.fingerprint}; "
            "delete the folder, and the next run builds it again"
        )
    try:
        arrays = read_arrays(folder)
    except (OSError, ValueError) as error:
        raise KnowledgeBaseError(
            f"damaged name index {folder}: {error}; delete the folder, and the next run builds it again"
        ) from error
    return LexicalIndex(folder, kb.fingerprint, arrays)


def ensure_index(
    kb: KnowledgeBase, progress: Progress | None = None, *, cache: Path | None = None
) -> LexicalIndex:
    """Open the index of a knowledge base, building it first where it is missing or stale.

    It lies in `index/lexical` within the knowledge base's folder, or, where that cannot be written, in
    the cache under the knowledge base's fingerprint.

    Args:
        kb: the knowledge base.
        progress: told of the building.
        cache: folder of caches; None takes the user's.

    Raises:
        KnowledgeBaseError: neither place can be written.
    """
    inside, cached = index_places(kb, "lexical", cache)
    for folder in (inside, cached):
        if (folder / _MANIFEST).is_file():
            try:
                found = open_index(folder, kb)
                remove_dead(folder.parent, f".{folder.name}.")
                return found
            except KnowledgeBaseError as error:
                _log.info("building the name index again: %s", error)
    try:
        return build_index(kb, inside, progress)
    except KnowledgeBaseError as error:
        _log.info("building the name index in the cache instead: %s", error)
        return build_index(kb, cached, progress)


def _earlier(folder: Path) -> NameArrays | None:
    """Give the arrays of an index of another state; None where there is none, or it is damaged."""
    try:
        if _read_manifest(folder).get("format") != FORMAT:
            return None
        arrays = read_arrays(folder)
    except (KnowledgeBaseError, OSError, ValueError):
        return None
    return arrays if is_whole(arrays) else None


def _read_manifest(folder: Path) -> dict[str, object]:
    return read_index_manifest(folder / _MANIFEST, "name index", "the next run builds it")


def _swap_in(draft: Path, folder: Path) -> None:
    """Put a finished folder in its place; the old one goes aside first and is then removed."""
    aside = folder.with_name(own_name(f".{folder.name}."))
    if folder.exists():
        folder.rename(aside)
    draft.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
