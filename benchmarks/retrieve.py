"""Retrieval of given disease mentions over MEDIC: speed, memory, and how often the right concept is found.

    python benchmarks/retrieve.py [--data DIR] [--part dev|train]

Speed is the ratio to scikit-learn TF-IDF by brute force and to rapidfuzz over all names, on the same
distinct mentions in the same run; all rates are per second of CPU time, one thread. Recall is over
mentions with one gold concept that is in the knowledge base: all of them, and the distinct ones that are
no name of it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from belink.formats import read
from belink.kb.build import build
from belink.kb.sources.options import SourceOptions
from belink.kb.sources.tables import read_table
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.retrieve.index import build_index
from belink.retrieve.retriever import build_retriever
from belink.text.normalise import normalise
from belink.types import Candidate, Context, Mention, Query, Span

Result = TypeVar("Result")

K = 20
RAPIDFUZZ_QUERIES = 40
TYPO_QUERIES = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """A gold mention: which corpus, what is asked, what is right."""

    corpus: str
    query: Query
    gold: frozenset[str]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", choices=["dev", "train"], default="dev")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        table = read_table(args.data / "kb" / "medic-belink.tsv.gz", SourceOptions(type="Disease"))
        build(table, Path(folder) / "medic")
        run(KnowledgeBase.open(Path(folder) / "medic"), args.data / "corpora", args.part)


def run(kb: KnowledgeBase, corpora: Path, part: str) -> None:
    """Measure over one knowledge base and one part of the corpora."""
    before = peak_mb()
    index, seconds = timed(lambda: build_index(kb, kb.path / "index" / "lexical"))
    print(f"{kb.name_count} names of {len(kb)} concepts; index built in {seconds:.1f} s")
    retrieve = build_retriever(kb, index)
    retrieve([query_of("warm up")], K)
    items = list(gold_items(kb, corpora, part))
    queries = [item.query for item in items]
    found, seconds = timed(lambda: retrieve(queries, K))
    print(f"as they stand: {len(queries)} mentions, {len(queries) / seconds:,.0f} mentions/s")
    print(f"peak memory {peak_mb():.0f} MB, {before:.0f} MB of it before the index was built")
    distinct = [query_of(text) for text in dict.fromkeys(query.mention.text for query in queries)]
    _, seconds = timed(lambda: build_retriever(kb, index)(distinct, K))
    compare([query.mention.text for query in distinct], list(kb.norms()), len(distinct) / seconds)
    recall("all", items, found)
    unseen = [i for i, is_new in enumerate(new_forms(kb, items)) if is_new]
    recall("unseen", [items[i] for i in unseen], [found[i] for i in unseen])
    typos = list(one_typo(kb))
    recall("one typo", typos, build_retriever(kb, index)([item.query for item in typos], K))


def gold_items(kb: KnowledgeBase, corpora: Path, part: str) -> Iterator[Item]:
    """Give the disease mentions of a part that have one gold concept in the knowledge base."""
    dev = set(json.loads((corpora / "dev-splits.json").read_text())["bc5cdr"]["dev"])
    files = (corpora / "ncbi-disease" / f"{part}.PubTator", corpora / "bc5cdr" / "traindev.PubTator")
    for path in files:
        for doc in read(path).documents:
            if path is files[1] and (doc.id in dev) != (part == "dev"):
                continue
            gold = [a for a in doc.annotations if a.mention.type == "Disease" and len(a.concept_ids) == 1]
            queries = make_queries(doc, [annotation.mention for annotation in gold])
            for annotation, query in zip(gold, queries, strict=True):
                if concepts := frozenset(kb.resolve(annotation.concept_ids[0])):
                    yield Item(path.parent.name, query, concepts)


def query_of(text: str, expansion: str | None = None) -> Query:
    """Make a query without context."""
    span = Span(0, len(text))
    return Query(Mention("", (span,), text, "Disease"), Context(text, span), expansion)


def new_forms(kb: KnowledgeBase, items: Sequence[Item]) -> list[bool]:
    """Tell which items are the first of a form that is no name of the knowledge base."""
    known = kb.find([normalise(item.query.mention.text) for item in items])
    seen: set[tuple[str, str]] = set()
    marks = []
    for item, names in zip(items, known, strict=True):
        form = (item.corpus, item.query.mention.text.casefold())
        marks.append(not names and form not in seen)
        seen.add(form)
    return marks


def one_typo(kb: KnowledgeBase) -> Iterator[Item]:
    """Give names of the knowledge base with one letter changed, dropped, added or swapped with the next."""
    chance = random.Random(0)
    rows = chance.sample(range(kb.name_count), TYPO_QUERIES)
    for norm, name in zip(kb.norms_at(rows), kb.names_at(rows), strict=True):
        if len(norm) < 5:
            continue
        place, letter = chance.randrange(len(norm) - 1), chance.choice("abcdefghijklmnopqrstuvwxyz")
        head, here, tail = norm[:place], norm[place], norm[place + 1 :]
        forms = (
            head + letter + tail,
            head + tail,
            head + letter + here + tail,
            head + tail[0] + here + tail[1:],
        )
        yield Item("medic names", query_of(chance.choice(forms)), frozenset({name.concept_id}))


def compare(texts: list[str], names: list[str], ours: float) -> None:
    """Print how many times faster than brute force we are."""
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    matrix = vectors.fit_transform(names).T.tocsr()

    def tfidf() -> None:
        for start in range(0, len(texts), 256):
            product = vectors.transform(map(normalise, texts[start : start + 256])) @ matrix
            for row in product.toarray():
                np.argpartition(row, -K)[-K:]

    def brute() -> None:
        for text in texts[:RAPIDFUZZ_QUERIES]:
            process.extract(normalise(text), names, scorer=fuzz.ratio, limit=K)

    rates = {
        "scikit-learn char_wb 3": len(texts) / timed(tfidf)[1],
        "rapidfuzz extract ratio": min(len(texts), RAPIDFUZZ_QUERIES) / timed(brute)[1],
    }
    print(f"distinct, without expansion or cache: {len(texts)} mentions, {ours:,.0f} mentions/s")
    for name, rate in rates.items():
        print(f"  {ours / rate:6.1f} times {name} ({rate:,.0f} mentions/s)")


def recall(label: str, items: Sequence[Item], found: Sequence[tuple[Candidate, ...]]) -> None:
    """Print recall by corpus."""
    for corpus in dict.fromkeys(item.corpus for item in items):
        ranks = [
            next((rank for rank, c in enumerate(candidates) if c.concept_id in item.gold), K)
            for item, candidates in zip(items, found, strict=True)
            if item.corpus == corpus
        ]
        at = "  ".join(f"@{k} {np.mean(np.array(ranks) < k):.3f}" for k in (1, 5, 20))
        print(f"recall {label:8} {corpus:13} n {len(ranks):5}  {at}")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Run, and give the result with the CPU seconds it took."""
    start = time.process_time()
    return work(), time.process_time() - start


def peak_mb() -> float:
    """Give the peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
