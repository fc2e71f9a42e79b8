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
from collections.abc import Collection, Sequence
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

from belink.cli.problems import ProblemLog
from belink.config import DetectSettings, KnowledgeBaseSettings, RerankSettings, RetrieveSettings, Settings
from belink.errors import ConfigError
from belink.evaluate.protocol import MentionKey
from belink.evaluate.suite import load_suite
from belink.formats.decisions import write_decisions
from belink.kb.store import KnowledgeBase
from belink.link import decide_by_retrieval
from belink.link import link as link_documents
from belink.linker import Linker
from belink.models.encoder import load_encoder, read_encoder_manifest
from belink.retrieve.dense_index import ensure_dense_index, has_dense_index
from belink.retrieve.dense_vectors import vector_count
from belink.retrieve.index import build_index
from belink.stages.retrieval import build_retriever
from belink.types import (
    Candidate,
    Context,
    Decision,
    Document,
    Failed,
    Mention,
    Query,
    Ranking,
    Reranker,
    Retriever,
    Span,
)


def indexed(kb: KnowledgeBase, encoder: str, store: Path, *, timed: bool) -> float | None:
    """See that the indexes stand; give the seconds they take to make, None where that was not measured.

    The lexical index is made once more where it is to be timed. Vectors are made where they are missing and
    BeLink makes them on first use: how long they took is then kept in STORE.
    """
    lexical_s = None
    if timed:
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            build_index(kb, Path(folder) / "lexical")
        lexical_s = time.perf_counter() - begun
    if encoder == "none":
        return lexical_s
    model = load_encoder(Path(encoder))
    if not has_dense_index(kb, read_encoder_manifest(Path(encoder)).checksum):
        if vector_count(kb) > RetrieveSettings().vectors_on_first_use:
            return lexical_s
        begun = time.perf_counter()
        ensure_dense_index(kb, model)
        store_seconds(store, time.perf_counter() - begun)
    vectors_s = stored_seconds(store)
    return None if lexical_s is None or vectors_s is None else lexical_s + vectors_s


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


def only(retrieve: Retriever, wanted: Collection[MentionKey]) -> Retriever:
    """Find candidates for these mentions alone; the others only tell what they tell of the document."""

    def some(queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]:
        found = iter(retrieve([query for query in queries if _key(query.mention) in wanted], k))
        return [next(found) if _key(query.mention) in wanted else () for query in queries]

    return some


def _key(mention: Mention) -> MentionKey:
    return mention.document_id, mention.spans, mention.type


def link(task: Path, known: Record, settings: Settings, kind: str) -> tuple[list[Decision], float]:
    """Link the mentions of a task in their documents, as `belink evaluate --suite` does."""
    wanted = {_key(query_of(record).mention) for record in read_lines(task / "mentions.jsonl")}
    data = Path(known["data"])
    entry = next(each for each in load_suite(Path(known["suite"])) if each.name == known["corpus"])
    holding = {document_id for document_id, _, _ in wanted}
    docs = [doc for doc in entry.gold_documents(data, ProblemLog()) if doc.id in holding]
    linker = Linker.from_settings(settings)
    linker = replace(linker, retrieve=only(linker.retrieve, wanted))
    begun = time.perf_counter()
    if kind == "pointwise":
        decisions = _link_pointwise(linker, docs)
    else:
        decisions = [decision for _, of_doc in linker.link_stream(docs) for decision in of_doc]
    seconds = time.perf_counter() - begun
    return [decision for decision in decisions if _key(decision.mention) in wanted], seconds


def _link_pointwise(linker: Linker, docs: Sequence[Document]) -> list[Decision]:
    """Link with the re-ranker asked about every mention, one candidate at a time."""
    if linker.rerank is None:
        raise ConfigError("point-wise re-ranking needs --reranker")
    return link_documents(
        docs,
        detect=linker.detect,
        retrieve=linker.retrieve,
        rerank=pointwise(linker.rerank),
        retrieval_probability=linker.retrieval_probability,
        k=linker.settings.rerank.k,
        retrieved=CANDIDATES,
    )


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
    index_s = indexed(kb, encoder, store, timed=known["part"] == "speed")
    if kind in ("pipeline", "pointwise"):
        decisions, seconds = link(task, known, settings, kind)
    else:
        decisions, seconds = retrieve(task, kb, settings)
    write_decisions(out / "decisions.jsonl", decisions)
    write_measures(out, index_s=index_s, search_s=seconds, mentions=len(decisions))


if __name__ == "__main__":
    main()
