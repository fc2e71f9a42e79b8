"""All rivals on the same names and mentions, one after another on this machine, in one table.

    python benchmarks/rivals/run.py --data ../shared/data

Each rival runs in a process of its own; what it needs, and environments for those whose pins clash, is in
docs/rivals.md. Writes rivals.json, rivals.md and overview.md. A run that was stopped goes on: rows that
stand are not made again. What could not be run has a row that says why. `--only belink,belink-retrieval`
runs these alone and shows the others as they stand; `--speed-only` measures speed on few documents and
nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.rivals.catalogue import RIVALS
from benchmarks.rivals.measure import row_of
from benchmarks.rivals.process import NO_MINILM, ROOT, Options, with_minilm
from benchmarks.rivals.rows import Row
from benchmarks.rivals.tables import overview, render
from benchmarks.rivals.task import Texts, make_task

from belink.errors import BelinkError, ConfigError
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.formats.streams import write_atomically
from belink.models.shipped import shipped

_EIGHT = (
    "ncbi-disease",
    "bc5cdr-disease",
    "bc5cdr-chemical",
    "nlm-chem",
    "gnormplus",
    "nlm-gene",
    "s800",
    "linnaeus",
)


def write_results(out: Path, rows: Sequence[Row]) -> None:
    """Write `rivals.json`, `rivals.md` and `overview.md`; each appears whole."""
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
    for name, text in (("rivals.md", render(rows)), ("overview.md", overview(rows))):
        with write_atomically(out / name) as file:
            file.write(text.encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and print the table."""
    arguments = _parser().parse_args(argv)
    try:
        entries = _chosen_entries(arguments)
        options, only = _options(arguments), _only(arguments)
    except BelinkError as error:
        print(f"rivals: {error}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    failed = False
    for entry in entries:
        try:
            rows += _run_corpus(entry, arguments, options, only)
        except BelinkError as error:
            print(f"rivals: {entry.name}: {error}", file=sys.stderr)
            failed = True
        write_results(options.out, _in_order(rows))
    print(render(_in_order(rows)))
    return int(failed)


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Put the rows of mentions as written before the others."""
    return sorted(rows, key=lambda row: row.texts == "expanded")


def _run_corpus(
    entry: SuiteEntry, arguments: argparse.Namespace, options: Options, only: frozenset[str]
) -> list[Row]:
    task = make_task(
        entry,
        arguments.data.resolve(),
        arguments.kbs.resolve() if arguments.kbs else options.out / "kb",
        options.out / "tasks" / entry.name,
        {
            "suite": str(arguments.suite.resolve()),
            "encoder": options.encoder,
            "reranker": options.reranker,
        },
        sample=arguments.sample,
        speed=arguments.speed_mentions,
    )
    options = with_minilm(options, task)
    kinds: tuple[Texts, ...] = ("written", "expanded") if arguments.expanded else ("written",)
    return [
        row_of(task, rival, texts, options, only, speed=arguments.speed_only)
        for texts in kinds
        for rival in RIVALS
        if not arguments.rivals or rival.name in arguments.rivals
    ]


def _only(arguments: argparse.Namespace) -> frozenset[str]:
    """Give the names of the rivals that may be run."""
    known = [rival.name for rival in RIVALS]
    names = [name for part in arguments.only for name in part.split(",")] or known
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"--only {unknown[0]}: expected one of {', '.join(known)}")
    return frozenset(names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, default=Path("../shared/data"), help="folder of the suite's paths")
    add("--suite", type=Path, default=ROOT / "benchmarks" / "suites" / "dev.toml")
    add("--corpora", nargs="+", default=list(_EIGHT), help="entries of the suite, or all")
    add("--rivals", nargs="+", choices=[rival.name for rival in RIVALS], help="only these in the table")
    add(
        "--only", action="append", default=[], metavar="NAME,...", help="run only these; others as they stand"
    )
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
    add("--sample", type=_count, default=60, help="mentions of the sample: for slow rivals, and in a column")
    add("--speed-only", action="store_true", help="measure speed only, on few documents")
    add("--speed-mentions", type=_count, default=200, help="mentions for --speed-only, at least")
    return parser


def _count(text: str) -> int:
    """Read a number of at least 1."""
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is not at least 1")
    return count


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
