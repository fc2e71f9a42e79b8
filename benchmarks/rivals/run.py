"""All rivals on the same names and mentions, one after another on this machine, in one table.

    python benchmarks/rivals/run.py --data ../shared/data --corpora ncbi-disease bc5cdr-chemical --expanded

Each rival runs in a process of its own; what it needs, and environments for those whose pins clash, is in
docs/rivals.md. Writes OUT/rivals.json and OUT/rivals.md. A run that was stopped goes on: rows that stand are
not made again. What could not be run has a row that says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.rivals.catalogue import RIVALS, Rival
from benchmarks.rivals.process import (
    NO_MINILM,
    ROOT,
    Options,
    cannot_run,
    start,
    store_of,
    task_key,
    with_minilm,
)
from benchmarks.rivals.rows import Row, figures_of, is_current, read_row, render, write_row
from benchmarks.rivals.task import Task, Texts, make_task

from belink.errors import BelinkError, ConfigError
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.evaluate.summary import evaluate
from belink.evaluate.vocabulary import vocabulary_of
from belink.formats.decisions import read_decisions
from belink.formats.streams import write_atomically
from belink.models.shipped import shipped


def run_rivals(task: Task, rivals: Sequence[Rival], texts: Texts, options: Options) -> list[Row]:
    """Give one row a rival, running those whose row does not stand yet."""
    rows = []
    for rival in rivals:
        asked: Texts = "written" if rival.reads_documents else texts
        file = options.out / "rows" / f"{task.entry.name}.{asked}.{rival.name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        key = task_key(task, rival, asked, options)
        row = read_row(file)
        if row is None or not is_current(row, key, options.limit_s):
            print(f"{task.entry.name}, {asked}: {rival.title} ...", flush=True)
            row = _run(task, rival, asked, key, options)
            write_row(file, row)
            print(f"    {row.reason or f'{row.mentions_per_s:,.0f} mentions/s'}", flush=True)
        rows.append(replace(row, texts=texts, title=title_of(rival, options)))
    return rows


def title_of(rival: Rival, options: Options) -> str:
    """Give the title of a rival; the pipeline's says where it has no re-ranker."""
    if rival.name == "belink" and options.reranker == "none":
        return f"{rival.title} (no re-ranker)"
    return rival.title


def _run(task: Task, rival: Rival, texts: Texts, key: str, options: Options) -> Row:
    row = Row(
        task.entry.name, rival.name, rival.title, texts, key, cannot_run(rival, options), options.limit_s
    )
    if row.reason:
        return row
    folder = options.out / "runs" / f"{task.entry.name}.{texts}.{rival.name}"
    folder.mkdir(parents=True, exist_ok=True)
    reason = start(rival, task.folder_of(texts), folder, store_of(task, rival, options), options)
    return replace(row, reason=reason) if reason else _scored(task, rival, folder, row)


def _scored(task: Task, rival: Rival, folder: Path, row: Row) -> Row:
    measures = json.loads((folder / "measures.json").read_text(encoding="utf-8"))
    decisions = list(read_decisions(folder / "decisions.jsonl"))
    figures = [
        figures_of(
            evaluate(
                task.gold,
                decisions,
                protocol=protocol,
                vocabulary=vocabulary_of(task.kb),
                train=task.train,
                entity_type=task.entry.type,
                name=task.entry.name,
            )
        )
        for protocol in task.entry.protocols
    ]
    return replace(
        row,
        figures=tuple(figures),
        mentions_per_s=measures["mentions"] / measures["search_s"] if measures["search_s"] > 0 else 0.0,
        index_s=measures["index_s"],
        peak_memory_mb=measures["peak_memory_mb"],
        versions=tuple((name, measures["versions"].get(name, "")) for name in rival.packages),
    )


