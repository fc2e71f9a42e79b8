"""Fit the fusion of the exact, lexical and dense lists on training documents, and show what it brings on dev.

Usage: python scripts/fit_fusion.py --encoder models/encoder [--data ../shared/data] [--only NAME ...]

Fits on the mentions of the suite's training documents, one for each form and gold concept; composite ones
and those without a concept of the knowledge base are left out, and so are documents of any corpus's dev
part. Dev figures are of forms that no training document has, as in `belink evaluate --protocol unseen`. The
encoder must not have seen the labelled training mentions, or its list would look better here than on new
text. Deterministic.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from belink.evaluate.protocol import GoldMention, form, gold_mentions, select
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.formats.problems import OnProblem
from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.models.encoder import load_encoder
from belink.retrieve.dense_index import NameEncoder, ensure_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import ensure_index
from belink.retrieve.learnt import FEATURES, Evidence, LearntFusion
from belink.retrieve.retriever import build_retriever, explain
from belink.types import Document, Query

DEFAULT = ("ncbi-disease", "bc5cdr-disease")
DEPTHS = (1, 5, 20)


@dataclass(frozen=True, slots=True)
class Item:
    """A mention: what is asked, and which concepts are right."""

    query: Query
    gold: frozenset[str]


def items(docs: Sequence[Document], mentions: Sequence[GoldMention]) -> list[Item]:
    """Make queries of mentions, in their order."""
    by_id = {doc.id: doc for doc in docs}
    return [
        Item(make_queries(by_id[one.mention.document_id], [one.mention])[0], frozenset(one.ids))
        for one in mentions
    ]


def train_mentions(docs: Sequence[Document], kb: KnowledgeBase, held_out: set[str]) -> list[GoldMention]:
    """Give one mention for each form and gold of the documents that are in no dev part."""
    once: dict[tuple[str, tuple[str, ...]], GoldMention] = {}
    for one in gold_mentions([doc for doc in docs if doc.id not in held_out], kb.resolve):
        if one.ids and not one.composite:
            once.setdefault((form(one.mention), one.ids), one)
    return list(once.values())


def vocabulary(entry: SuiteEntry, data: Path, work: Path) -> KnowledgeBase:
    """Build the tables of an entry, or open what lies in `work`."""
    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    folder = work / paths[0].name.split(".")[0]
    if not folder.exists():
        recipe, problems = Recipe(retired=tuple(map(str, retired)), lenient=True), Problems(lenient=True)
        sources = open_sources(paths, recipe, problems)
        build_sources(sources, folder, problems=problems, recipe=recipe.as_json())
    return KnowledgeBase.open(folder)


def table(
    evidence: Sequence[Evidence], asked: Sequence[Item], kb: KnowledgeBase
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Stack the features of all concepts of all mentions, and tell which are right."""
    right = [
        concept_id in item.gold
        for each, item in zip(evidence, asked, strict=True)
        for concept_id in kb.concept_ids(each.concepts)
    ]
    return np.concatenate([each.features for each in evidence]), np.array(right)


def recall(found: Sequence[Sequence[str]], asked: Sequence[Item]) -> dict[str, float]:
    """Give the share of mentions with a right concept among the first 1, 5 and 20."""
    pairs = list(zip(found, asked, strict=True))
    hits = {f"@{k}": np.mean([not item.gold.isdisjoint(ids[:k]) for ids, item in pairs]) for k in DEPTHS}
    return {"n": len(asked), **{name: round(float(value), 4) for name, value in hits.items()}}


def ordered(evidence: Evidence, values: NDArray[np.float64], kb: KnowledgeBase) -> list[str]:
    """Give the concepts best first, ties by id."""
    ids = kb.concept_ids(evidence.concepts)
    return [ids[place] for place in np.lexsort((evidence.concepts, -values))]


def ignore(problem: object) -> None:
    """Leave faulty annotations out."""
    del problem


