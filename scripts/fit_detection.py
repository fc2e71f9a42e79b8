"""Fit how probable proposed mentions are ones, and their links right: a tagger's `combination.json`.

`python scripts/fit_detection.py --tagger models/tagger [--data ../shared/data] [--results results]`

The corpora are the development parts of `benchmarks/suites/detection-dev.toml` but BioRED's, which stays
unseen. The tagger was trained on their training parts, and on nothing of HPO's, whose phenotypes have weights
of their own. Everything the tagger finds not quite improbable and every name is linked once, with the default
pipeline; the weights are those of `belink.train.fit_combination`.
Since all is fitted there, what is printed is strict span F1, document-level F1 and expected calibration error
of one half of the documents (by a hash of the id) with the weights of the other; so are the precisions of
thresholds on the probability, which are stored with the weights (`--target-precision`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from belink.cli.suite import knowledge_base
from belink.config import DetectSettings, KnowledgeBaseSettings, RerankSettings, Settings
from belink.detect.combination import (
    write_combination,
)
from belink.detect.combined import judgements
from belink.detect.coordinated import joined, with_parts
from belink.detect.phenotypes import PHENOTYPE, phenotypes_as_diseases
from belink.detect.pieces import FEATURES, TAGGED_TYPES
from belink.detect.proteins import without_proteins
from belink.detect.tagger import load_tagger
from belink.detect.vocabulary import dictionary_of
from belink.evaluate.measures import calibration
from belink.evaluate.protocol import gold_mentions
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.evaluate.vocabulary import CurrentIds, vocabulary_of
from belink.link import link
from belink.linker import Linker
from belink.models.tagger import check_tagger, write_tagger_manifest
from belink.train.fit_combination import (
    Corpus,
    GivenOut,
    Judged,
    concept_ids,
    crossed,
    every_span,
    fit,
    precision_points,
)
from belink.types import Decision, Linked, Mention

Counts = tuple[int, int, int]
"""Right, predicted, gold."""


def judge(entry: SuiteEntry, options: argparse.Namespace) -> Corpus:
    """Find, tag and link everything that could be a mention in the documents of an entry."""
    kb = knowledge_base(entry, options.data, options.results)
    settings = Settings(
        kb=KnowledgeBaseSettings(path=kb.path),
        rerank=RerankSettings(reranker=options.reranker),
        detect=DetectSettings(spans="given"),
    )
    linker = Linker.from_settings(settings)
    docs = entry.gold_documents(options.data, lambda _: None)[: options.documents]
    hits = without_proteins(dictionary_of(kb, frozenset({entry.type}), everyday=True), kb)(docs)
    tag = load_tagger(options.tagger)
    tagged = (phenotypes_as_diseases(tag) if entry.type == PHENOTYPE else tag)(docs, hits)
    judged = [judgements(doc.text, own) for doc, own in zip(docs, tagged, strict=True)]
    asked = [
        [
            Mention(doc.id, (span,), doc.text[span.start : span.end], entry.type)
            for span in every_span(doc, hit, own, entry.type)
        ]
        for doc, hit, own in zip(docs, hits, judged, strict=True)
    ]
    decisions = link(
        docs,
        detect=lambda _: [with_parts(mentions) for mentions in asked],
        retrieve=linker.retrieve,
        rerank=linker.rerank,
        retrieval_probability=linker.retrieval_probability,
        settled=None if linker.weighing is None else linker.weighing.settles,
    )
    settled = joined([mention for own in asked for mention in own], decisions)
    current = CurrentIds(vocabulary_of(kb).resolve)
    links = {decision.mention: with_current_ids(decision, current) for decision in settled}
    gold = gold_mentions(docs, vocabulary_of(kb).resolve)
    print(f"{entry.name}: {len(docs)} documents, {len(settled)} mentions linked", flush=True)
    of_doc = {doc.id: [item for item in gold if item.mention.document_id == doc.id] for doc in docs}
    return Corpus(
        entry.name,
        entry.type,
        tuple(
            Judged(
                doc,
                hit,
                own,
                links,
                frozenset(item.mention for item in of_doc[doc.id]),
                frozenset(id_ for item in of_doc[doc.id] for id_ in item.ids),
            )
            for doc, hit, own in zip(docs, hits, judged, strict=True)
        ),
    )


def with_current_ids(decision: Decision, current: CurrentIds) -> Decision:
    """Replace the ids of a decision by those that stand for them now."""
    if not isinstance(decision.verdict, Linked):
        return decision
    ids = tuple(now for id_ in decision.verdict.concept_ids for now in current.mapped(id_))
    return replace(decision, verdict=Linked(ids))


def f1(rows: Sequence[Counts]) -> float:
    """Give the F1 of counts summed up."""
    right, predicted, gold = map(sum, zip(*rows, strict=True)) if rows else (0, 0, 0)
    return 2 * right / max(1, predicted + gold)


def print_crossed(given_out: GivenOut) -> None:
    """Print the figures of each corpus with the weights of the other half of all."""
    for name, items in given_out.items():
        spans, ids, probabilities, right = [], [], [], []
        for item, kept in items:
            found = {id_ for decision in kept for id_ in concept_ids(decision)}
            mentions = {decision.mention for decision in kept}
            spans.append((len(item.gold_spans & mentions), len(mentions), len(item.gold_spans)))
            ids.append((len(item.gold_ids & found), len(found), len(item.gold_ids)))
            linked = [decision for decision in kept if concept_ids(decision)]
            probabilities += [decision.probability for decision in linked]
            right += [not item.gold_ids.isdisjoint(concept_ids(decision)) for decision in linked]
        error = calibration(np.array(probabilities), np.array(right)).expected_calibration_error
        print(f"  {name:16} strict span F1 {f1(spans):.3f}, document-level F1 {f1(ids):.3f}, ECE {error:.3f}")


def main() -> None:
    """Fit on all corpora of the suite but BioRED, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tagger", type=Path, default=Path("models/tagger"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="where knowledge bases are built"
    )
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/detection-dev.toml"))
    parser.add_argument("--documents", type=int, default=400, help="most documents of a corpus")
    parser.add_argument("--reranker", default="default")
    parser.add_argument("--dry-run", action="store_true", help="print only")
    options = parser.parse_args()
    entries = [entry for entry in load_suite(options.suite) if not entry.name.startswith("biored")]
    corpora = [judge(entry, options) for entry in entries]
    given_out = crossed(corpora)
    print_crossed(given_out)
    points = precision_points(corpora, given_out)
    for type_, own in points.items():
        print(f"  {type_}: " + ", ".join(f"{p.threshold:g} {p.precision:.3f} {p.coverage:.2f}" for p in own))
    combination = replace(fit(corpora, lambda _: True), points=points)
    if not options.dry_run:
        described = check_tagger(options.tagger, types=TAGGED_TYPES, features=FEATURES)
        write_combination(combination, options.tagger)
        write_tagger_manifest(
            options.tagger,
            types=described.types,
            features=described.features,
            base_model=described.base_model,
            licence=described.licence,
        )


if __name__ == "__main__":
    main()