def write_results(out: Path, rows: Sequence[Row]) -> None:
    """Write `rivals.json` and `rivals.md`; both appear whole."""
    record = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "rivals": [asdict(rival) for rival in RIVALS],
        "rows": [asdict(row) for row in rows],
    }
    with write_atomically(out / "rivals.json") as file:
        file.write(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
    with write_atomically(out / "rivals.md") as file:
        file.write(render(rows).encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and print the table."""
    arguments = _parser().parse_args(argv)
    try:
        entries = _chosen_entries(arguments)
        options = _options(arguments)
        rows: list[Row] = []
        for entry in entries:
            rows += _run_corpus(entry, arguments, options)
            write_results(options.out, rows)
    except BelinkError as error:
        print(f"rivals: {error}", file=sys.stderr)
        return 1
    print(render(rows))
    return 0


def _run_corpus(entry: SuiteEntry, arguments: argparse.Namespace, options: Options) -> list[Row]:
    kbs = arguments.kbs.resolve() if arguments.kbs else options.out / "kb"
    suite = {"suite": str(arguments.suite.resolve())}
    settings = {**suite, "encoder": options.encoder, "reranker": options.reranker}
    task = make_task(entry, arguments.data.resolve(), kbs, options.out / "tasks" / entry.name, settings)
    options = with_minilm(options, task)
    rivals = [rival for rival in RIVALS if not arguments.rivals or rival.name in arguments.rivals]
    rows = run_rivals(task, rivals, "written", options)
    if arguments.expanded:
        rows += run_rivals(task, rivals, "expanded", options)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=Path("../shared/data"), help="folder of the suite's paths")
    add("--suite", type=Path, default=ROOT / "benchmarks" / "suites" / "dev.toml")
    add(
        "--corpora",
        nargs="+",
        default=["ncbi-disease", "bc5cdr-disease"],
        help="entries of the suite, or all",
    )
    add("--rivals", nargs="+", choices=[rival.name for rival in RIVALS], help="only these")
    add("--out", type=Path, default=Path("results/rivals"))
    add("--kbs", type=Path, help="folder of built knowledge bases (RESULTS/kb of belink evaluate --suite)")
    add("--expanded", action="store_true", help="also with abbreviations written out for all")
    add("--encoder", help="of BeLink's retrieval [default: the one that ships]")
    add("--reranker", help="of BeLink's pipeline [default: the one that ships]")
    add("--minilm", type=Path, help="folder of all-MiniLM-L6-v2, or of what export_minilm made of it")
    add(
        "--python",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="interpreter of a rival, or of export",
    )
    add("--limit", type=float, default=1800.0, help="seconds that a rival may take on a corpus")
    return parser


def _chosen_entries(arguments: argparse.Namespace) -> list[SuiteEntry]:
    entries = {entry.name: entry for entry in load_suite(arguments.suite)}
    wanted = list(entries) if arguments.corpora == ["all"] else arguments.corpora
    if unknown := [name for name in wanted if name not in entries]:
        raise ConfigError(f"--corpora {unknown[0]}: the suite has {', '.join(entries)}")
    return [entries[name] for name in wanted]


def _options(arguments: argparse.Namespace) -> Options:
    if wrong := [pair for pair in arguments.python if "=" not in pair]:
        raise ConfigError(f"--python {wrong[0]}: expected NAME=PATH")
    pythons = {name: _interpreter(path) for name, path in (pair.split("=", 1) for pair in arguments.python)}
    known = {rival.name for rival in RIVALS} | {"export"}
    if unknown := [name for name in pythons if name not in known]:
        raise ConfigError(f"--python {unknown[0]}=...: expected one of {', '.join(sorted(known))}")
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    return Options(
        out=out,
        limit_s=arguments.limit,
        encoder=_model_name(arguments.encoder, "encoder"),
        reranker=_model_name(arguments.reranker, "reranker"),
        minilm=arguments.minilm.resolve() if arguments.minilm else None,
        minilm_reason=NO_MINILM,
        pythons=pythons,
    )


def _interpreter(path: str) -> str:
    """Give an absolute path; a link is not followed, for it is what tells an environment."""
    return str(Path(path).absolute()) if os.sep in path else path


def _model_name(asked: str | None, kind: Literal["encoder", "reranker"]) -> str:
    """Give the model asked for, else the one that ships."""
    if asked is None:
        return str(shipped(kind))
    return str(Path(asked).resolve()) if Path(asked).is_dir() else asked


if __name__ == "__main__":
    raise SystemExit(main())
