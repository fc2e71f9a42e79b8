"""Retrieval of 20 candidates: speed against rivals, cost by the size of the knowledge base, memory.

    python benchmarks/retrieve.py [speed|curve|memory ...] [--data DIR] [--results DIR] [--queries N]

Vocabularies and their indexes are kept in `--results`, the folder that `belink evaluate --suite` fills too:
what lies there is not made again. Without names of sections each runs in a process of its own.

Rates are per second of CPU time, beside those of wall clock: on a shared machine only the former mean
anything. Each library computes with one thread, so that none is waited for; BeLink looks up vectors beside
strings, hence has two. Queries are distinct mentions of training documents with all that `belink link` makes
of them (expansion, variants, organisms); the rivals get the bare normalised mention and return 20 names.

- speed: over MEDIC (90k names) and MeSH chemicals (565k), encoder included; the same mentions again, from the
  cache; names embedded; scikit-learn TF-IDF (character 3-grams), bm25s (words) and rapidfuzz (ratio with
  every name) over the same names in the same run, the last two with fewer queries.
- curve: names of taxonomy, genes and chemicals together, of 10k to 2M of them (whole concepts, chosen by
  hash), by strings; and the dense list over the first vectors of MeSH chemicals, which are in random order,
  up to 500k. Each size is a process of its own, so that its memory is its own; `--sizes` chooses.
- memory: MEDIC, MeSH chemicals, the genes of four species and the taxonomy open at once, and asked.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from belink.cli.suite import knowledge_base
from belink.config import RetrieveSettings
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.models.encoder import load_encoder
from belink.retrieve.dense import Coarse, near_names
from belink.retrieve.dense_index import IN_MEMORY, ensure_dense_index
from belink.retrieve.index import build_index
from belink.retrieve.retriever import build_retriever as retriever_over
from belink.stages.retrieval import build_retriever, encoder_folder
from belink.text.normalise import normalise
from belink.types import Alias, Concept, Context, Mention, Query, Retriever, Span

K = 20
FEW = 50
"""Queries to the rivals that compare with every name."""
SECTIONS = ("speed", "curve", "memory")
SPEED = ("ncbi-disease", "nlm-chem")
CURVE = ("linnaeus", "gnormplus", "nlm-chem")
MEMORY = ("ncbi-disease", "nlm-chem", "gnormplus", "s800")
SIZES = (10_000, 30_000, 100_000, 300_000, 500_000, 1_000_000, 2_000_000)
VECTORS = 500_000
"""Vectors are searched up to so many, nearly all that MeSH chemicals have."""


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="speed|curve|memory")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--only", nargs="+", default=list(SPEED), help="entries of the suite, for speed")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="names, for the curve")
    args = parser.parse_args()
    if len(args.sections) != 1:
        for section in args.sections or SECTIONS:
            subprocess.run(
                [sys.executable, __file__, section, *sys.argv[1 + len(args.sections) :]], check=True
            )
        return
    args.results.mkdir(parents=True, exist_ok=True)
    entries = {entry.name: entry for entry in load_suite(args.suite)}
    import_module("threadpoolctl").threadpool_limits(1)
    if args.sections == ["speed"]:
        for name in args.only:
            speed(entries[name], args.data, args.results, args.queries)
    elif args.sections == ["curve"] and len(args.sizes) > 1:
        for size in args.sizes:
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--sizes", str(size)], check=True)
        return
    elif args.sections == ["curve"]:
        curve([entries[name] for name in CURVE], args.data, args.results, args.queries, args.sizes[0])
    else:
        memory([entries[name] for name in MEMORY], args.data, args.results, args.queries)
    print(f"peak memory {peak_mb():,.0f} MB, {own_mb():,.0f} MB of it not mapped files\n")


def speed(entry: SuiteEntry, data: Path, results: Path, count: int) -> None:
    """Measure one vocabulary and the rivals over it."""
    kb = knowledge_base(entry, data, results)
    queries = queries_of(entry, data, count)
    print(f"{kb.path.name}: {kb.name_count:,} names, {len(queries):,} distinct mentions of {entry.name}")
    full, strings = load(kb, "default"), load(kb, "none")
    ours = rate("BeLink, with vectors", lambda: full(queries, K), len(queries))
    rate("the same, from the cache", lambda: full(queries, K), len(queries))
    plain = rate("BeLink, strings alone", lambda: strings(queries, K), len(queries))
    names = list(kb.norms())
    encoder = load_encoder(encoder_folder("default"), threads=1)
    some = [names[row] for row in np.random.default_rng(0).choice(len(names), 2_000, replace=False)]
    rate("names embedded", lambda: encoder(some), len(some))
    texts = [normalise(query.mention.text) for query in queries]
    for label, prepare, few in (
        ("scikit-learn TF-IDF", tfidf, len(texts)),
        ("bm25s", words, FEW),
        ("rapidfuzz, all names", edits, FEW),
    ):
        asked = texts[:few]
        found = rate(f"{label}, {few} queries", prepare(names, asked), few)
        print(f"    BeLink is {ours / found:,.1f} times as fast, by strings alone {plain / found:,.1f} times")


def curve(entries: Sequence[SuiteEntry], data: Path, results: Path, count: int, size: int) -> None:
    """Measure the cost of a query among so many names, and among so many vectors."""
    kbs = [knowledge_base(entry, data, results) for entry in entries]
    texts = [
        query.mention.text
        for entry in entries
        for query in queries_of(entry, data, max(1, count // len(entries)))
    ]
    total, begun = sum(kb.name_count for kb in kbs), own_mb()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kb"
        start = time.process_time()
        build(chosen(kbs, size / total), path)
        kb, built = KnowledgeBase.open(path), time.process_time()
        index = build_index(kb, path / "index" / "lexical")
        indexed = time.process_time() - built
        print(f"{kb.name_count:,} names: built in {built - start:.1f} s of CPU time, "
              f"indexed in {indexed:.1f} s, {size_mb(path):,.0f} MB on disk")  # fmt: skip
        retrieve, queries = retriever_over(kb, index), [bare(text) for text in texts]
        retrieve([bare("warm up")], K)
        rate("  by strings", lambda: retrieve(queries, K), len(queries))
        print(f"    {own_mb() - begun:,.0f} MB of memory more than before, mapped files left out")
    if size <= VECTORS:
        among_vectors(kbs[-1], texts, size)


def among_vectors(kb: KnowledgeBase, texts: Sequence[str], size: int) -> None:
    """Measure the dense list alone over the first vectors of a knowledge base, and the encoder."""
    encoder = load_encoder(encoder_folder("default"), threads=1)
    dense = ensure_dense_index(kb, encoder)
    begun = own_mb()
    part, coarse = dense.vectors[:size], dense.coarse.vectors[:size]
    if size <= IN_MEMORY:
        part, coarse = part.astype(np.float32), coarse.astype(np.float32)
    asked = encoder([normalise(text) for text in texts])
    first_look = Coarse(dense.coarse.basis, coarse)
    rate(f"  {len(part):,} vectors searched", lambda: near_names(part, first_look, asked), len(asked))
    print(f"    {own_mb() - begun:,.0f} MB of memory more than before, mapped files left out")
    rate("  texts embedded", lambda: encoder([normalise(text) for text in texts]), len(texts))


def memory(entries: Sequence[SuiteEntry], data: Path, results: Path, count: int) -> None:
    """Measure the memory of several vocabularies open at once, each asked something."""
    begun, opened = own_mb(), []
    for entry in entries:
        kb = knowledge_base(entry, data, results)
        retrieve = load(kb, "default")
        retrieve(queries_of(entry, data, count), K)
        opened.append(retrieve)
        print(f"{kb.path.name}: {kb.name_count:,} names; {peak_mb():,.0f} MB so far, "
              f"{own_mb():,.0f} MB of it not mapped files ({begun:,.0f} MB at the start)")  # fmt: skip


def load(kb: KnowledgeBase, encoder: str) -> Retriever:
    """Give the retriever of a default run, warmed up."""
    retrieve = build_retriever(RetrieveSettings(encoder=encoder), kb)
    retrieve([bare("warm up")], K)
    return retrieve


def queries_of(entry: SuiteEntry, data: Path, count: int) -> list[Query]:
    """Give the first queries of training documents that differ in their text."""
    found: dict[str, Query] = {}
    for doc in entry.train_documents(data, lambda _: None):
        for query in make_queries(doc, [annotation.mention for annotation in doc.annotations]):
            found.setdefault(query.mention.text.casefold(), query)
        if len(found) >= count:
            break
    return list(found.values())[:count]


def bare(text: str) -> Query:
    """Make a query of any type without context."""
    span = Span(0, len(text))
    return Query(Mention("", (span,), text, ""), Context(text, span))


def chosen(kbs: Sequence[KnowledgeBase], share: float) -> Iterator[Concept]:
    """Give that share of the concepts of some knowledge bases, by the hash of their ids."""
    for kb in kbs:
        for concept_id, names in groupby(kb.names(), key=lambda name: name.concept_id):
            digest = hashlib.blake2b(concept_id.encode(), digest_size=8).digest()
            if int.from_bytes(digest) < share * 2**64:
                first, *others = (name.alias for name in names)
                yield Concept(concept_id, first, tuple(map(Alias, others)))


def tfidf(names: Sequence[str], texts: Sequence[str]) -> Callable[[], None]:
    """Prepare a sparse product with all names."""
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    matrix = vectors.fit_transform(names).T.tocsr()

    def search() -> None:
        for text in texts:
            product = vectors.transform([text]) @ matrix
            if product.nnz > K:
                np.argpartition(product.data, -K)

    return search


def words(names: Sequence[str], texts: Sequence[str]) -> Callable[[], None]:
    """Prepare BM25 over words."""
    bm25s = import_module("bm25s")
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(names), stopwords=None, show_progress=False), show_progress=False)

    def search() -> None:
        asked = bm25s.tokenize(list(texts), stopwords=None, show_progress=False)
        index.retrieve(asked, k=K, show_progress=False)

    return search


def edits(names: Sequence[str], texts: Sequence[str]) -> Callable[[], None]:
    """Prepare a comparison with every name."""

    def search() -> None:
        for text in texts:
            process.extract(text, names, scorer=fuzz.ratio, limit=K)

    return search


def rate(label: str, work: Callable[[], object], count: int) -> float:
    """Print and give how many a second of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {label:34} {count / cpu:10,.0f} per second of CPU time, {count / wall:10,.0f} of wall clock, "
          f"{1000 * cpu / count:8.2f} ms each", flush=True)  # fmt: skip
    return count / cpu


def peak_mb() -> float:
    """Give the peak resident memory so far, mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def size_mb(folder: Path) -> float:
    """Give how much the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def own_mb() -> float:
    """Give the resident memory that is not mapped files; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


if __name__ == "__main__":
    main()
