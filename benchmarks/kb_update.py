"""Bringing a knowledge base to a new release, against building it anew in another folder.

Usage: python benchmarks/kb_update.py [--data ../shared/data] [--tables NAME ...] [--vectors]

The old release lacks every hundredth line of the table. Timed are the columns (`belink kb build` and
`belink kb update`, which also compares the releases), then the lexical index and, with `--vectors`, the
vectors of all names by the encoder that ships, which an update makes only of names that are new. Seconds are
those of the processor, so that other work beside it disturbs the ratios little.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.kb.update import update
from belink.models.encoder import load_encoder
from belink.retrieve.dense_index import ensure_dense_index
from belink.retrieve.index import ensure_index
from belink.stages.retrieval import encoder_folder

HEADINGS = (
    "names", "new", "build s", "update s", "ratio", "peak MB", "index s", "update s", "ratio", "peak MB",
    "vectors s", "update s", "ratio", "peak MB",
)  # fmt: skip
EVERY = 100
MB = 1 << 20
Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tables", nargs="*", default=["medic-belink", "hpo-2026", "mesh-chemicals"])
    parser.add_argument("--vectors", action="store_true", help="also time the vectors; minutes a table")
    arguments = parser.parse_args()
    headings = HEADINGS if arguments.vectors else HEADINGS[:10]
    print(f"{'table':16}", *(f"{each:>9}" for each in headings), flush=True)
    for table in arguments.tables:
        with tempfile.TemporaryDirectory() as scratch:
            figures = compare(arguments.data / "kb" / f"{table}.tsv.gz", Path(scratch), arguments.vectors)
        print(f"{table:16}", *(f"{each:>9}" for each in figures), flush=True)


def compare(table: Path, folder: Path, vectors: bool) -> list[str]:
    """Give the figures of a table: names, new ones, then what each step takes."""
    older = _without_some_lines(table, folder)
    updated, whole = folder / "updated", folder / "whole"
    steps = [_index, _embed] if vectors else [_index]
    alone(_build, older, updated)
    for step in steps:
        alone(step, updated)
    built_s, _, names = alone(_build, table, whole)
    updated_s, peak, new = alone(_update, table, updated)
    figures = [f"{names:,}", f"{new:,}", *_shown(built_s, updated_s, peak)]
    for step in steps:
        (whole_s, _), (again_s, step_peak) = alone(step, whole), alone(step, updated)
        figures += _shown(whole_s, again_s, step_peak)
    return figures


def _shown(whole_s: float, again_s: float, peak: int) -> tuple[str, ...]:
    return f"{whole_s:.2f}", f"{again_s:.2f}", f"{again_s / whole_s:.2f}", f"{peak / MB:.0f}"


def _without_some_lines(path: Path, folder: Path) -> Path:
    older = folder / path.name
    with gzip.open(path, "rt", encoding="utf-8") as lines, gzip.open(older, "wt", encoding="utf-8") as out:
        out.writelines(line for number, line in enumerate(lines) if number % EVERY != EVERY // 2)
    return older


def alone(work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Run a function in a fresh process, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _build(table: Path, out: Path) -> tuple[float, int, int]:
    """Give seconds, peak bytes and names."""
    began = time.process_time()
    problems = Problems(lenient=True)
    manifest = build_sources(open_sources([table], Recipe(lenient=True), problems), out, problems=problems)
    return time.process_time() - began, _peak(), manifest.names


def _update(table: Path, out: Path) -> tuple[float, int, int]:
    """Give seconds, peak bytes, and the number of names of a form that was not there before."""
    began = time.process_time()
    problems = Problems(lenient=True)
    result = update(out, open_sources([table], Recipe(lenient=True), problems), problems=problems)
    return time.process_time() - began, _peak(), result.new_names


def _index(path: Path) -> tuple[float, int]:
    kb = KnowledgeBase.open(path)
    began = time.process_time()
    ensure_index(kb)
    return time.process_time() - began, _peak()


def _embed(path: Path) -> tuple[float, int]:
    kb = KnowledgeBase.open(path)
    encoder = load_encoder(encoder_folder("default"))
    began = time.process_time()
    ensure_dense_index(kb, encoder)
    return time.process_time() - began, _peak()


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
