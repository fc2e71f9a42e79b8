"""Fit the probability that retrieval's first candidate is right, and show how honest it is on dev.

Usage: python scripts/fit_retrieval_calibration.py [--data ../shared/data] [--out FILE] [--work DIR]

Diseases: NCBI-Disease train and BC5CDR train against MEDIC; chemicals: BC5CDR train against the embedded
MeSH. Dev: NCBI-Disease dev and the BC5CDR documents that `dev-splits.json` sets apart; none of them is
trained on. One item for each distinct mention of a document; composite mentions and mentions without
candidates are left out; where the gold names no concept of the knowledge base the first candidate is wrong.
Deterministic.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.formats import read
from belink.kb.build import build_sources
from belink.kb.default import default_source
from belink.kb.records import Source
from belink.kb.sources import read_source
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.rerank.calibration import RetrievalCalibration, fit_retrieval_calibration
from belink.retrieve.index import build_index
from belink.retrieve.retriever import build_retriever
from belink.types import Candidate, Document, Retriever

BINS = 10
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Item:
    """A mention's candidates and whether the first is right; `form` tells surface forms apart."""

    candidates: tuple[Candidate, ...]
    right: bool
    form: str


@dataclass(frozen=True, slots=True)
class Part:
    """Documents of one corpus and the type of mention taken from them."""

    name: str
    type: str
    train: tuple[Document, ...]
    dev: tuple[Document, ...]


def documents(path: Path) -> tuple[Document, ...]:
    """Read a corpus; faulty annotations are left out."""
    return tuple(read(path, on_problem=lambda _: None).documents)


def parts(data: Path) -> Iterator[Part]:
    """Give the corpora with their dev documents apart."""
    corpora = data / "corpora"
    split = set(json.loads((corpora / "dev-splits.json").read_text())["bc5cdr"]["dev"])
    bc5cdr = documents(corpora / "bc5cdr" / "traindev.PubTator")
    ncbi_dev = documents(corpora / "ncbi-disease" / "dev.PubTator")
    dev_ids = split | {doc.id for doc in ncbi_dev}
    train = tuple(doc for doc in bc5cdr if doc.id not in dev_ids)
    dev = tuple(doc for doc in bc5cdr if doc.id in split)
    ncbi = documents(corpora / "ncbi-disease" / "train.PubTator")
    yield Part("NCBI-Disease", "Disease", tuple(doc for doc in ncbi if doc.id not in dev_ids), ncbi_dev)
    yield Part("BC5CDR-Disease", "Disease", train, dev)
    yield Part("BC5CDR-Chemical", "Chemical", train, dev)


def items(docs: Iterable[Document], entity_type: str, kb: KnowledgeBase, retrieve: Retriever) -> list[Item]:
    """Retrieve for each distinct mention of each document."""
    queries, golds = [], []
    for doc in docs:
        once = {
            annotation.mention.text.casefold(): annotation
            for annotation in reversed(doc.annotations)
            if annotation.mention.type == entity_type and len(annotation.concept_ids) < 2
        }
        queries += make_queries(doc, [annotation.mention for annotation in once.values()])
        golds += [annotation.concept_ids for annotation in once.values()]
    found = retrieve(queries, DEPTH)
    return [
        Item(
            candidates=candidates,
            right=candidates[0].concept_id in set(chain.from_iterable(kb.resolve(i) for i in gold)),
            form=query.mention.text.casefold(),
        )
        for query, gold, candidates in zip(queries, golds, found, strict=True)
        if candidates
    ]


def open_vocabularies(data: Path, work: Path) -> dict[str, KnowledgeBase]:
    """Build MEDIC and the embedded MeSH, by the type of mention they are for."""
    info, records = read_source(data / "kb" / "medic-belink.tsv.gz")
    build_sources([Source(info, records)], work / "medic")
    build_sources([default_source()], work / "mesh")
    return {
        "Disease": KnowledgeBase.open(work / "medic"),
        "Chemical": KnowledgeBase.open(work / "mesh"),
    }


