"""Fit the weights by which genes are given organisms, and measure them: on train by folds, then on dev.

Usage: python scripts/fit_organisms.py [--data ../shared/data] [--out src/belink/text/organisms.json] [--dev]

Fits on the gene mentions of the training documents of GNormPlus and NLM-Gene that are in no corpus's dev
part. The right taxa of a mention are those of its gene ids: from the gene tables, from "(Tax:10090)" in the
annotation, or from the blocks of numbers that NCBI once gave out by organism (`BLOCKS`); any other id belongs
to some organism that has no gene table, and counts for all of those together. Deterministic.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from belink.formats import read
from belink.text.organisms_features import Features, features
from belink.text.organisms_scan import scan
from belink.text.organisms_words import CRESS, HUMAN, RAT, STRAIN_OF, WORM, YEAST
from belink.types import Annotation, Document, Problem

Floats = NDArray[np.float64]

CORPORA = ("gnormplus", "nlm-gene")
TABLES = (9606, 10090, 7227, 7955)
OTHER = 0
FOLDS = 5
TINY = 1e-12

BLOCKS = (
    (24_152, RAT), (30_000, OTHER), (50_000, RAT), (67_000, OTHER), (78_000, RAT), (90_000, OTHER),
    (113_000, RAT), (118_000, OTHER), (140_000, RAT), (142_000, OTHER), (170_000, RAT), (171_570, WORM),
    (191_569, RAT), (193_000, OTHER), (245_000, RAT), (247_000, OTHER), (259_000, WORM), (261_000, OTHER),
    (287_000, RAT), (318_000, OTHER), (360_000, RAT), (368_000, OTHER), (373_000, 8355), (381_000, OTHER),
    (394_000, 8355), (395_000, OTHER), (397_000, 8355), (400_000, OTHER), (443_000, 8355), (448_000, OTHER),
    (497_000, RAT), (503_000, OTHER), (678_000, RAT), (692_000, OTHER), (814_000, CRESS), (845_000, OTHER),
    (850_000, YEAST), (857_000, OTHER), (944_000, 511145), (950_000, OTHER), (2_538_000, 284812),
    (2_544_000, OTHER), (3_564_000, WORM), (3_566_000, OTHER),
)  # fmt: skip
"""From which gene id on a number that is in no table belongs to which taxon."""

_TAXON = re.compile(r"\(\s*tax\s*:\s*(\d+)\s*\)", re.IGNORECASE)
_STRAINS = {int(species[10:]): int(strain[10:]) for species, strain in STRAIN_OF.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """A gene mention: where it stands, the features of each taxon, and its right taxa (0: some other)."""

    corpus: str
    document: str
    text: str
    rows: dict[int, Features]
    gold: frozenset[int]
    most_named: int


def gene_taxa(data: Path) -> dict[str, int]:
    """Give the taxon of every gene id of the tables."""
    taxa: dict[str, int] = {}
    for taxon in TABLES:
        with gzip.open(data / "kb" / f"ncbi-gene-{taxon}-2021.tsv.gz", "rt", encoding="utf-8") as lines:
            next(lines)
            taxa.update((line.split("\t", 1)[0], taxon) for line in lines)
    return taxa


def gold_taxa(annotation: Annotation, taxa: dict[str, int]) -> frozenset[int]:
    """Give the taxa of an annotation's genes; empty where it names none."""
    return frozenset(
        taxon
        for part in re.split(r"[|,;]", annotation.identifier)
        if (taxon := _taxon(part.strip(), taxa)) is not None
    )


def _taxon(part: str, taxa: dict[str, int]) -> int | None:
    number = _TAXON.sub("", part).strip()
    if number in taxa:
        return taxa[number]
    if (written := _TAXON.search(part)) is not None:
        return _STRAINS.get(int(written[1]), int(written[1]))
    if not number.isdigit():
        return None
    place = bisect_right(BLOCKS, (int(number), 10**9))
    return BLOCKS[place - 1][1] if place else None


def documents(data: Path, corpus: str) -> list[Document]:
    """Read a corpus."""
    return list(read(data / "corpora" / corpus / "train.PubTator", on_problem=_ignore).documents)


def _ignore(problem: Problem) -> None:
    """Leave faulty annotations out."""
    del problem


