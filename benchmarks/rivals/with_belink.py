"""BeLink itself, in the parts that the table tells apart.

Run as `python -m benchmarks.rivals.with_belink TASK OUT STORE names|retrieval|pipeline|pointwise`. `names`
and `retrieval` see what the other rivals see: the texts of `mentions.jsonl`. `pipeline` and `pointwise` read
the documents, as `belink evaluate` does. TASK holds `task.json` too: where the knowledge base, the models and
the documents are.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.rivals.child import (
    CANDIDATES,
    Record,
    read_lines,
    store_seconds,
    stored_seconds,
    write_measures,
)

from belink.config import (
    DetectSettings,
    KnowledgeBaseSettings,
    RerankSettings,
    RetrieveSettings,
    Settings,
    build_retriever,
)
from belink.errors import ConfigError, KnowledgeBaseError
from belink.evaluate.suite import load_suite
from belink.formats.decisions import write_decisions
from belink.kb.store import KnowledgeBase
from belink.link import decide_by_retrieval
from belink.linker import Linker
from belink.models.encoder import load_encoder
from belink.retrieve.dense_index import ensure_dense_index, open_dense_index
from belink.retrieve.index import build_index
from belink.types import Candidate, Context, Decision, Failed, Mention, Query, Ranking, Reranker, Span


def indexed(kb: KnowledgeBase, encoder: str, store: Path) -> float | None:
    """See that the indexes stand; give the seconds they take to make, None where that was not measured.

    The lexical index is made once more to time it. Vectors are made where they are missing only: how long
    they took is then kept in STORE.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        build_index(kb, Path(folder) / "lexical")
    lexical_s = time.perf_counter() - begun
    if encoder == "none":
        return lexical_s
    model = load_encoder(Path(encoder))
    try:
        open_dense_index(kb, model)
    except KnowledgeBaseError:
        begun = time.perf_counter()
        ensure_dense_index(kb, model)
        store_seconds(store, time.perf_counter() - begun)
    vectors_s = stored_seconds(store)
    return None if vectors_s is None else lexical_s + vectors_s


def query_of(record: Record) -> Query:
    """Make the query of a line of `mentions.jsonl`: the last text is the mention, the other its long form."""
    spans = tuple(Span(start, end) for start, end in record["spans"])
    mention = Mention(record["document_id"], spans, record["text"], record["type"])
    *longer, text = record["texts"]
    return Query(mention, Context(text, Span(0, len(text))), longer[0] if longer else None)


def retrieve(task: Path, kb: KnowledgeBase, settings: Settings) -> tuple[list[Decision], float]:
    """Rank the candidates of the texts; the first is the answer."""
    queries = [query_of(record) for record in read_lines(task / "mentions.jsonl")]
    retriever = build_retriever(settings.retrieve, kb)
    begun = time.perf_counter()
    found = retriever(queries, CANDIDATES)
    seconds = time.perf_counter() - begun
    decided = [decide_by_retrieval(q.mention, best, 1.0, 0.0) for q, best in zip(queries, found, strict=True)]
    return decided, seconds


def pointwise(judge: Reranker) -> Reranker:
    """Ask a re-ranker about one candidate at a time, as cross-encoders do; "none" is no answer."""

    def rerank(
        queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]:
        pairs = [(q, (c,)) for q, found in zip(queries, candidates, strict=True) for c in found]
        answers = iter(judge([query for query, _ in pairs], [single for _, single in pairs]))
        return [_ranking([next(answers) for _ in found]) for found in candidates]

    return rerank


def _ranking(answers: Sequence[Ranking | Failed]) -> Ranking | Failed:
    """Make the probabilities of single candidates, each against "none", add up to 1."""
    rankings = [answer for answer in answers if isinstance(answer, Ranking)]
    if len(rankings) < len(answers):
        return next(answer for answer in answers if isinstance(answer, Failed))
    if not rankings:
        return Ranking((), 1.0)
    single = [ranking.probabilities[0] for ranking in rankings]
    total = sum(single)
    shares = [p / total for p in single] if total > 0 else [1 / len(single)] * len(single)
    return Ranking(tuple(shares), 0.0)


def link(known: Record, settings: Settings, kind: str) -> tuple[list[Decision], float]:
    """Link the mentions of the documents as `belink evaluate --suite` does."""
    data = Path(known["data"])
    entry = next(each for each in load_suite(Path(known["suite"])) if each.name == known["corpus"])
    docs = entry.gold_documents(data)
    linker = Linker.from_settings(settings)
    if kind == "pointwise":
        if linker.rerank is None:
            raise ConfigError("point-wise re-ranking needs --reranker")
        linker = replace(linker, rerank=pointwise(linker.rerank), settled=None)
    begun = time.perf_counter()
    decisions = [decision for _, of_doc in linker.link_stream(docs) for decision in of_doc]
    return decisions, time.perf_counter() - begun


def main() -> None:
    """Link, and write decisions and measures."""
    task, out, store = (Path(argument) for argument in sys.argv[1:4])
    kind = sys.argv[4]
    known = json.loads((task / "task.json").read_text(encoding="utf-8"))
    encoder = "none" if kind == "names" else known["encoder"]
    reranker = known["reranker"] if kind in ("pipeline", "pointwise") else "none"
    settings = Settings(
        kb=KnowledgeBaseSettings(path=Path(known["kb"])),
        detect=DetectSettings(spans="given"),
        retrieve=RetrieveSettings(encoder=encoder, retrieved=CANDIDATES),
        rerank=RerankSettings(reranker=reranker),
    )
    kb = KnowledgeBase.open(Path(known["kb"]))
    index_s = indexed(kb, encoder, store)
    if kind in ("pipeline", "pointwise"):
        decisions, seconds = link(known, settings, kind)
    else:
        decisions, seconds = retrieve(task, kb, settings)
    write_decisions(out / "decisions.jsonl", decisions)
    write_measures(out, index_s=index_s, search_s=seconds, mentions=len(decisions))


if __name__ == "__main__":
    main()
