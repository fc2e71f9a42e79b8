"""`belink evaluate --suite`: link and score all corpora of a suite, going on where a run was stopped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import typer

from belink.cli.problems import ProblemLog
from belink.types import Document

if TYPE_CHECKING:
    from belink.config import Settings
    from belink.evaluate.report import Entry
    from belink.evaluate.suite import SuiteEntry
    from belink.kb.store import KnowledgeBase


def run_suite(suite: Path, data: Path, results: Path, settings: Settings, only: Sequence[str]) -> list[Entry]:
    """Score the entries of a suite, those named by `only` or all, each under its protocols.

    Knowledge bases and decisions are kept in `results`: what is there is not made again. Delete a
    `*.decisions.jsonl` to link that entry anew.

    Raises:
        ConfigError: the suite is wrong, or `only` names an entry it does not have.
        InputError: a file of it cannot be read, or training and evaluation data overlap.
    """
    from belink.errors import ConfigError
    from belink.evaluate.suite import load_suite

    entries = load_suite(suite)
    known = [entry.name for entry in entries]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise ConfigError(f"--only {unknown[0]}: the suite has {', '.join(known)}")
    results.mkdir(parents=True, exist_ok=True)
    scored = []
    for entry in entries:
        if not only or entry.name in only:
            scored += _score_entry(entry, data, results, settings)
    return scored


def _score_entry(entry: SuiteEntry, data: Path, results: Path, settings: Settings) -> list[Entry]:
    from belink.cli.run_manifest import peak_memory_mb
    from belink.evaluate.leakage import check_leakage
    from belink.evaluate.report import Entry
    from belink.evaluate.summary import evaluate
    from belink.evaluate.vocabulary import vocabulary_of
    from belink.formats.decisions import read_decisions

    typer.echo(f"belink: {entry.name}", err=True)
    gold, train = entry.documents(data, ProblemLog())
    check_leakage(gold, train, where=entry.name)
    kb = knowledge_base(entry, data, results)
    decisions, timing = entry.decisions_path(results), results / f"{entry.name}.timing.json"
    if not decisions.exists():
        _link(gold, kb, entry, settings, decisions, timing)
    seconds = orjson.loads(timing.read_bytes())["seconds"] if timing.exists() else 0.0
    found = list(read_decisions(decisions))
    return [
        Entry(
            evaluate(
                gold,
                found,
                protocol=protocol,
                vocabulary=vocabulary_of(kb),
                train=train,
                entity_type=entry.type,
                name=entry.name,
            ),
            f"{kb.path.name} {kb.fingerprint[:12]}",
            seconds,
            peak_memory_mb(),
        )
        for protocol in entry.protocols
    ]


def knowledge_base(entry: SuiteEntry, data: Path, results: Path) -> KnowledgeBase:
    """Build the tables of an entry into `results`, or open what was built of the same files."""
    from belink.cli.loading import records_progress
    from belink.kb.build import build_sources
    from belink.kb.problems import Problems
    from belink.kb.recipe import Recipe, open_sources
    from belink.kb.store import KnowledgeBase

    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    state = repr([(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in (*paths, *retired)])
    name = paths[0].name.split(".")[0]
    folder = results / "kb" / f"{name}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        recipe = Recipe(retired=tuple(map(str, retired)), lenient=True)
        problems = Problems(lenient=True)
        with records_progress(f"building {name}") as progress:
            build_sources(
                open_sources(paths, recipe, problems),
                folder,
                problems=problems,
                recipe=recipe.as_json(),
                progress=progress,
            )
    return KnowledgeBase.open(folder)


def _link(
    gold: Sequence[Document],
    kb: KnowledgeBase,
    entry: SuiteEntry,
    settings: Settings,
    decisions: Path,
    timing: Path,
) -> None:
    """Link the mentions that the gold marks, and keep decisions and seconds."""
    from belink.cli.inputs import override
    from belink.cli.loading import load_linker
    from belink.formats.decisions import write_decisions
    from belink.formats.streams import write_atomically

    spans = "detect" if "end-to-end" in entry.protocols else "given"
    linker = load_linker(override(settings, {("kb", "path"): kb.path, ("detect", "spans"): spans}))
    begun = time.perf_counter()
    found = [decision for _, of_doc in linker.link_stream(gold) for decision in of_doc]
    seconds = time.perf_counter() - begun
    with write_atomically(timing) as file:
        file.write(orjson.dumps({"seconds": seconds, "mentions": len(found)}))
    write_decisions(decisions, found)