def items(docs: Iterable[Document], corpus: str, taxa: dict[str, int]) -> list[Item]:
    """Make items of the gene mentions that have a gold, in order."""
    made = []
    for doc in docs:
        genes = [one for one in doc.annotations if one.mention.type == "Gene"]
        named = Counter(cue.taxon for cue in scan(doc.text) if cue.kind == "name")
        most = min(named, key=lambda taxon: (-named[taxon], taxon)) if named else HUMAN
        evidence = features(doc, [one.mention for one in genes])
        for place, one in enumerate(genes):
            gold = gold_taxa(one, taxa)
            if gold:
                made.append(Item(corpus, doc.id, one.mention.text, evidence.rows(place), gold, most))
    return made


def suits(taxon: int, right: int) -> bool:
    """Tell whether a taxon is a right answer where the gold's is `right`."""
    return taxon == right or (right == OTHER and taxon not in TABLES)


class Choices:
    """Items as arrays: a row an item and taxon, `R` rows, `F` features, `N` items, `G` right answers.

    Attributes:
        x: features, `[R, F]`.
        starts: first row of each item, `[N]`.
        sizes: number of rows of each item, `[N]`.
        right: 1 where the row is a right answer, `[G, R]`; of one gene several rows may be.
        of_item: the item of each right answer, `[G]`.
        shares: its weight, `[G]`; those of an item add up to 1.
    """

    def __init__(self, of: Sequence[Item], names: Sequence[str]) -> None:
        number = {name: place for place, name in enumerate(names)}
        entries: list[tuple[int, int, float]] = []
        right: list[tuple[int, int]] = []
        of_item: list[int] = []
        shares: list[float] = []
        self.sizes = np.array([len(item.rows) for item in of])
        self.starts = np.cumsum([0, *self.sizes])[:-1]
        for place, (item, start) in enumerate(zip(of, self.starts.tolist(), strict=True)):
            for row, values in enumerate(item.rows.values(), start):
                entries += [(row, number[name], value) for name, value in values.items() if name in number]
            answers = [
                [row for row, taxon in enumerate(item.rows, start) if suits(taxon, gene)]
                for gene in sorted(item.gold)
            ]
            for rows in filter(None, answers):
                right += [(len(shares), row) for row in rows]
                of_item.append(place)
                shares.append(1 / sum(map(bool, answers)))
        total = int(self.sizes.sum())
        self.x = _matrix(entries, (total, len(names)))
        self.right = _matrix([(gene, row, 1.0) for gene, row in right], (len(shares), total))
        self.of_item, self.shares = np.array(of_item), np.array(shares)

    def probabilities(self, weights: Floats) -> Floats:
        """Give the probability of each row within its item."""
        scores: Floats = self.x @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, self.starts), self.sizes)
        odds: Floats = np.exp(scores)
        totals: Floats = np.repeat(np.add.reduceat(odds, self.starts), self.sizes)
        return odds / totals

    def log_likelihoods(self, p: Floats) -> Floats:
        """Give the mean log-likelihood of the right answers of each item."""
        mass: Floats = self.right @ p
        logs = self.shares * np.log(np.maximum(mass, TINY))
        return np.bincount(self.of_item, logs, len(self.starts)).astype(np.float64)