def fit(args: argparse.Namespace, work: Path) -> None:
    """Gather, fit, measure and write."""
    encoder: NameEncoder = load_encoder(args.encoder)
    suite = load_suite(args.suite)
    entries = [entry for entry in suite if entry.name in args.only]
    on_problem: OnProblem = ignore
    parts = {entry.name: entry.documents(args.data, on_problem) for entry in entries}
    splits = json.loads((args.data / "corpora" / "dev-splits.json").read_text()).values()
    held_out = {doc.id for gold, _ in parts.values() for doc in gold}.union(*(each["dev"] for each in splits))
    blank = LearntFusion(FEATURES, (0.0,) * len(FEATURES), 0.0)
    features, right, counts = [], [], {}
    for entry in entries:
        kb = vocabulary(entry, args.data, work)
        dense = Dense(ensure_dense_index(kb, encoder), encoder, blank)
        train = parts[entry.name][1]
        asked = items(train, train_mentions(train, kb, held_out))
        found = explain(kb, ensure_index(kb), dense, [item.query for item in asked])
        of_entry = table(found, asked, kb)
        features.append(of_entry[0])
        right.append(of_entry[1])
        counts[entry.name] = len(asked)
    model = LogisticRegression(C=10, max_iter=5000).fit(np.concatenate(features), np.concatenate(right))
    weights = tuple(round(float(value), 4) for value in model.coef_[0])
    fusion = LearntFusion(FEATURES, weights, round(float(model.intercept_[0]), 4))
    measured = {
        entry.name: measure(parts[entry.name], fusion, encoder, vocabulary(entry, args.data, work))
        for entry in entries
    }
    sys.stdout.write(
        json.dumps({"weights": dict(zip(FEATURES, weights, strict=True)), "dev": measured}, indent=1)
    )
    provenance = {
        "made_by": "python scripts/fit_fusion.py --encoder models/encoder",
        "encoder": encoder.checksum,
        "fitted_on_mentions": counts,
        "dev_unseen_forms": measured,
    }
    values = {"features": FEATURES, "coefficients": weights, "intercept": fusion.intercept}
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps({**values, "provenance": provenance}, indent=1) + "\n")


def measure(
    part: tuple[tuple[Document, ...], tuple[Document, ...]],
    fusion: LearntFusion,
    encoder: NameEncoder,
    kb: KnowledgeBase,
) -> dict[str, dict[str, float]]:
    """Measure the lexical list, the dense list and the fusion on unseen forms of the dev part."""
    gold, train = part
    asked = items(gold, select("unseen", gold, train, kb.resolve).mentions)
    queries, lexical = [item.query for item in asked], ensure_index(kb)
    dense = Dense(ensure_dense_index(kb, encoder), encoder, fusion)
    evidence = explain(kb, lexical, dense, queries)
    cosine, short = FEATURES.index("dense"), FEATURES.index("short_dense")
    by_cosine = [
        ordered(each, np.maximum(each.features[:, cosine], each.features[:, short]), kb) for each in evidence
    ]
    strings = build_retriever(kb, lexical)(queries, DEPTHS[-1])
    fused = build_retriever(kb, lexical, dense=dense)(queries, DEPTHS[-1])
    return {
        "exact and lexical": recall([[c.concept_id for c in found] for found in strings], asked),
        "dense": recall(by_cosine, asked),
        "fused": recall([[c.concept_id for c in found] for found in fused], asked),
    }


def main() -> None:
    """Read the command line and fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--only", nargs="+", default=list(DEFAULT), help="entries of the suite")
    parser.add_argument("--out", type=Path, default=Path("src/belink/retrieve/data/fusion.json"))
    parser.add_argument("--work", type=Path, default=None, help="keep vocabularies and indexes here")
    args = parser.parse_args()
    if args.work is not None:
        fit(args, args.work)
        return
    with tempfile.TemporaryDirectory() as scratch:
        fit(args, Path(scratch))


if __name__ == "__main__":
    main()
