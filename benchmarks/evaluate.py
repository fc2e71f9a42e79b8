"""Seconds and memory to score 100,000 decisions with all slices and intervals, and to write the report.

    python benchmarks/evaluate.py [--decisions 100000] [--samples 1000]

The decisions are made up: documents of ten mentions, twenty candidates each, a knowledge base of 50,000
concepts in a tree. The baseline is the plainest thing one could do instead: compare one id with one id
and count, without intervals, slices or error list; and for the intervals a bootstrap loop in Python.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from belink.evaluate.intervals import SAMPLES
from belink.evaluate.report import Entry, write_report
from belink.evaluate.summary import Evaluation, evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Annotation, Candidate, Decision, Document, Linked, Mention, Nil, Span

T = TypeVar("T")

CONCEPTS = 50_000
MENTIONS_A_DOCUMENT = 10
CANDIDATES = 20
SCORING_GOAL_S = 20.0
REPORT_GOAL_S = 5.0
BASELINE_SAMPLES = 10


def concept_name(number: int) -> str:
    """Give a name of two words that tells the concept."""
    return f"syndrome {number:x}"


def make_corpus(n: int, prefix: str, rng: random.Random) -> list[Document]:
    """Make documents with `n` mentions in all."""
    docs = []
    for d in range(0, n, MENTIONS_A_DOCUMENT):
        document_id, text, annotations = f"{prefix}{d}", "", []
        for _ in range(min(MENTIONS_A_DOCUMENT, n - d)):
            number = int(rng.paretovariate(0.4)) % CONCEPTS
            name = concept_name(number) + rng.choice(["", "", " type", "s"])
            span = Span(len(text), len(text) + len(name))
            mention = Mention(document_id, (span,), name, "Disease")
            annotations.append(Annotation("", mention, "Disease", "", (f"K:{number}",)))
            text += f"{name} is found in patients with a history of the same; "
        docs.append(Document(document_id, text, annotations=tuple(annotations)))
    return docs


def decide(docs: list[Document], rng: random.Random) -> list[Decision]:
    """Make one decision a mention: about 70 % right, probabilities that roughly tell."""
    decisions = []
    for doc in docs:
        for annotation in doc.annotations:
            gold = annotation.concept_ids[0]
            others = [f"K:{rng.randrange(CONCEPTS)}" for _ in range(CANDIDATES - 1)]
            rank = 0 if rng.random() < 0.7 else rng.randrange(CANDIDATES + 5)
            ids = [*others[:rank], gold, *others[rank:]][:CANDIDATES]
            candidates = tuple(
                Candidate(id_, concept_name(int(id_[2:])), concept_name(int(id_[2:])), 1 - i / 40, "lexical")
                for i, id_ in enumerate(ids)
            )
            verdict = Linked((ids[0],)) if rng.random() < 0.95 else Nil()
            probability = min(1.0, max(0.0, rng.gauss(0.85 if rank == 0 else 0.45, 0.15)))
            decisions.append(Decision(annotation.mention, candidates, verdict, probability, "reranked"))
    return decisions


def make_vocabulary() -> Vocabulary:
    """Make a knowledge base held in dictionaries, so that evaluation alone is measured."""
    names = {f"K:{i}": (concept_name(i), f"{concept_name(i)} disease") for i in range(CONCEPTS)}
    holders = {name: (id_,) for id_, pair in names.items() for name in pair}
    return Vocabulary(
        resolve=lambda id_: (id_,) if id_ in names else (),
        parents=lambda id_: (f"K:{int(id_[2:]) // 8}",),
        names=lambda id_: names[id_],
        holders=lambda name: holders.get(name, ()),
    )


def plain_accuracy(docs: list[Document], decisions: list[Decision]) -> tuple[float, list[tuple[int, int]]]:
    """Count equal ids, and right ones and mentions of each document: the baseline."""
    said = {(d.mention.document_id, d.mention.spans): d for d in decisions}
    sums = []
    for doc in docs:
        right = 0
        for annotation in doc.annotations:
            verdict = said[doc.id, annotation.mention.spans].verdict
            right += isinstance(verdict, Linked) and verdict.concept_ids == annotation.concept_ids
        sums.append((right, len(doc.annotations)))
    return sum(r for r, _ in sums) / sum(n for _, n in sums), sums


def plain_bootstrap(sums: list[tuple[int, int]], samples: int, rng: random.Random) -> list[float]:
    """Draw documents in a Python loop: the baseline of the intervals."""
    found = []
    for _ in range(samples):
        drawn = rng.choices(sums, k=len(sums))
        found.append(sum(r for r, _ in drawn) / sum(n for _, n in drawn))
    return sorted(found)


def timed(what: Callable[[], T]) -> tuple[T, float]:
    """Call and give the result with its seconds."""
    begun = time.perf_counter()
    result = what()
    return result, time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    arguments = parser.parse_args()
    rng = random.Random(0)
    gold, train = make_corpus(arguments.decisions, "d", rng), make_corpus(arguments.decisions, "t", rng)
    decisions, vocabulary = decide(gold, rng), make_vocabulary()

    def run(protocol: str) -> Evaluation:
        return evaluate(
            gold,
            decisions,
            protocol=protocol,  # type: ignore[arg-type]
            vocabulary=vocabulary,
            train=train,
            name="synthetic",
            samples=arguments.samples,
        )

    (accuracy, sums), plain_s = timed(lambda: plain_accuracy(gold, decisions))
    _, few_s = timed(lambda: plain_bootstrap(sums, BASELINE_SAMPLES, rng))
    baseline_s = plain_s + few_s * arguments.samples / BASELINE_SAMPLES
    evaluation, scoring_s = timed(lambda: run("full"))
    _, end_to_end_s = timed(lambda: run("end-to-end"))
    if evaluation.accuracy.value != accuracy:
        raise SystemExit(f"accuracy {evaluation.accuracy.value} is not the baseline's {accuracy}")
    with tempfile.TemporaryDirectory() as folder:
        _, report_s = timed(lambda: write_report(Path(folder), [Entry(evaluation, "synthetic")]))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    print(f"{len(decisions):,} decisions, {len(gold):,} documents, {arguments.samples:,} samples,", end=" ")
    print(f"{len(evaluation.slices)} slices, {len(evaluation.errors):,} errors")
    print(f"{'':34}{'seconds':>9}{'ratio':>9}{'goal, s':>9}")
    print(f"{'counting and bootstrap, accuracy only':34}{baseline_s:9.2f}{1.0:9.2f}")
    print(f"{'evaluate, full':34}{scoring_s:9.2f}{scoring_s / baseline_s:9.2f}{SCORING_GOAL_S:9.0f}")
    print(
        f"{'evaluate, end-to-end':34}{end_to_end_s:9.2f}{end_to_end_s / baseline_s:9.2f}{SCORING_GOAL_S:9.0f}"
    )
    print(f"{'report':34}{report_s:9.2f}{report_s / baseline_s:9.2f}{REPORT_GOAL_S:9.0f}")
    print(f"peak memory {peak_mb:,.0f} MB")


if __name__ == "__main__":
    main()
