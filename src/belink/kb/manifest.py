"""The manifest of a knowledge base: what is in its folder, and where it came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.problems import ProblemCount
from belink.kb.records import SourceInfo

MANIFEST = "manifest.json"
SCHEMA = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a knowledge base says of itself.

    Attributes:
        schema: version of the layout of the folder.
        belink: version of BeLink that built it.
        created: ISO 8601 time in UTC.
        fingerprint: hash of the content (ids, names, scopes, sources and languages of names, definitions,
            types, parents, xrefs, taxa, retirements); equal for equal content whatever was built when.
        data: name of the folder, inside the knowledge base's, that holds the columns.
        sources: what it was built from, in order of precedence.
        vocabularies: every source of a name; `Name.source` is one of these.
        languages: every language of a name, and first "" for names of no stated one.
        recipe: how to read the sources again: options of the command line, as JSON; "" if built in memory.
        concepts, names, retired: how many there are.
        homonyms: how many normalised names several concepts share.
        dangling_parents: how many links lead to a parent that is not in the knowledge base.
        cyclic_parents: how many links to parents were left out because they close a cycle.
        unused_retirements: how many retired ids were left out because the id is a current concept.
        problems: faults counted while building leniently.
        files: (name, bytes, sha256) of every file in `data`, sorted by name.
    """

    schema: int
    belink: str
    created: str
    fingerprint: str
    data: str
    sources: tuple[SourceInfo, ...]
    vocabularies: tuple[str, ...]
    languages: tuple[str, ...]
    recipe: str
    concepts: int
    names: int
    homonyms: int
    retired: int
    dangling_parents: int
    cyclic_parents: int
    unused_retirements: int
    problems: tuple[ProblemCount, ...]
    files: tuple[tuple[str, int, str], ...]


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write the manifest as JSON."""
    path.write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a knowledge base's folder.

    Raises:
        KnowledgeBaseError: where there is none, it is damaged, or of another schema version.
    """
    try:
        loaded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise KnowledgeBaseError(
            f"{folder}: no knowledge base here (no {MANIFEST});"
            f" build one with `belink kb build SOURCE -o {folder}`"
        ) from error
    except ValueError as error:
        raise KnowledgeBaseError(f"{folder / MANIFEST}: not a manifest ({error}); build it again") from error
    if not isinstance(loaded, dict) or loaded.get("schema") != SCHEMA:
        found = loaded.get("schema") if isinstance(loaded, dict) else None
        raise KnowledgeBaseError(
            f"{folder}: built for schema {found}, this BeLink reads schema {SCHEMA};"
            " build it again with `belink kb build`"
        )
    try:
        loaded["sources"] = tuple(SourceInfo(**source) for source in loaded["sources"])
        loaded["vocabularies"] = tuple(loaded["vocabularies"])
        loaded["languages"] = tuple(loaded["languages"])
        loaded["problems"] = tuple(
            ProblemCount(p["kind"], p["count"], tuple(p["examples"])) for p in loaded["problems"]
        )
        loaded["files"] = tuple((name, size, sha256) for name, size, sha256 in loaded["files"])
        return Manifest(**loaded)
    except (KeyError, TypeError, ValueError) as error:
        raise KnowledgeBaseError(f"{folder / MANIFEST}: damaged ({error}); build it again") from error


def describe_file(path: Path) -> tuple[str, int, str]:
    """Give a file's name, size in bytes and sha256."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return path.name, path.stat().st_size, digest


def verify(path: Path) -> tuple[str, ...]:
    """Check every file of a knowledge base against the manifest's checksums.

    Returns:
        The names of damaged and missing files, sorted; empty where all is well.

    Raises:
        KnowledgeBaseError: where there is no manifest, or it is damaged itself.
    """
    manifest = read_manifest(path)
    damaged = []
    for name, size, digest in manifest.files:
        place = path / manifest.data / name
        if not place.is_file() or describe_file(place) != (name, size, digest):
            damaged.append(name)
    return tuple(damaged)


def check_sizes(path: Path, manifest: Manifest) -> None:
    """Look whether every file of a knowledge base is there and as long as the manifest says.

    Raises:
        KnowledgeBaseError: where one is not.
    """
    for name, size, _ in manifest.files:
        try:
            found = (path / manifest.data / name).stat().st_size
        except OSError as error:
            raise KnowledgeBaseError(f"{path}: {name} is missing; build it again") from error
        if found != size:
            raise KnowledgeBaseError(
                f"{path}: {name} has {found:,} bytes instead of {size:,}; build it again"
            )
