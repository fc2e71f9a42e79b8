"""Build a knowledge base from the records of its sources.

A knowledge base is a folder with a manifest and one sub-folder of columns (see `columns`). A build writes
a new sub-folder, then puts a new manifest that names it in the old one's place by one rename: a build
that fails, or is killed, leaves the old knowledge base as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.additions import (
    Entry,
    denied_ids,
    denied_names,
    read_additions,
    stage_additions,
    without_denied,
)
from belink.kb.folder import new_data_folder, swap_in
from belink.kb.manifest import SCHEMA, Manifest, describe_file
from belink.kb.merging import Merged, passes
from belink.kb.problems import Problems
from belink.kb.records import NO_FILTER, Filter, Record, Source, SourceInfo
from belink.kb.staging import ADDED_TO_NONE, Staging
from belink.kb.writer import Written, write_columns
from belink.version import __version__


def build(
    records: Iterable[Record],
    out: Path,
    *,
    sources: Sequence[SourceInfo] = (),
    lenient: bool = False,
    keep: Filter = NO_FILTER,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Build a knowledge base from one stream of records; see `build_sources`.

    Args:
        records: read once.
        out: the folder to make, or whose knowledge base to replace.
        sources: at most one description of where the records come from.
        lenient: count faults in the manifest instead of refusing the first one.
        keep: which concepts to take up.
        progress: called now and then with how many records were read since the last call.

    Raises:
        KnowledgeBaseError: as `build_sources`; or where several descriptions are given.
    """
    if len(sources) > 1:
        raise KnowledgeBaseError(f"{len(sources)} sources for one stream of records; use build_sources")
    info = sources[0] if sources else SourceInfo("memory")
    return build_sources(
        [Source(info, records)], out, problems=Problems(lenient), keep=keep, progress=progress
    )


def build_sources(
    sources: Sequence[Source],
    out: Path,
    *,
    problems: Problems | None = None,
    keep: Filter = NO_FILTER,
    recipe: str = "",
    additions: Sequence[Entry] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Build a knowledge base from several sources; an earlier source goes before a later one.

    Records of the same concept in several sources are merged (`staging.Staging.concepts`). Memory is
    bounded by the number of names (some 60 bytes each), not by their text.

    Args:
        sources: read in order, each once.
        out: the folder to make, or whose knowledge base to replace.
        problems: takes faults; None refuses the first. The readers may report to the same object.
        keep: which concepts to take up.
        recipe: how to read the sources again, kept in the manifest for `kb update`.
        additions: what the user adds or bans; None takes what `out` has in `additions.jsonl`.
        progress: called now and then with how many records were read since the last call.

    Returns:
        The manifest that was written.

    Raises:
        KnowledgeBaseError: at a faulty record (file and line named where known), a cycle among parents or
            replacements, when no concept is left, or when `out` is something else than a knowledge base.
    """
    problems = problems or Problems()
    data = new_data_folder(out)
    try:
        entries = read_additions(out) if additions is None else additions
        scratch = data / "staging.sqlite"
        with closing(Staging(scratch, problems)) as staging:
            for source in sources:
                if not staging.add(source, progress) and source.role == "concepts":
                    place = source.info.path or source.info.name
                    raise KnowledgeBaseError(f"{place}: holds no concept; is it the right file and format?")
            stage_additions(staging, entries)
            names = [source.info.name for source in sources]
            written = write_columns(
                _kept(staging, keep, entries, problems),
                staging.retirements(),
                data,
                names,
                problems,
                staging.place,
            )
        scratch.unlink()
        if not written.concepts:
            raise KnowledgeBaseError(_nothing_left(sources, keep, problems))
        manifest = _manifest(written, data, [source.info for source in sources], recipe, problems)
        swap_in(data, out, manifest)
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        raise
    return manifest


def _kept(staging: Staging, keep: Filter, entries: Sequence[Entry], problems: Problems) -> Iterator[Merged]:
    keep = _current(keep, staging, problems)
    below = staging.under(keep.under) if keep.under else frozenset()
    banned, banned_names = denied_ids(entries), denied_names(entries)
    for merged in staging.concepts():
        if merged.concept.id in banned or (keep and not passes(merged, keep, below)):
            continue
        left = without_denied(merged, banned_names) if banned_names else merged
        if left is not None:
            yield left


def _current(keep: Filter, staging: Staging, problems: Problems) -> Filter:
    """Put current ids in the place of retired ones; count the ids to allow or deny that no source has."""
    for identifier in sorted(keep.allow | keep.deny):
        if not staging.current(identifier):
            problems.count("id to allow or deny without concept", f"no source has a concept {identifier}")

    def resolved(ids: frozenset[str]) -> frozenset[str]:
        return frozenset(current for each in ids for current in staging.current(each) or (each,))

    return replace(keep, under=resolved(keep.under), allow=resolved(keep.allow), deny=resolved(keep.deny))


def _nothing_left(sources: Sequence[Source], keep: Filter, problems: Problems) -> str:
    names = ", ".join(source.info.path or source.info.name for source in sources)
    reason = "none passes the filter" if keep else "none is given"
    if not keep and problems.has(ADDED_TO_NONE):
        reason = (
            "they only add names to concepts of other sources, as a table without a column of preferred "
            "names does; give these sources too, or name the column with --columns name=HEADER"
        )
    return f"no concept left of {names}: {reason}"


def _manifest(
    written: Written, data: Path, infos: Sequence[SourceInfo], recipe: str, problems: Problems
) -> Manifest:
    return Manifest(
        schema=SCHEMA,
        belink=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        fingerprint=written.fingerprint,
        data=data.name,
        sources=tuple(infos),
        vocabularies=written.vocabularies,
        languages=written.languages,
        recipe=recipe,
        concepts=written.concepts,
        names=written.names,
        homonyms=written.homonyms,
        retired=written.retired,
        dangling_parents=written.dangling_parents,
        cyclic_parents=written.cyclic_parents,
        unused_retirements=written.unused_retirements,
        problems=problems.counts(),
        files=tuple(describe_file(path) for path in sorted(data.iterdir())),
    )
