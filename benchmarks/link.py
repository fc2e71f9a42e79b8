"""Linking of given spans: `python benchmarks/link.py [--data ../shared/data]`.

By names alone, with the encoder, and with the re-ranker where the gate leaves doubt (the default), over the
mentions of NCBI-Disease dev and the BC5CDR documents against the 90,000 names of MEDIC; the baseline is the
best match of `rapidfuzz.process` for a sample of the same mentions over the same names, in the same run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from rapidfuzz import fuzz, process

from belink.cli.run_manifest import peak_memory_mb
from belink.formats import read
from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.linker import Linker
from belink.text.normalise import normalise
from belink.types import Document

SAMPLE = 60
CORES = os.cpu_count() or 1
PIPELINES = (
    ("names alone", "none", "none", 1000, 600),
    ("with the encoder", "default", "none", 600, 600),
    ("with the re-ranker (default)", "default", "default", 150, 900),
)
"""What runs, its encoder and re-ranker, the goal in mentions/s and the goal in MB."""


def documents(data: Path) -> list[Document]:
    """NCBI-Disease dev and BC5CDR train and dev."""
    files = ("ncbi-disease/dev.PubTator", "bc5cdr/traindev.PubTator")
    return [doc for file in files for doc in read(data / "corpora" / file).documents]


def main() -> None:
    """Print mentions/s, the ratio and the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    docs = documents(data)
    with tempfile.TemporaryDirectory() as folder:
        kb = Path(folder) / "medic"
        problems = Problems(lenient=True)
        sources = open_sources([data / "kb" / "medic-belink.tsv.gz"], Recipe(type="Disease"), problems)
        build_sources(sources, kb, problems=problems)
        rates = []
        for _, encoder, reranker, _, _ in PIPELINES:
            linker = Linker.load(kb, spans="given", types=["Disease"], encoder=encoder, reranker=reranker)
            begun, spent = time.perf_counter(), time.process_time()
            decisions = [decision for _, found in linker.link_stream(docs) for decision in found]
            idle = CORES * len(decisions) / (time.process_time() - spent)
            rates.append((len(decisions) / (time.perf_counter() - begun), idle, peak_memory_mb() or 0.0))
        names = list(linker.kb.norms())
    sample = [normalise(d.mention.text) for d in decisions[:: len(decisions) // SAMPLE]][:SAMPLE]
    begun = time.perf_counter()
    for text in sample:
        process.extractOne(text, names, scorer=fuzz.ratio)
    baseline = len(sample) / (time.perf_counter() - begun)
    print(f"{len(decisions):,} mentions of {len(docs):,} documents, {len(names):,} names")
    print(f"{'rapidfuzz, best of all names':30} {baseline:8,.0f} mentions/s")
    for (what, _, _, goal, goal_mb), (rate, idle, memory) in zip(PIPELINES, rates, strict=True):
        print(
            f"{what:30} {rate:8,.0f} mentions/s (goal: {goal:,}), {rate / baseline:.1f} × rapidfuzz, "
            f"{idle:,.0f} by the time of {CORES} processors, "
            f"{memory:,.0f} MB at most so far (goal: {goal_mb})"
        )


if __name__ == "__main__":
    main()