def _matrix(entries: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> csr_matrix:
    """Make a sparse matrix of (row, column, value) entries."""
    rows, columns = [row for row, _, _ in entries], [column for _, column, _ in entries]
    return csr_matrix((np.array([value for _, _, value in entries]), (rows, columns)), shape=shape)


def fit(of: Sequence[Item]) -> dict[str, float]:
    """Fit the weights of all features that occur; a document weighs as the root of its mentions' number."""
    names = sorted({name for item in of for row in item.rows.values() for name in row})
    choices, in_document = Choices(of, names), Counter(item.document for item in of)
    item_weights = np.array([in_document[item.document] ** -0.5 for item in of])
    shares = choices.shares * (item_weights / item_weights.mean())[choices.of_item]
    penalties = np.array([penalty(name) for name in names])
    x_by_feature, right_by_row = choices.x.T.tocsr(), choices.right.T.tocsr()

    def loss(weights: Floats) -> tuple[float, Floats]:
        p = choices.probabilities(weights)
        reached: Floats = choices.right @ p
        mass = np.maximum(reached, TINY)
        wanted = p * (right_by_row @ (shares / mass))
        told = np.repeat(np.add.reduceat(wanted, choices.starts), choices.sizes)
        value = float((penalties * weights) @ weights - shares @ np.log(mass))
        return value, x_by_feature @ (p * told - wanted) + 2 * penalties * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return dict(zip(names, found.x, strict=True))


def penalty(feature: str) -> float:
    """Give the penalty of a feature's squared weight: the more, the fewer documents can speak for it."""
    if feature.startswith("topic "):
        return 20.0
    return 5.0 if ":" in feature and not feature.startswith(("prior:", "absent:")) else 3.0


def measure(of: Sequence[Item], weights: Callable[[Item], dict[str, float]]) -> dict[str, float]:
    """Give accuracy, of the baselines too, and the mean log loss, with each item's own weights."""
    best: list[int] = []
    losses: list[float] = []
    asked: list[Item] = []
    for _, group in groupby(sorted(of, key=fold), fold):
        part = list(group)
        by_name = weights(part[0])
        choices = Choices(part, list(by_name))
        p = choices.probabilities(np.array(list(by_name.values())))
        places = zip(part, choices.starts, choices.sizes, strict=True)
        best += [list(item.rows)[int(p[start : start + size].argmax())] for item, start, size in places]
        losses += (-choices.log_likelihoods(p)).tolist()
        asked += part
    return {
        "mentions": len(asked),
        "accuracy": share(asked, best),
        "always human": share(asked, [HUMAN] * len(asked)),
        "most named": share(asked, [item.most_named for item in asked]),
        "log loss": round(float(np.mean(losses)), 4),
    }


def share(of: Sequence[Item], answers: Sequence[int]) -> float:
    """Give the share of answers, in percent, that are right for one of the gold's genes."""
    right = [any(suits(answer, one) for one in item.gold) for item, answer in zip(of, answers, strict=True)]
    return round(100 * float(np.mean(right)), 2)


def fold(item: Item) -> int:
    """Give the fold of an item: all of a document's are in one."""
    return fold_of(item.document)


def fold_of(document: str) -> int:
    """Give the fold of a document by its id."""
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % FOLDS


def train_items(data: Path) -> list[Item]:
    """Give the items of all documents that are in no corpus's dev part."""
    taxa = gene_taxa(data)
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text())
    held_out = {doc_id for split in splits.values() for doc_id in split["dev"]}
    return [
        item
        for corpus in CORPORA
        for item in items([doc for doc in documents(data, corpus) if doc.id not in held_out], corpus, taxa)
    ]


def fit_folds(train: Sequence[Item]) -> list[dict[str, float]]:
    """Give for each fold the weights fitted without it."""
    return [fit([item for item in train if fold(item) != number]) for number in range(FOLDS)]


def by_corpus(of: Sequence[Item], weights: Callable[[Item], dict[str, float]]) -> None:
    """Print figures for each corpus, and for those of its mentions whose organism has a gene table."""
    for corpus in CORPORA:
        own = [item for item in of if item.corpus == corpus]
        print(f"{corpus:10} all  ", measure(own, weights))
        print(f"{corpus:10} in kb", measure([item for item in own if item.gold & set(TABLES)], weights))


def main() -> None:
    """Read the command line, measure, fit and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("src/belink/text/organisms.json"))
    parser.add_argument("--dev", action="store_true", help="measure on dev at the end")
    args = parser.parse_args()
    train = train_items(args.data)
    print("train, every document judged by weights fitted without its fold")
    folds = fit_folds(train)
    by_corpus(train, lambda item: folds[fold(item)])
    weights = fit(train)
    kept = {name: round(value, 3) for name, value in weights.items() if abs(value) >= 0.0005}
    made_of = {
        "made_by": "python scripts/fit_organisms.py",
        "mentions": dict(Counter(i.corpus for i in train)),
    }
    args.out.write_text(json.dumps({"weights": kept, "provenance": made_of}, indent=1) + "\n")
    if args.dev:
        print("dev")
        taxa = gene_taxa(args.data)
        splits = json.loads((args.data / "corpora" / "dev-splits.json").read_text())
        dev = [
            item
            for corpus in CORPORA
            for item in items(
                [doc for doc in documents(args.data, corpus) if doc.id in splits[corpus]["dev"]], corpus, taxa
            )
        ]
        by_corpus(dev, lambda _: weights)


if __name__ == "__main__":
    main()
