"""The vocabulary that ships inside the package: MeSH diseases and chemicals."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_path

from belink.errors import KnowledgeBaseError
from belink.kb.build import build_sources
from belink.kb.manifest import SCHEMA
from belink.kb.records import Located, Source, SourceInfo
from belink.kb.sources.extras import MeshTree
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept
from belink.version import __version__

RELEASE = "2025"
LICENCE = "MeSH courtesy of the U.S. National Library of Medicine; see ATTRIBUTION.md in belink.kb.data"
_FILE = "mesh-default.tsv.gz"
_STEP = "building the embedded MeSH"


def open_default(
    progress: Callable[[str, int, int], None] | None = None, *, cache: Path | None = None
) -> KnowledgeBase:
    """Open the embedded vocabulary, built into the cache on first use; several processes may do so at once.

    Args:
        progress: told what is done, how many concepts of it, and of how many.
        cache: folder for it; None takes the user's cache.

    Raises:
        KnowledgeBaseError: where the cache cannot be written, or the packaged file is damaged.
    """
    return open_packed(_packed(), cache or user_cache_path("belink") / "kb", progress)


def open_packed(
    packed: bytes, cache: Path, progress: Callable[[str, int, int], None] | None = None
) -> KnowledgeBase:
    """Open a packed table of the form of the packaged one, built into `cache` on first use."""
    folder = cache / f"mesh-{__version__}-{SCHEMA}-{hashlib.sha256(packed).hexdigest()[:12]}"
    if folder.exists():
        try:
            return KnowledgeBase.open(folder)
        except KnowledgeBaseError:
            shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as scratch:
            draft = Path(scratch) / "kb"
            _build(packed, draft, progress)
            try:
                draft.rename(folder)
            except OSError:
                if not folder.exists():  # else another process was first: its build is as good as ours
                    raise
    except OSError as error:
        raise KnowledgeBaseError(
            f"{folder.parent}: the embedded vocabulary cannot be built there ({error.strerror or error});"
            " make it writable, or build a knowledge base elsewhere and name it with --kb"
        ) from error
    return KnowledgeBase.open(folder)


def default_source() -> Source:
    """Give the packaged table as a source for `build_sources`."""
    return _source(_packed())


def _build(packed: bytes, out: Path, progress: Callable[[str, int, int], None] | None) -> None:
    total = gzip.decompress(packed).count(b"\n") - 1
    done = 0

    def report(count: int) -> None:
        nonlocal done
        done = min(done + count, total)
        if progress is not None:
            progress(_STEP, done, total)

    report(0)
    build_sources([_source(packed)], out, progress=report)
    report(total)


def _source(packed: bytes) -> Source:
    digest = hashlib.sha256(packed).hexdigest()
    return Source(SourceInfo("MeSH", RELEASE, LICENCE, _FILE, digest, "mesh-default"), _records(packed))


def _records(packed: bytes) -> Iterator[Located]:
    try:
        lines = gzip.decompress(packed).decode("utf-8").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise KnowledgeBaseError(f"{_FILE}: the packaged file is damaged; install BeLink again") from error
    rows = [line.split("\t") for line in lines[1:]]
    tree = MeshTree()
    for identifier, _, _, numbers, _ in rows:
        tree.add(identifier, tuple(numbers.split("|")) if numbers else ())
    for line, (identifier, name, synonyms, numbers, maps_to) in enumerate(rows, start=2):
        above = maps_to.split(",") if maps_to else tree.parents(tuple(numbers.split("|")))
        concept = Concept(
            f"MESH:{identifier}",
            name,
            tuple(Alias(text) for text in synonyms.split("|") if text),
            types=tree.types[identifier] if numbers else ("Disease",),
            parents=tuple(sorted(f"MESH:{each}" for each in above)),
        )
        yield Located(concept, line)


def _packed() -> bytes:
    try:
        return files("belink.kb").joinpath("data", _FILE).read_bytes()
    except OSError as error:
        raise KnowledgeBaseError(f"{_FILE}: not in the installed package; install BeLink again") from error
