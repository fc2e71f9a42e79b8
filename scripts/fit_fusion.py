"""Fit the fusion of the exact, lexical and dense lists on training documents, and show what it brings on dev.

Usage: python scripts/fit_fusion.py [--data ../shared/data] [--work FOLDER] [--encoder models/encoder]

Fits the conditional logit of `belink.retrieve.learnt` on the mentions of eight corpora's training documents,
one for each form and gold: first on all together, then for each type of mention, held near what all together
gave. Composite mentions and those without a concept of the knowledge base are left out. So is everything of a
dev part of any corpus: its documents by id and by text, and the surface forms on which the protocol of unseen
forms scores; that nothing is left is checked. The forms by which a concept is labelled are counted on the
same mentions but those of documents kept to weigh a re-ranker by, and for each mention without its own form
and document. Knowledge bases of more than `--most-names` names have no dense
list here. The encoder must not have seen the labelled training mentions, or its list would look better here
than on new text; and the tables that were written by hand after reading what training documents missed are
hidden from the training mentions (`belink.text.hand_made`). Deterministic.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import count_labelled
import numpy as np
from fit_organisms import CORPORA as GENE_CORPORA
from fit_organisms import fit_folds, fold_of, train_items
from numpy.typing import NDArray
from scipy.optimize import minimize

from belink.evaluate.leakage import check_leakage, text_hash
from belink.evaluate.protocol import GoldMention, form, gold_mentions, select
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.models.encoder import Encoder, load_encoder
from belink.retrieve.dense_index import ensure_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import ensure_index
from belink.retrieve.learnt import ANY_TYPE, FEATURES, Evidence, Weights
from belink.retrieve.retriever import explain
from belink.text.hand_made import hand_made_hidden
from belink.text.organisms import organisms_of
from belink.types import Document, Query

CORPORA = (
    "ncbi-disease", "bc5cdr-disease", "bc5cdr-chemical", "nlm-chem", "gnormplus", "nlm-gene", "s800",
    "linnaeus",
)  # fmt: skip
DEPTHS = (1, 5, 20)
RIDGE = 1.0
"""Half of it times the squared length of the common coefficients is added to the loss."""
TO_COMMON = 10.0
"""The same for how far a type's coefficients are from the common ones."""
OF_KNOWN_TYPES = frozenset(FEATURES[FEATURES.index("variant_shorter") :])
"""Features that count nothing for mentions of a type that is not fitted on.

They depend on the words and variants of a type; with them anatomy and processes of cells were ranked worse.
"""
_BATCH = 512
NOTHING = np.empty(0, np.int32)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """Mentions of one corpus: the queries, and which concepts are right."""

    queries: tuple[Query, ...]
    gold: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is fitted on and what is measured."""

    entry: SuiteEntry
    train: Part
    dev: Part


@dataclass(frozen=True, slots=True)
class Table:
    """The evidence of some mentions: features [C, F] of all concepts, which are right, each one's begin."""

    features: Floats
    right: NDArray[np.bool_]
    starts: NDArray[np.intp]


def part(
    docs: Sequence[Document],
    mentions: Sequence[GoldMention],
    folds: Sequence[Mapping[str, float]] | None = None,
) -> Part:
    """Make queries of mentions, in their order, each document's together.

    Args:
        docs: the documents.
        mentions: some of their mentions.
        folds: for each fold of documents the weights by which its genes are given organisms.
    """
    asked: dict[tuple[str, object], Query] = {}
    chosen = {one.mention.document_id for one in mentions}
    for doc in docs:
        if doc.id in chosen:
            marked = [annotation.mention for annotation in doc.annotations]
            queries = make_queries(doc, marked)
            if folds is not None:
                taxa = organisms_of(doc, marked, by_feature=folds[fold_of(doc.id)])
                queries = [
                    replace(query, organisms=likely) for query, likely in zip(queries, taxa, strict=True)
                ]
            asked.update(((doc.id, query.mention.spans), query) for query in queries)
    return Part(
        tuple(asked[one.mention.document_id, one.mention.spans] for one in mentions),
        tuple(frozenset(one.ids) for one in mentions),
    )


