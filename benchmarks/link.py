"""Linking of given spans by retrieval alone: `python benchmarks/link.py [--data ../shared/data]`.

The whole pipeline (abbreviations, contexts, retrieval, probabilities) over the mentions of NCBI-Disease
dev and the BC5CDR documents against the 90,000 names of MEDIC; the baseline is the best match of
`rapidfuzz.process` for a sample of the same mentions over the same names, in the same run.
"""

from __future__ import annotations

import argparse
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
GOAL_PER_S, GOAL_MB = 1000, 600


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
        linker = Linker.load(kb, spans="given", types=["Disease"])
        names = list(linker.kb.norms())
        begun = time.perf_counter()
        decisions = [decision for _, found in linker.link_stream(docs) for decision in found]
        rate = len(decisions) / (time.perf_counter() - begun)
    memory = peak_memory_mb() or 0.0
    sample = [normalise(d.mention.text) for d in decisions[:: len(decisions) // SAMPLE]][:SAMPLE]
    begun = time.perf_counter()
    for text in sample:
        process.extractOne(text, names, scorer=fuzz.ratio)
    baseline = len(sample) / (time.perf_counter() - begun)
    print(f"{len(decisions):,} mentions of {len(docs):,} documents, {len(names):,} names")
    print(f"rapidfuzz, best of all names {baseline:10,.0f} mentions/s")
    print(f"belink, whole pipeline       {rate:10,.0f} mentions/s (goal: {GOAL_PER_S:,})")
    print(f"{rate / baseline:.1f} × rapidfuzz; {memory:,.0f} MB at most (goal: {GOAL_MB})")


if __name__ == "__main__":
    main()
