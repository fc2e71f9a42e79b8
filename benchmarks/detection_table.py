"""Print how well mentions are found, and linked from raw text: dictionary alone, tagger alone, and both.

`python benchmarks/detection_table.py [--data ../shared/data] [--results results] [--only NAME...]`

Scores the corpora of `benchmarks/suites/detection-dev.toml` by the protocol `end-to-end` of
docs/evaluation.md, with 95 % intervals by bootstrap over documents. The three share one linker; what any of
them finds is linked once. "dictionary" are the names of the knowledge base, with nothing dropped; "tagger"
sees no dictionary; "both" is what `belink link` does. Knowledge bases are built in the results folder.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from belink.accepted import accepted
from belink.cli.run_manifest import peak_memory_mb
from belink.cli.suite import knowledge_base
from belink.config import DetectSettings, KnowledgeBaseSettings, RerankSettings, Settings
from belink.detect.coordinated import joined, with_parts
from belink.detect.variants import variants
from belink.evaluate.intervals import Estimate
from belink.evaluate.protocol import gold_mentions, of_type
from belink.evaluate.spans import EndToEnd, SpanFigures, end_to_end_figures
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.evaluate.summary import evaluate
from belink.evaluate.vocabulary import CurrentIds, vocabulary_of
from belink.formats import read
from belink.link import link
from belink.linker import Linker
from belink.stages.detection import build_acceptance, build_detector
from belink.stages.stream import batches
from belink.types import Decision, Detector, Document, Mention, Nil

GOALS = {
    "ncbi-disease": (84, 82),
    "bc5cdr-disease": (84, 82),
    "bc5cdr-chemical": (89, 88),
    "gnormplus": (82, 72),
    "nlm-gene": (82, 72),
    "s800": (78, 82),
    "linnaeus": (78, 82),
    "bioid-cellline": (78, None),
    "biored-disease": (None, 75),
    "biored-chemical": (None, 78),
    "biored-species": (None, 90),
    "biored-gene": (None, 68),
}
"""Of both: strict span F1 and document-level F1 to be reached."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way to find the mentions of one corpus."""

    corpus: str
    way: str
    documents: int
    figures: EndToEnd


def ways(options: argparse.Namespace) -> dict[str, DetectSettings]:
    """Give the settings that are compared."""
    return {
        "dictionary": DetectSettings(tagger="none"),
        "tagger": DetectSettings(tagger=options.tagger, dictionary=False),
        "both": DetectSettings(tagger=options.tagger),
    }


def score(entry: SuiteEntry, options: argparse.Namespace) -> list[Row]:
    """Score an entry of the suite in all ways."""
    kb = knowledge_base(entry, options.data, options.results)
    docs = entry.gold_documents(options.data, lambda _: None)[: options.documents]
    settings = {
        way: Settings(
            kb=KnowledgeBaseSettings(path=kb.path),
            detect=detect,
            rerank=RerankSettings(reranker=options.reranker),
        )
        for way, detect in ways(options).items()
    }
    linker = Linker.from_settings(settings["both"])
    found = {
        way: detected(linker.detect if way == "both" else build_detector(each.detect, kb), docs)
        for way, each in settings.items()
    }
    union = [
        tuple(sorted({m for own in found.values() for m in own[number]}, key=lambda m: (m.spans, m.type)))
        for number in range(len(docs))
    ]
    decided = link_mentions(linker, docs, union)
    rows = []
    for way, each in settings.items():
        decisions = [replace(decided[mention], mention=mention) for own in found[way] for mention in own]
        if acceptance := build_acceptance(each):
            decisions = accepted(decisions, acceptance)
        figures = evaluate(
            docs,
            decisions,
            protocol="end-to-end",
            vocabulary=vocabulary_of(kb),
            entity_type=entry.type,
            name=entry.name,
        ).end_to_end
        if figures:
            rows.append(Row(entry.name, way, len(docs), figures))
            print(line(rows[-1]), flush=True)
    return rows


def detected(detect: Detector, docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Detect batch by batch, as `belink link` does."""
    return [own for batch in batches(docs) for own in detect(batch)]


def link_mentions(
    linker: Linker, docs: Sequence[Document], mentions: Sequence[tuple[Mention, ...]]
) -> dict[Mention, Decision]:
    """Decide each mention, coordinated ones by their parts."""
    decisions = link(
        docs,
        detect=lambda _: [with_parts(own) for own in mentions],
        retrieve=linker.retrieve,
        rerank=linker.rerank,
        retrieval_probability=linker.retrieval_probability,
        settled=None if linker.weighing is None else linker.weighing.settles,
    )
    settled = joined([mention for own in mentions for mention in own], decisions)
    return {decision.mention: decision for decision in settled}


def variant_row(options: argparse.Namespace) -> Row:
    """Score the patterns of variants on BioRED's development part: spans only, no knowledge base has them."""
    splits = json.loads((options.data / "corpora/dev-splits.json").read_text(encoding="utf-8"))
    dev = set(splits["biored"]["dev"])
    path = options.data / "corpora/biored/traindev.clean.PubTator"
    docs = [doc for doc in read(path, on_problem=lambda _: None).documents if doc.id in dev]
    decisions = [Decision(m, (), Nil(), 0.0, "retrieved") for own in variants(docs) for m in own]
    gold = gold_mentions(of_type(docs, "Variant"), lambda _: ())
    return Row(
        "biored-variant", "patterns", len(docs), end_to_end_figures(gold, decisions, CurrentIds(lambda _: ()))
    )


def main() -> None:
    """Parse arguments, score, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/detection-dev.toml"))
    parser.add_argument("--tagger", default="default", help="as for belink link")
    parser.add_argument("--reranker", default="default", help="as for belink link")
    parser.add_argument("--documents", type=int, default=None, help="most documents of a corpus")
    parser.add_argument("--only", nargs="*", default=[], help="entries of the suite")
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args()
    rows: list[Row] = []
    for entry in load_suite(options.suite):
        if not options.only or entry.name in options.only:
            rows += score(entry, options)
    if not options.only or "biored-variant" in options.only:
        rows.append(variant_row(options))
    table = "\n".join([*HEADER, *map(line, rows)])
    print(f"\n{table}\n\npeak memory {peak_memory_mb():.0f} MB")
    if options.out:
        options.out.write_text(table + "\n", encoding="utf-8")


HEADER = (
    "| corpus | found by | documents | spans P | R | F1 (95 %) | goal "
    "| ids of documents P | R | F1 (95 %) | goal |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


def line(row: Row) -> str:
    """Write a row of the table, in percent."""
    goals = GOALS.get(row.corpus, (None, None)) if row.way == "both" else (None, None)
    cells = [row.corpus, row.way, str(row.documents)]
    for figures, goal in zip((row.figures.detection_strict, row.figures.document), goals, strict=True):
        cells += [*percentages(figures), "" if goal is None else f"{goal}"]
    return f"| {' | '.join(cells)} |"


def percentages(figures: SpanFigures) -> list[str]:
    """Write precision, recall, and F1 with its interval."""
    return [
        percent(figures.precision.value),
        percent(figures.recall.value),
        f"{percent(figures.f1.value)} ({interval(figures.f1)})",
    ]


def interval(estimate: Estimate) -> str:
    """Write the bounds of an interval."""
    return f"{percent(estimate.low)}-{percent(estimate.high)}"


def percent(fraction: float) -> str:
    """Write a fraction in percent."""
    return f"{100 * fraction:.1f}"


if __name__ == "__main__":
    main()