def read_corpora(args: argparse.Namespace, work: Path) -> tuple[list[Corpus], count_labelled.Labelled]:
    """Read the corpora, and keep what is learnt from apart from what is measured; count what is labelled."""
    entries = [entry for entry in load_suite(args.suite) if entry.name in CORPORA]
    documents = {entry.name: entry.documents(args.data, ignore) for entry in entries}
    splits = json.loads((args.data / "corpora" / "dev-splits.json").read_text()).values()
    ids = {doc.id for gold, _ in documents.values() for doc in gold}.union(*(each["dev"] for each in splits))
    texts = {text_hash(doc.text) for gold, _ in documents.values() for doc in gold}
    kbs = {entry.name: vocabulary(entry, args.data, work) for entry in entries}
    dev = {
        name: select("unseen", gold, train, kbs[name].resolve) for name, (gold, train) in documents.items()
    }
    forms = {(form(one.mention), one.mention.type) for each in dev.values() for one in each.mentions}
    folds = fit_folds(train_items(args.data))
    corpora, learnt_from, labelled = [], list[Document](), count_labelled.Labelled()
    for entry in entries:
        gold, train = documents[entry.name]
        clean = [doc for doc in train if doc.id not in ids and text_hash(doc.text) not in texts]
        learnt = [
            one
            for one in gold_mentions(clean, kbs[entry.name].resolve)
            if one.ids and not one.composite and (form(one.mention), one.mention.type) not in forms
        ]
        count_labelled.count(labelled, learnt)
        once: dict[tuple[str, tuple[str, ...]], GoldMention] = {}
        for one in learnt:
            once.setdefault((form(one.mention), one.ids), one)
        learnt_from += clean
        own_folds = folds if entry.name in GENE_CORPORA else None
        with hand_made_hidden():
            train_part = part(clean, list(once.values()), own_folds)
        corpora.append(Corpus(entry, train_part, part(gold, dev[entry.name].mentions)))
    check_leakage([doc for gold, _ in documents.values() for doc in gold], learnt_from)
    check_forms(corpora)
    return corpora, labelled


def ignore(problem: object) -> None:
    """Leave faulty annotations out."""
    del problem


def check_forms(corpora: Sequence[Corpus]) -> None:
    """Stop if a surface form that is measured anywhere is fitted on anywhere."""
    learnt = {key for corpus in corpora for key in forms_of(corpus.train)}
    measured = {key for corpus in corpora for key in forms_of(corpus.dev)}
    if shared := sorted(learnt & measured):
        sys.exit(f"{len(shared)} surface forms are both fitted on and measured: {shared[:5]}")


def forms_of(some: Part) -> Iterable[tuple[str, str]]:
    """Give the surface forms with their types."""
    return ((form(query.mention), query.mention.type) for query in some.queries)


def vocabulary(entry: SuiteEntry, data: Path, work: Path) -> KnowledgeBase:
    """Build the tables of an entry, or open what lies in `work`."""
    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    stem = paths[0].name.split(".")[0]
    folder = next(iter(sorted(work.glob(f"{stem}*"))), work / stem)
    if not folder.exists():
        recipe, problems = Recipe(retired=tuple(map(str, retired)), lenient=True), Problems(lenient=True)
        sources = open_sources(paths, recipe, problems)
        build_sources(sources, folder, problems=problems, recipe=recipe.as_json())
    return KnowledgeBase.open(folder)


def table(kb: KnowledgeBase, dense: Dense | None, asked: Part, labelled: count_labelled.Labelled) -> Table:
    """Gather the evidence of all mentions for which anything was found."""
    index, found = ensure_index(kb), list[Evidence]()
    for first in range(0, len(asked.queries), _BATCH):
        found += explain(kb, index, dense, asked.queries[first : first + _BATCH], labelled_forms=False)
    for query, each in zip(asked.queries, found, strict=True):
        own = count_labelled.without_own(labelled, query, kb.concept_ids(each.concepts))
        each.features[:, FEATURES.index("labelled_forms")] = own
    right = [
        np.isin(each.concepts, list(kb.ordinals(sorted(gold)).values()))
        for each, gold in zip(found, asked.gold, strict=True)
    ]
    lengths = [len(each.concepts) for each in found]
    return Table(
        np.concatenate([each.features for each in found]),
        np.concatenate(right),
        np.cumsum([0, *lengths])[:-1],
    )


def joined(tables: Sequence[Table]) -> Table:
    """Put tables one behind the other."""
    offsets = np.cumsum([0, *(len(each.right) for each in tables)])
    return Table(
        np.concatenate([each.features for each in tables]),
        np.concatenate([each.right for each in tables]),
        np.concatenate([each.starts + offset for each, offset in zip(tables, offsets[:-1], strict=True)]),
    )


def fit_weights(data: Table, near: Weights | None = None) -> Weights:
    """Minimise the negative log-likelihood of the right concepts, or of "none" where no list has them.

    Args:
        data: the evidence.
        near: coefficients that the new ones are drawn to; None draws to 0.
    """
    lengths = np.diff(np.append(data.starts, len(data.right)))
    starts, owners = data.starts[lengths > 0], np.repeat(np.arange((lengths > 0).sum()), lengths[lengths > 0])
    found = np.logical_or.reduceat(data.right, starts)
    count = len(FEATURES)
    prior = np.zeros(count + 1) if near is None else np.array([*near.coefficients, near.none])
    strength = np.append(np.full(count, RIDGE if near is None else TO_COMMON), 0.0)

    def loss(values: Floats) -> tuple[float, Floats]:
        logits, none = data.features @ values[:count], values[count]
        top = np.maximum(np.maximum.reduceat(logits, starts), none)
        odds, none_odds = np.exp(logits - top[owners]), np.exp(none - top)
        total = np.add.reduceat(odds, starts) + none_odds
        good = np.where(found, np.add.reduceat(odds * data.right, starts), none_odds)
        excess = odds / total[owners] - data.right * odds / np.maximum(good, 1e-300)[owners]
        gradient = np.append(data.features.T @ excess, (none_odds / total - ~found).sum())
        away = values - prior
        penalty = float((strength * away * away).sum()) / 2
        return float(np.log(total / np.maximum(good, 1e-300)).sum()) + penalty, gradient + strength * away

    best = minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    *coefficients, none = (round(float(value), 4) for value in best)
    return Weights(tuple(coefficients), none)


