"""The pipeline: documents in, decisions out, in one straight line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from belink.rerank.explanation import AskedQuestion, GateReport, explain_question
from belink.rerank.rerankers import SetwiseReranker
from belink.retrieve.reasons import Reason
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.name_variants import name_variants
from belink.text.normalise import normalise
from belink.text.organisms import organisms_of
from belink.text.windows import context
from belink.types import (
    Candidate,
    Decision,
    Detector,
    Document,
    Failed,
    Linked,
    Mention,
    Nil,
    Query,
    Ranking,
    Reranker,
    Retriever,
    Stage,
)

LEAST_NONE = 0.5
"""The re-ranker's answer is "none" where that is more probable than all candidates together."""


def link(
    docs: Sequence[Document],
    *,
    detect: Detector,
    retrieve: Retriever,
    rerank: Reranker | None,
    retrieval_probability: Callable[[tuple[Candidate, ...]], float],
    k: int = 10,
    retrieved: int = 20,
    min_probability: float | Callable[[str], float] = 0.0,
    settled: Callable[[Query, tuple[Candidate, ...]], bool] | None = None,
    organisms: Sequence[str] = (),
) -> list[Decision]:
    """Find the mentions of the documents and decide which concept each names.

    Mentions of one document that are alike, by their names and candidates, are asked about once, with the
    context of the first: what is meant by a name seldom changes within a document.

    Args:
        docs: documents with distinct ids.
        detect: finds the mentions.
        retrieve: proposes candidates.
        rerank: judges the first `k` candidates together; None keeps retrieval's order.
        retrieval_probability: probability in [0, 1] that the first of the candidates is right, used
            where there is no re-ranker.
        k: how many candidates the re-ranker sees.
        retrieved: how many candidates a decision reports, at least `k`.
        min_probability: a concept less probable than this, or than this gives for the mention's type, is
            not given out: the verdict is `Nil`.
        settled: tells where retrieval decides without asking the re-ranker; None asks always.
        organisms: CURIEs of the only organisms that genes may be of, the likeliest first; empty allows all.

    Returns:
        One decision a mention, in document order, then in the order `detect` gave; empty for no documents.
    """
    found = find(docs, detect=detect, retrieve=retrieve, k=k, retrieved=retrieved, organisms=organisms)
    return judge(
        found,
        rerank=rerank,
        retrieval_probability=retrieval_probability,
        k=k,
        min_probability=min_probability,
        settled=settled,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What `link` knows before it decides: the queries of the documents, in order, with their candidates."""

    queries: list[Query]
    candidates: list[tuple[Candidate, ...]]


def find(
    docs: Sequence[Document],
    *,
    detect: Detector,
    retrieve: Retriever,
    k: int = 10,
    retrieved: int = 20,
    organisms: Sequence[str] = (),
) -> Found:
    """Do the first half of `link`, with the same arguments."""
    queries = find_queries(docs, detect, organisms)
    return Found(queries, retrieve(queries, max(k, retrieved)))


def judge(
    found: Found,
    *,
    rerank: Reranker | None,
    retrieval_probability: Callable[[tuple[Candidate, ...]], float],
    k: int = 10,
    min_probability: float | Callable[[str], float] = 0.0,
    settled: Callable[[Query, tuple[Candidate, ...]], bool] | None = None,
) -> list[Decision]:
    """Do the second half of `link`, with the same arguments."""
    sure = [
        rerank is None or (settled is not None and settled(query, candidates))
        for query, candidates in zip(found.queries, found.candidates, strict=True)
    ]
    cases = open_cases(found.queries, found.candidates, sure, k)
    rankings = [] if rerank is None else rerank(*asked(cases, k))
    return [decide(case, rankings, retrieval_probability, min_probability) for case in cases]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a decision is what it is.

    Attributes:
        decision: as `link` gives it.
        query: the mention as it was looked up: its context, long form, variants and organisms.
        gate: whether retrieval was sure enough that the re-ranker was not asked; None without a gate.
        question: as the re-ranker was asked, with what each stage says of each option; None where it was not
            asked or did not answer.
        reasons: of each of the decision's candidates, what each list of retrieval says of it.
    """

    decision: Decision
    query: Query
    gate: GateReport | None
    question: AskedQuestion | None
    reasons: tuple[Reason, ...]


def explain(
    docs: Sequence[Document],
    *,
    detect: Detector,
    retrieve: Retriever,
    rerank: SetwiseReranker | None,
    retrieval_probability: Callable[[tuple[Candidate, ...]], float],
    reasons: Callable[[Sequence[Query], Sequence[tuple[Candidate, ...]]], list[tuple[Reason, ...]]],
    k: int = 10,
    retrieved: int = 20,
    min_probability: float | Callable[[str], float] = 0.0,
    gate: Callable[[Query, tuple[Candidate, ...]], GateReport] | None = None,
    organisms: Sequence[str] = (),
) -> list[Explanation]:
    """Decide as `link` does, and tell why.

    Args:
        docs: documents with distinct ids.
        detect: finds the mentions.
        retrieve: proposes candidates.
        rerank: tells how it judges the first `k` candidates; None keeps retrieval's order.
        retrieval_probability: as for `link`.
        reasons: tells for queries and their candidates what speaks for each candidate.
        k: how many candidates the re-ranker sees.
        retrieved: how many candidates a decision reports, at least `k`.
        min_probability: as for `link`.
        gate: tells where, and why, retrieval decides without asking the re-ranker; None asks always.
        organisms: as for `link`.
    """
    queries = find_queries(docs, detect, organisms)
    candidates = retrieve(queries, max(k, retrieved))
    gates = [
        None if gate is None or rerank is None else gate(query, found)
        for query, found in zip(queries, candidates, strict=True)
    ]
    sure = [rerank is None or (each is not None and each.settled) for each in gates]
    cases = open_cases(queries, candidates, sure, k)
    seen = asked(cases, k)
    judgements = [] if rerank is None else rerank.judge(*seen)
    rankings = [each if isinstance(each, Failed) else each.ranking for each in judgements]
    questions = [
        None if isinstance(each, Failed) else explain_question(each, query.mention, options)
        for each, query, options in zip(judgements, *seen, strict=True)
    ]
    return [
        Explanation(
            decision := decide(case, rankings, retrieval_probability, min_probability),
            case.query,
            report,
            None if case.question is None else questions[case.question],
            tuple(why[case.candidates.index(each)] for each in decision.candidates),
        )
        for case, report, why in zip(cases, gates, reasons(queries, candidates), strict=True)
    ]


def find_queries(docs: Sequence[Document], detect: Detector, organisms: Sequence[str]) -> list[Query]:
    """Find the mentions of the documents and put each into its context."""
    return [
        query
        for doc, mentions in zip(docs, detect(docs), strict=True)
        for query in make_queries(doc, mentions, organisms)
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """A query with what retrieval found for it.

    `question` numbers, from 0, the question to the re-ranker that decides it; None where retrieval decides.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    question: int | None


def open_cases(
    queries: Sequence[Query],
    candidates: Sequence[tuple[Candidate, ...]],
    sure: Sequence[bool],
    k: int,
) -> list[Case]:
    """Number the questions that decide the queries of which retrieval is not sure; alike ones share one."""
    numbers: dict[_Alike, int] = {}
    return [
        Case(query, found, None if settled else numbers.setdefault(_alike(query, found[:k]), len(numbers)))
        for query, found, settled in zip(queries, candidates, sure, strict=True)
    ]


def asked(cases: Sequence[Case], k: int) -> tuple[list[Query], list[tuple[Candidate, ...]]]:
    """Give for each question, in order, the first query it decides and `k` candidates: what is asked."""
    firsts: dict[int, Case] = {}
    for case in cases:
        if case.question is not None:
            firsts.setdefault(case.question, case)
    return [case.query for case in firsts.values()], [case.candidates[:k] for case in firsts.values()]


def least_probability(least: float | Callable[[str], float], type_: str) -> float:
    """Give the least probability that is given out for a type of mention, if there is one for each."""
    return least if isinstance(least, float | int) else least(type_)


def decide(
    case: Case,
    rankings: Sequence[Ranking | Failed],
    retrieval_probability: Callable[[tuple[Candidate, ...]], float],
    min_probability: float | Callable[[str], float],
) -> Decision:
    """Decide a case by the answer to its question, else by retrieval."""
    mention, found = case.query.mention, case.candidates
    least = least_probability(min_probability, mention.type)
    if case.question is None:
        return decide_by_retrieval(mention, found, retrieval_probability(found), least)
    return decide_by_ranking(mention, found, rankings[case.question], least)


_Alike = tuple[str, str, str, tuple[str, ...]]


def _alike(query: Query, seen: Sequence[Candidate]) -> _Alike:
    """Give what mentions that one question decides have in common: document, type, name and candidates."""
    mention = query.mention
    text = mention.text if query.expansion is None else query.expansion
    name = normalise(text) or text
    return mention.document_id, mention.type, name, tuple(candidate.concept_id for candidate in seen)


def make_queries(doc: Document, mentions: Sequence[Mention], organisms: Sequence[str] = ()) -> list[Query]:
    """Put each mention into its context, with all that the document says of how it may be written.

    The abbreviations that the document defines are written out, name variants are added, and gene mentions
    get their likely organisms.

    Args:
        doc: where the mentions stand.
        mentions: of the document.
        organisms: CURIEs of the only organisms that genes may be of, the likeliest first; empty allows all.
    """
    if not mentions:
        return []
    pairs = find_abbreviations(doc.text)
    expansions = [expand(mention.text, pairs, mention.spans[0].start) for mention in mentions]
    variants = name_variants(doc, mentions, expansions)
    taxa = organisms_of(doc, mentions, organisms)
    return [
        Query(mention, context(doc, mention), expansion, others, likely)
        for mention, expansion, others, likely in zip(mentions, expansions, variants, taxa, strict=True)
    ]


def decide_by_retrieval(
    mention: Mention, candidates: tuple[Candidate, ...], probability: float, min_probability: float
) -> Decision:
    """Choose retrieval's first candidate, or none where it is too improbable or there is none."""
    if not candidates:
        return Decision(mention, (), Nil(), 1.0 - probability, "retrieved")
    stage: Stage = "exact" if candidates[0].source == "exact" else "retrieved"
    if probability < min_probability:
        return Decision(mention, candidates, Nil(), 1.0 - probability, stage)
    return Decision(mention, candidates, Linked((candidates[0].concept_id,)), probability, stage)


def decide_by_ranking(
    mention: Mention, candidates: tuple[Candidate, ...], ranking: Ranking | Failed, min_probability: float
) -> Decision:
    """Choose what the re-ranker finds most probable, or none where that is more probable than not.

    Equal probabilities keep retrieval's order.

    The decision's candidates are those the re-ranker saw by falling probability, then the rest as
    retrieval ordered them.
    """
    if isinstance(ranking, Failed):
        return Decision(mention, candidates, ranking, 0.0, "reranked")
    seen = len(ranking.probabilities)
    order = sorted(range(seen), key=lambda i: -ranking.probabilities[i])
    ordered = tuple(candidates[i] for i in order) + candidates[seen:]
    best = ranking.probabilities[order[0]] if order else 0.0
    if not order or ranking.none_probability > LEAST_NONE or best < min_probability:
        return Decision(mention, ordered, Nil(), ranking.none_probability, "reranked")
    return Decision(mention, ordered, Linked((ordered[0].concept_id,)), best, "reranked")
