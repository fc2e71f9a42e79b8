"""Makes the rows: runs what has not been run, scores it, and keeps what stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from benchmarks.rivals.catalogue import Rival
from benchmarks.rivals.process import UNFINISHED, Options, cannot_run, start, store_of, task_key
from benchmarks.rivals.rows import Cost, Figures, Row, figures_of, is_current, read_row, write_row
from benchmarks.rivals.task import Part, Task, Texts, asked

from belink.evaluate.protocol import ProtocolName
from belink.evaluate.summary import evaluate
from belink.evaluate.vocabulary import vocabulary_of
from belink.formats.decisions import read_decisions
from belink.types import Decision

SAMPLED = "asked about the sample only"
NOT_YET = "not run yet"
OUTDATED = "out of date: run it again"


def row_of(
    task: Task, rival: Rival, wanted: Texts, options: Options, only: Collection[str], *, speed: bool
) -> Row:
    """Give the row of a rival, making what it lacks.

    Args:
        task: the corpus.
        rival: who is asked.
        wanted: which texts; a rival that reads documents has one row for both.
        options: of the run.
        only: names of the rivals that may be run; of the others stands what was made before.
        speed: measure speed and nothing else.
    """
    texts: Texts = "written" if rival.reads_documents else wanted
    file = options.out / "rows" / f"{task.entry.name}.{texts}.{rival.name}.json"
    stands = _standing(task, rival, texts, options, read_row(file))
    row = stands
    if rival.name in only and not speed and not is_current(row, options.limit_s):
        print(f"{task.entry.name}, {texts}: {rival.title} ...", flush=True)
        row = replace(_run(task, rival, row, options), speed=row.speed)
        rate = f"{row.cost.mentions_per_s:,.0f} mentions/s" if row.cost else ""
        print("    " + ", ".join(filter(None, (row.reason, rate))), flush=True)
    elif (row.figures or row.sample) and row.sample_key != _sample_key(task):
        row = _scored(task, row, "all" if row.figures else "sample", options)
    if rival.name in only and speed and not cannot_run(rival, options):
        row = _with_speed(task, rival, row, options)
    if row != stands:
        write_row(file, row)
    return replace(row, texts=wanted, title=title_of(rival, options))


def _standing(task: Task, rival: Rival, texts: Texts, options: Options, row: Row | None) -> Row:
    """Give the former row, or an empty one that says why it does not stand."""
    key = task_key(task, rival, texts, "sample" if rival.slow else "all", options)
    if row is not None and row.key == key:
        return row
    reason = NOT_YET if row is None else OUTDATED
    return Row(task.entry.name, rival.name, rival.title, texts, key, reason, options.limit_s)


def title_of(rival: Rival, options: Options) -> str:
    """Give the title of a rival; the pipeline's says where it has no re-ranker."""
    if rival.name == "belink" and options.reranker == "none":
        return f"{rival.title} (no re-ranker)"
    return rival.title


def _run(task: Task, rival: Rival, row: Row, options: Options) -> Row:
    """Ask about all mentions; about the sample where that takes too long, or always does."""
    row = replace(row, reason=cannot_run(rival, options), limit_s=options.limit_s)
    if row.reason:
        return row
    part: Part = "sample" if rival.slow else "all"
    reason, cost = _asked(task, rival, row, part, options)
    if reason.startswith(UNFINISHED) and part == "all":
        part, (_, cost) = "sample", _asked(task, rival, row, "sample", options)
    if cost is None:
        return replace(row, reason=reason)
    versions = _versions(row, rival, part, options)
    row = replace(row, reason=reason or (SAMPLED if rival.slow else ""), cost=cost, versions=versions)
    return _scored(task, row, part, options)


def _with_speed(task: Task, rival: Rival, row: Row, options: Options) -> Row:
    """Measure speed on a few documents, of a slow rival on the sample, where no quiet run did it yet."""
    part: Part = "sample" if rival.slow else "speed"
    key = task_key(task, rival, row.texts, part, options)
    if row.speed is not None and row.speed.key == key and row.speed.quiet:
        return row
    print(f"{task.entry.name}, {row.texts}: speed of {rival.title} ...", flush=True)
    reason, cost = _asked(task, rival, row, part, options, suffix=".speed")
    print(f"    {f'{cost.mentions_per_s:,.0f} mentions/s' if cost else reason}", flush=True)
    return replace(row, speed=cost)


def _folder(row: Row, part: Part, options: Options, suffix: str = "") -> Path:
    return options.out / "runs" / f"{row.corpus}.{asked(row.texts, part)}.{row.rival}{suffix}"


def _asked(
    task: Task, rival: Rival, row: Row, part: Part, options: Options, suffix: str = ""
) -> tuple[str, Cost | None]:
    """Run a rival; give what it cost, or why it has not come to an end."""
    folder = _folder(row, part, options, suffix)
    folder.mkdir(parents=True, exist_ok=True)
    ended = start(rival, task.folder_of(row.texts, part), folder, store_of(task, rival, options), options)
    if ended.reason:
        return ended.reason, None
    measures = json.loads((folder / "measures.json").read_text(encoding="utf-8"))
    rate = measures["mentions"] / measures["search_s"] if measures["search_s"] > 0 else 0.0
    key = task_key(task, rival, row.texts, part, options)
    return "", Cost(key, rate, measures["index_s"], measures["peak_memory_mb"], ended.others)


def _versions(row: Row, rival: Rival, part: Part, options: Options) -> tuple[tuple[str, str], ...]:
    measures = json.loads((_folder(row, part, options) / "measures.json").read_text(encoding="utf-8"))
    return tuple((name, measures["versions"].get(name, "")) for name in rival.packages)


def _sample_key(task: Task) -> str:
    return hashlib.sha256((task.folder_of("written", "sample") / "mentions.jsonl").read_bytes()).hexdigest()


def _scored(task: Task, row: Row, part: Part, options: Options) -> Row:
    """Score the decisions of a run: all mentions where it was asked about all, and the sample."""
    decisions = list(read_decisions(_folder(row, part, options) / "decisions.jsonl"))
    figures = [_figures(task, decisions, protocol) for protocol in task.entry.protocols if part == "all"]
    return replace(
        row,
        figures=tuple(figures),
        sample=_figures_of_sample(task, decisions),
        sample_key=_sample_key(task),
    )


def _figures_of_sample(task: Task, decisions: list[Decision]) -> Figures:
    mentions = ((d, (d.mention.document_id, d.mention.spans, d.mention.type)) for d in decisions)
    chosen = [decision for decision, key in mentions if key in task.sample]
    return _figures(replace(task, gold=task.sampled_gold()), chosen, task.entry.protocols[0])


def _figures(task: Task, decisions: list[Decision], protocol: ProtocolName) -> Figures:
    evaluation = evaluate(
        task.gold,
        decisions,
        protocol=protocol,
        vocabulary=vocabulary_of(task.kb),
        train=task.train,
        entity_type=task.entry.type,
        name=task.entry.name,
    )
    return figures_of(evaluation)
