"""Dense retrieval beside the exact and lexical lists: recall on unseen forms, speed, memory.

    python benchmarks/dense.py --encoder models/encoder [--data DIR] [--only NAME ...] [--work DIR]

Recall is that of the dev parts under the protocol "unseen" of `belink evaluate`, 20 candidates. Speed is
of distinct mentions, encoder included, as seconds of wall clock with all cores; the ratio is to the exact and
lexical lists alone in the same run. "dense" ranks by the cosine alone, of the mention or its expansion.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from belink.evaluate.protocol import select
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.models.encoder import load_encoder
from belink.retrieve.dense_index import ensure_dense_index
from belink.retrieve.dense_list import Dense, dense_lists
from belink.retrieve.dense_vectors import NameEncoder
from belink.retrieve.index import ensure_index
from belink.retrieve.retriever import build_retriever
from belink.types import Candidate, Query

Result = TypeVar("Result")

K = 20
TIMED = 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--only", nargs="+", default=["ncbi-disease", "bc5cdr-disease"])
    parser.add_argument("--work", type=Path, default=None, help="keep vocabularies and indexes here")
    args = parser.parse_args()
    encoder = load_encoder(args.encoder)
    with tempfile.TemporaryDirectory() as scratch:
        for entry in load_suite(args.suite):
            if entry.name in args.only:
                run(entry, args.data, args.work or Path(scratch), encoder)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def run(entry: SuiteEntry, data: Path, work: Path, encoder: NameEncoder) -> None:
    """Measure one entry."""
    kb = vocabulary(entry, data, work)
    lexical = ensure_index(kb)
    index, seconds = timed(lambda: ensure_dense_index(kb, encoder))
    size = index.vectors.nbytes / 1e6
    print(f"\n{entry.name}: {kb.name_count} names, {len(index.vectors)} distinct, {size:.0f} MB of vectors, "
          f"opened or built in {seconds:.1f} s")  # fmt: skip
    gold, train = entry.documents(data, lambda _: None)
    by_id = {doc.id: doc for doc in gold}
    asked = select("unseen", gold, train, kb.resolve).mentions
    queries = [make_queries(by_id[one.mention.document_id], [one.mention])[0] for one in asked]
    right = [frozenset(one.ids) for one in asked]
    dense = Dense(index, encoder)
    strings = build_retriever(kb, lexical)
    fused = build_retriever(kb, lexical, dense=dense)
    recall("exact and lexical", ids_of(strings(queries, K)), right)
    recall("dense", by_cosine(kb, dense, queries), right)
    recall("fused", ids_of(fused(queries, K)), right)
    every = [query for doc in train for query in make_queries(doc, [a.mention for a in doc.annotations])]
    distinct = list({query.mention.text: query for query in every}.values())[:TIMED]
    rates = {}
    for name, retrieve in (
        ("exact and lexical", build_retriever(kb, lexical)),
        ("fused", build_retriever(kb, lexical, dense=dense)),
    ):
        _, seconds = timed(lambda: retrieve(distinct, K))  # noqa: B023 - called at once
        rates[name] = len(distinct) / seconds
    _, seconds = timed(lambda: encoder([query.expansion or query.mention.text for query in distinct]))
    print(f"  {len(distinct)} distinct mentions: exact and lexical {rates['exact and lexical']:,.0f}/s, "
          f"fused {rates['fused']:,.0f}/s (ratio {rates['fused'] / rates['exact and lexical']:.2f}), "
          f"the encoder alone {len(distinct) / seconds:,.0f}/s")  # fmt: skip


def by_cosine(kb: KnowledgeBase, dense: Dense, queries: Sequence[Query]) -> list[list[str]]:
    """Give the concepts nearest to each expansion, or mention where there is none."""
    texts = [query.expansion or query.mention.text for query in queries]
    _, near = dense_lists(dense, kb, list(dict.fromkeys(texts)), None, K)
    return [kb.concept_ids(near[text].concepts) for text in texts]


def ids_of(found: Sequence[Sequence[Candidate]]) -> list[list[str]]:
    """Give the candidates' concept ids."""
    return [[candidate.concept_id for candidate in candidates] for candidates in found]


def recall(label: str, found: Sequence[Sequence[str]], right: Sequence[frozenset[str]]) -> None:
    """Print recall at 1, 5 and 20."""
    pairs = list(zip(found, right, strict=True))
    hits = {k: np.mean([not gold.isdisjoint(ids[:k]) for ids, gold in pairs]) for k in (1, 5, K)}
    at = "  ".join(f"@{k} {100 * share:.1f}" for k, share in hits.items())
    print(f"  {label:18} n {len(pairs)}  {at}")


def vocabulary(entry: SuiteEntry, data: Path, work: Path) -> KnowledgeBase:
    """Build the tables of an entry, or open what lies in `work`."""
    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    folder = work / paths[0].name.split(".")[0]
    if not folder.exists():
        recipe, problems = Recipe(retired=tuple(map(str, retired)), lenient=True), Problems(lenient=True)
        sources = open_sources(paths, recipe, problems)
        build_sources(sources, folder, problems=problems, recipe=recipe.as_json())
    return KnowledgeBase.open(folder)


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Run, and give the result with the seconds it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


if __name__ == "__main__":
    main()