def fit_types(tables: Sequence[tuple[str, Table]]) -> dict[str, Weights]:
    """Fit the common weights, those of each type, and those of any other type."""
    everything = joined([each for _, each in tables])
    kept = np.array([name not in OF_KNOWN_TYPES for name in FEATURES])
    common = fit_weights(everything)
    types = dict.fromkeys(type_ for type_, _ in tables)
    of_type = {type_: joined([each for other, each in tables if other == type_]) for type_ in types}
    any_type = fit_weights(replace(everything, features=everything.features * kept))
    return {ANY_TYPE: any_type, **{type_: fit_weights(data, common) for type_, data in of_type.items()}}


def measured(data: Table, weights: Weights) -> dict[str, float]:
    """Give recall at each depth, and the expected calibration error of the first concept's score."""
    ranks, sure = [], []
    for start, end in zip(data.starts, np.append(data.starts[1:], len(data.right)), strict=True):
        right = data.right[start:end]
        scores = weights.scores(Evidence(NOTHING, NOTHING, data.features[start:end], ()))
        order = np.argsort(-scores, kind="stable")
        ranks.append(int(right[order].argmax()) if right.any() else DEPTHS[-1])
        sure.append(float(scores.max(initial=0.0)))
    hits, bins = np.array(ranks) == 0, np.minimum(np.array(sure) * 10, 9).astype(int)
    error = sum(abs(float(np.sum(np.array(sure)[bins == b] - hits[bins == b]))) for b in range(10))
    figures = {f"recall@{k}": float(np.mean(np.array(ranks) < k)) for k in DEPTHS}
    figures["calibration error"] = error / max(len(ranks), 1)
    return {"n": len(ranks), **{name: round(value, 4) for name, value in figures.items()}}


def fit(args: argparse.Namespace, work: Path) -> None:
    """Gather, fit, measure and write."""
    encoder = load_encoder(args.encoder)
    corpora, labelled = read_corpora(args, work)
    values: dict[str, object] = {"features": FEATURES, "encoder": encoder.checksum}
    figures: dict[str, object] = {}
    for name in ("without_dense", "with_dense"):
        train, dev = tables(corpora, labelled, args, work, encoder if name == "with_dense" else None)
        fitted = fit_types(train)
        values[name] = {
            type_: {"coefficients": each.coefficients, "none": each.none} for type_, each in fitted.items()
        }
        figures[name] = {
            corpus: measured(data, fitted.get(type_, fitted[ANY_TYPE])) for corpus, type_, data in dev
        }
    values["provenance"] = {
        "made_by": "python scripts/fit_fusion.py",
        "fitted_on_mentions": {corpus.entry.name: len(corpus.train.queries) for corpus in corpora},
        "dev_unseen_forms": figures,
    }
    args.out.write_text(json.dumps(values, indent=1) + "\n")
    count_labelled.write(labelled, args.out.with_name("labelled.json"))
    print(json.dumps(figures, indent=1))


def tables(
    corpora: Sequence[Corpus],
    labelled: count_labelled.Labelled,
    args: argparse.Namespace,
    work: Path,
    encoder: Encoder | None,
) -> tuple[list[tuple[str, Table]], list[tuple[str, str, Table]]]:
    """Gather the evidence of training and dev mentions; with an encoder only where vectors are affordable."""
    train, dev = [], []
    for corpus in corpora:
        kb, dense = vocabulary(corpus.entry, args.data, work), None
        if encoder is not None:
            if kb.name_count > args.most_names:
                continue
            dense = Dense(ensure_dense_index(kb, encoder), encoder)
        train.append((corpus.entry.type, table(kb, dense, corpus.train, labelled)))
        dev.append((corpus.entry.name, corpus.entry.type, table(kb, dense, corpus.dev, labelled)))
    return train, dev


def main() -> None:
    """Read the command line and fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", type=Path, default=Path("models/encoder"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--out", type=Path, default=Path("src/belink/retrieve/data/fusion.json"))
    parser.add_argument("--most-names", type=int, default=600_000, help="in a knowledge base with vectors")
    parser.add_argument("--work", type=Path, default=None, help="keep vocabularies and indexes here")
    args = parser.parse_args()
    if args.work is not None:
        fit(args, args.work)
        return
    with tempfile.TemporaryDirectory() as scratch:
        fit(args, Path(scratch))


if __name__ == "__main__":
    main()