def expected_calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Weigh |mean probability - share right| over ten bins of equal width (Guo et al. 2017)."""
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    sums = [abs(float((probabilities - right)[places == place].sum())) for place in range(BINS)]
    return sum(sums) / len(probabilities)


def report(name: str, fitted: RetrievalCalibration, asked: list[Item]) -> dict[str, float]:
    """Print how the probabilities of a dev set compare with what is right."""
    right = np.array([item.right for item in asked])
    given = np.array([fitted.probability(item.candidates) for item in asked])
    error = expected_calibration_error(given, right)
    brier = float(np.mean((given - right) ** 2))
    sys.stdout.write(
        f"\n{name}: n {len(asked)}  right {right.mean():.3f}  mean probability {given.mean():.3f}  "
        f"ECE {error:.3f}  Brier {brier:.3f} (constant {right.mean() * (1 - right.mean()):.3f})\n"
    )
    for low in range(BINS):
        inside = np.minimum((given * BINS).astype(int), BINS - 1) == low
        if inside.any():
            sys.stdout.write(
                f"  {low / BINS:.1f}-{(low + 1) / BINS:.1f}  n {inside.sum():5d}  "
                f"given {given[inside].mean():.3f}  right {right[inside].mean():.3f}\n"
            )
    return {"n": len(asked), "ece": round(error, 4), "brier": round(brier, 4)}


def write(fitted: RetrievalCalibration, provenance: dict[str, object], out: Path) -> None:
    """Write the coefficients with where they come from."""
    values = {
        "features": fitted.features,
        "coefficients": fitted.coefficients,
        "intercept": fitted.intercept,
        "provenance": provenance,
    }
    out.write_text(json.dumps(values, indent=1) + "\n")


def fit(data: Path, work: Path, out: Path) -> None:
    """Retrieve, fit, report and write."""
    vocabularies = open_vocabularies(data, work)
    retrievers = {
        name: build_retriever(kb, build_index(kb, work / f"index-{name}"))
        for name, kb in vocabularies.items()
    }
    train, dev = {}, {}
    for part in parts(data):
        kb, retrieve = vocabularies[part.type], retrievers[part.type]
        train[part.name] = items(part.train, part.type, kb, retrieve)
        dev[part.name] = items(part.dev, part.type, kb, retrieve)
    everything = list(chain.from_iterable(train.values()))
    fitted = fit_retrieval_calibration(
        [item.candidates for item in everything], [item.right for item in everything]
    )
    weights = dict(zip(fitted.features, fitted.coefficients, strict=True))
    sys.stdout.write(f"{weights} {fitted.intercept}\n")
    seen = {item.form for item in everything}
    pooled = list(chain.from_iterable(dev.values()))
    measured = {name: report(name, fitted, asked) for name, asked in dev.items()}
    measured["pooled"] = report("pooled", fitted, pooled)
    unseen = list({item.form: item for item in pooled if item.form not in seen}.values())
    measured["pooled, forms not in train"] = report("pooled, forms not in train", fitted, unseen)
    fitted_on = {name: len(asked) for name, asked in train.items()}
    how = "python scripts/fit_retrieval_calibration.py"
    write(fitted, {"made_by": how, "fitted_on_mentions": fitted_on, "dev": measured}, out)


def main() -> None:
    """Read the command line and fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("src/belink/rerank/data/retrieval_calibration.json"))
    parser.add_argument("--work", type=Path, default=None, help="keep the built vocabularies here")
    arguments = parser.parse_args()
    if arguments.work is not None:
        fit(arguments.data, arguments.work, arguments.out)
        return
    with tempfile.TemporaryDirectory() as scratch:
        fit(arguments.data, Path(scratch), arguments.out)


if __name__ == "__main__":
    main()
