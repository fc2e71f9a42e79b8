"""`belink evaluate --suite`: link and score all corpora of a suite, going on where a run was stopped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import orjson
import typer

from belink.cli.problems import ProblemLog
from belink.types import Document, EntityType

if TYPE_CHECKING:
    from belink.config import Settings, Spans
    from belink.evaluate.protocol import ProtocolName
    from belink.evaluate.report import Entry
    from belink.evaluate.suite import SuiteEntry
    from belink.kb.store import KnowledgeBase


def run_suite(
    suite: Path,
    data: Path,
    results: Path,
    settings: Settings,
    only: Sequence[str],
    protocol: ProtocolName | None = None,
    *,
    remember_training: bool = False,
) -> list[Entry]:
    """Score the entries of a suite, those named by `only` or all, each under its protocols or the one given.

    Knowledge bases and decisions are kept in `results`: what is there is not made again. Delete a
    `*.decisions.jsonl` to link that entry anew; decisions on mentions that were detected have a file of
    their own. With `remember_training` each entry's training documents are its memory of labelled mentions.

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
            protocols = (protocol,) if protocol else entry.protocols
            scored += _score_entry(entry, protocols, data, results, settings, remember_training)
    return scored


def _score_entry(
    entry: SuiteEntry,
    protocols: Sequence[ProtocolName],
    data: Path,
    results: Path,
    settings: Settings,
    remember_training: bool,
) -> list[Entry]:
    from belink.cli.memory_guard import check_memory
    from belink.cli.run_manifest import peak_memory_mb
    from belink.evaluate.leakage import check_leakage
    from belink.evaluate.report import Entry
    from belink.evaluate.summary import evaluate
    from belink.evaluate.vocabulary import vocabulary_of
    from belink.formats.decisions import read_decisions
    from belink.stages.vocabulary import build_filter

    typer.echo(f"belink: {entry.name}", err=True)
    gold, train = entry.documents(data, ProblemLog())
    check_leakage(gold, train, where=entry.name)
    if remember_training and train:
        settings = _with_memory(train, results / "memory" / f"{entry.name}.jsonl", settings)
    check_memory(settings.kb.memory, gold, train, protocols)
    kb = knowledge_base(entry, data, results)
    scored = []
    for protocol in protocols:
        spans: Spans = "detect" if protocol == "end-to-end" else "given"
        decisions = entry.decisions_path(results, detected=spans == "detect")
        timing = decisions.with_name(decisions.name.replace(".decisions.jsonl", ".timing.json"))
        if not decisions.exists():
            _link(gold, kb, entry, spans, settings, decisions, timing)
        evaluation = evaluate(
            gold,
            read_decisions(decisions),
            protocol=protocol,
            vocabulary=vocabulary_of(kb, build_filter(settings.kb, kb)),
            train=train,
            entity_type=entry.type,
            name=entry.name,
        )
        seconds = orjson.loads(timing.read_bytes())["seconds"] if timing.exists() else 0.0
        scored.append(Entry(evaluation, f"{kb.path.name} {kb.fingerprint[:12]}", seconds, peak_memory_mb()))
    return scored


def _with_memory(train: Sequence[Document], file: Path, settings: Settings) -> Settings:
    """Write the training documents to a file, and add it to the memory of labelled mentions."""
    from belink.cli.inputs import override
    from belink.formats import write

    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, "jsonl", b"", ((replace(doc, raw=b""), ()) for doc in train))
    return override(settings, {("kb", "memory"): (*settings.kb.memory, file)})


def knowledge_base(entry: SuiteEntry, data: Path, results: Path) -> KnowledgeBase:
    """Open the knowledge base of an entry in `results`; see `knowledge_base_in`."""
    return knowledge_base_in(results / "kb", entry, data)


def knowledge_base_in(kbs: Path, entry: SuiteEntry, data: Path) -> KnowledgeBase:
    """Open what was built in a folder from files with the same bytes as an entry's tables, else build it."""
    from belink.cli.loading import records_progress
    from belink.errors import KnowledgeBaseError
    from belink.kb.build import build_sources
    from belink.kb.manifest import read_manifest
    from belink.kb.problems import Problems
    from belink.kb.recipe import Recipe, open_sources
    from belink.kb.store import KnowledgeBase

    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    wanted = sorted(_sha256(path) for path in (*paths, *retired))
    for folder in sorted(kbs.iterdir()) if kbs.is_dir() else ():
        with suppress(KnowledgeBaseError):
            if sorted(source.sha256 for source in read_manifest(folder).sources) == wanted:
                return KnowledgeBase.open(folder)
    name = paths[0].name.split(".")[0]
    folder = kbs / f"{name}-{hashlib.sha256(''.join(wanted).encode()).hexdigest()[:12]}"
    kbs.mkdir(parents=True, exist_ok=True)
    recipe, problems = Recipe(retired=tuple(map(str, retired)), lenient=True), Problems(lenient=True)
    with records_progress(f"building {name}") as progress:
        sources = open_sources(paths, recipe, problems)
        build_sources(sources, folder, problems=problems, recipe=recipe.as_json(), progress=progress)
    return KnowledgeBase.open(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(
    gold: Sequence[Document],
    kb: KnowledgeBase,
    entry: SuiteEntry,
    spans: Spans,
    settings: Settings,
    decisions: Path,
    timing: Path,
) -> None:
    """Link the mentions that the gold marks, or those found in its documents; keep decisions and seconds."""
    from belink.cli.inputs import override
    from belink.cli.loading import load_linker
    from belink.formats.decisions import write_decisions
    from belink.formats.streams import write_atomically

    types = entry.type if spans == "detect" and entry.type in get_args(EntityType) else None
    options: dict[tuple[str, str], object] = {
        ("kb", "path"): kb.path,
        ("detect", "spans"): spans,
        ("detect", "types"): types,
    }
    if entry.vectors:
        options["retrieve", "vectors_on_first_use"] = kb.name_count
    linker = load_linker(override(settings, options))
    begun = time.perf_counter()
    found = [decision for _, of_doc in linker.link_stream(gold) for decision in of_doc]
    seconds = time.perf_counter() - begun
    with write_atomically(timing) as file:
        file.write(orjson.dumps({"seconds": seconds, "mentions": len(found)}))
    write_decisions(decisions, found)
