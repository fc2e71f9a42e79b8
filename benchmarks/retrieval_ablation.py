"""What each ingredient of retrieval is worth: recall on unseen forms with everything, and without each.

    python benchmarks/retrieval_ablation.py [--data DIR] [--results DIR] [--only NAME ...] > table.md

Dev parts under the protocol "unseen" of `belink evaluate` (which leaves training forms out), gold spans,
retrieval alone. The weights of the fusion stay as they ship: nothing is fitted again for what is left out, so
that the loss is an upper bound. The memory of labelled training mentions is no part of the default: it is
added. Vocabularies and
their indexes are kept in `--results`, the folder that `belink evaluate --suite` fills too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.cli.suite import knowledge_base
from belink.evaluate.protocol import GoldMention, select
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.models.encoder import Encoder, load_encoder
from belink.retrieve.dense_index import has_dense_index, open_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import LexicalIndex, ensure_index
from belink.retrieve.learnt import FEATURES, Evidence, Fusion, Weights, default_fusion
from belink.retrieve.memory import open_memory
from belink.retrieve.retriever import build_retriever, explain
from belink.stages.retrieval import encoder_folder
from belink.text.hand_made import hand_made_hidden
from belink.text.name_variants import name_variants
from belink.text.thesaurus import KIND_OF, everyday_names
from belink.types import Document, Query

K = 20
EIGHT = (
    *("ncbi-disease", "bc5cdr-disease", "bc5cdr-chemical", "nlm-chem"),
    *("gnormplus", "nlm-gene", "s800", "linnaeus"),
)
EXACT = ("exact", "same_words", "short_exact", "variant_exact", "same_text")
OF_NAMES = ("numbers_differ", "length", "preferred", "other_scope", "log_homonyms", "log_names")
OF_LIKENESS = (
    *("variant_shorter", "shorter_lexical", "same_letters", "same_long_words", "words_found"),
    *("kind_differs", "supplementary"),
)
OF_BROADER = ("narrower", "narrower_share")
EVERYTHING = "nothing"
MEMORY = "nothing, and labelled mentions of training added"
ORDER = (
    EVERYTHING,
    "vectors",
    "list of similar strings",
    "exactness",
    "abbreviations written out",
    "name variants",
    "thesaurus",
    "tables written by hand",
    "organisms",
    "broader concepts",
    "mention types",
    "features of names",
    "likeness of names",
    "forms of labelled texts",
    "learnt fusion (reciprocal ranks instead)",
    MEMORY,
)
RANK_CONSTANT = 60
"""Of reciprocal rank fusion (Cormack et al. 2009, doi:10.1145/1571941.1572114)."""

Ids = list[list[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A dev part and what is searched for it.

    `queries` are as they are, `unexpanded` with no abbreviation written out, `untaught` without the variants
    that tables written by hand know.
    """

    kb: KnowledgeBase
    index: LexicalIndex
    dense: Dense | None
    train: Sequence[Document]
    gold: Sequence[frozenset[str]]
    queries: Sequence[Query]
    unexpanded: Sequence[Query]
    untaught: Sequence[Query]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--only", nargs="+", default=list(EIGHT))
    args = parser.parse_args()
    args.results.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder(encoder_folder("default"))
    figures: dict[str, dict[str, tuple[float, float]]] = {}
    sizes: dict[str, int] = {}
    for entry in load_suite(args.suite):
        if entry.name in args.only:
            part = open_part(entry, args.data, args.results, encoder)
            sizes[entry.name] = len(part.gold)
            figures[entry.name] = measure(entry.name, part)
    for place, k in enumerate((1, K)):
        table(k, figures, sizes, place)


def open_part(entry: SuiteEntry, data: Path, results: Path, encoder: Encoder) -> Part:
    """Read a dev part, and open its vocabulary with the vectors that it has."""
    kb = knowledge_base(entry, data, results)
    gold, train = entry.documents(data, lambda _: None)
    chosen = select("unseen", gold, train, kb.resolve).mentions
    queries, unexpanded = queries_of(gold, chosen)
    with hand_made_hidden():
        untaught, _ = queries_of(gold, chosen)
    known = has_dense_index(kb, encoder.checksum)
    dense = Dense(open_dense_index(kb, encoder), encoder) if known else None
    right = [frozenset(one.ids) for one in chosen]
    return Part(kb, ensure_index(kb), dense, train, right, queries, unexpanded, untaught)


def queries_of(docs: Sequence[Document], chosen: Sequence[GoldMention]) -> tuple[list[Query], list[Query]]:
    """Make the queries of mentions in the order given, with and without long forms."""
    by_id = {doc.id: doc for doc in docs}
    queries: list[Query] = []
    unexpanded: list[Query] = []
    for document_id, group in groupby(chosen, key=lambda one: one.mention.document_id):
        doc, mentions = by_id[document_id], [one.mention for one in group]
        made = make_queries(doc, mentions)
        variants = name_variants(doc, mentions, [None] * len(mentions))
        queries += made
        unexpanded += (
            replace(query, expansion=None, variants=others)
            for query, others in zip(made, variants, strict=True)
        )
    return queries, unexpanded


def measure(name: str, part: Part) -> dict[str, tuple[float, float]]:
    """Give recall at 1 and at `K` with everything, then without each ingredient that plays a part."""
    found: dict[str, tuple[float, float]] = {}
    for label, search in conditions(part).items():
        print(f"{name}: {label}", file=sys.stderr)
        found[label] = recall(search(), part.gold)
    return found


def conditions(part: Part) -> Mapping[str, Callable[[], Ids]]:
    """Give what is measured, in the order of the table."""
    dumb = replace(part.index.arrays, grams=np.empty(0, np.int64))
    no_strings = replace(part, index=replace(part.index, arrays=dumb))
    searches: dict[str, Callable[[], Ids]] = {
        EVERYTHING: lambda: search(part),
        "abbreviations written out": lambda: search(replace(part, queries=part.unexpanded)),
        "name variants": lambda: search(part, [replace(each, variants=()) for each in part.queries]),
        "thesaurus": lambda: search(
            part, [without_thesaurus(each) for each in part.queries], without(("everyday",))
        ),
        "tables written by hand": lambda: search(part, part.untaught),
        "list of similar strings": lambda: search(no_strings),
        "exactness": lambda: search(part, fusion=without(EXACT)),
        "features of names": lambda: search(part, fusion=without(OF_NAMES)),
        "likeness of names": lambda: search(part, fusion=without(OF_LIKENESS)),
        "forms of labelled texts": lambda: search(part, fusion=without(("labelled_forms",))),
        "broader concepts": lambda: search(part, fusion=without(OF_BROADER)),
        "learnt fusion (reciprocal ranks instead)": lambda: by_ranks(part),
        "mention types": lambda: search(part, match_types=False),
        MEMORY: lambda: remembered(part),
    }
    if part.dense is not None:
        searches["vectors"] = lambda: search(replace(part, dense=None))
    if any(query.organisms for query in part.queries):
        searches["organisms"] = lambda: search(part, [replace(each, organisms=()) for each in part.queries])
    return searches


def without_thesaurus(query: Query) -> Query:
    """Leave out the variants that the thesaurus has for a mention or its long form."""
    kind = KIND_OF.get(query.mention.type)
    texts = (query.mention.text, query.expansion or "")
    known = {name for text in texts for name in everyday_names(kind, text)} if kind else set()
    return replace(query, variants=tuple(each for each in query.variants if each not in known))


def search(
    part: Part,
    queries: Sequence[Query] | None = None,
    fusion: Fusion | None = None,
    *,
    match_types: bool = True,
) -> Ids:
    """Give the concepts found for each query, best first."""
    retrieve = build_retriever(part.kb, part.index, dense=part.dense, fusion=fusion, match_types=match_types)
    found = retrieve(part.queries if queries is None else queries, K)
    return [[candidate.concept_id for candidate in candidates] for candidates in found]


def remembered(part: Part) -> Ids:
    """Search with the mentions of the training documents as more names."""
    with tempfile.TemporaryDirectory() as folder:
        memory = open_memory(part.kb, part.train, Path(folder) / "memory", part.dense)
        retrieve = build_retriever(part.kb, part.index, dense=part.dense, memory=memory)
        return [[each.concept_id for each in some] for some in retrieve(part.queries, K)]


def by_ranks(part: Part) -> Ids:
    """Order by the sum of reciprocal ranks in the lists; an exact name counts as the first of a list."""
    found = explain(part.kb, part.index, part.dense, part.queries, K)
    orders = (each.concepts[np.argsort(-rank_sums(each), kind="stable")[:K]] for each in found)
    return [part.kb.concept_ids(ordinals) for ordinals in orders]


def rank_sums(evidence: Evidence) -> NDArray[np.float64]:
    """Give the score of each concept by reciprocal rank fusion."""
    lists = ("exact", "lexical_rank", "dense_rank", "short_exact", "variant_exact")
    columns = [FEATURES.index(name) for name in lists]
    reciprocals = evidence.features[:, columns]
    listed = reciprocals > 0
    places = 1 / np.where(listed, reciprocals, 1.0)
    sums: NDArray[np.float64] = np.where(listed, 1 / (RANK_CONSTANT + places), 0.0).sum(axis=1)
    return sums


def without(names: Sequence[str]) -> Fusion:
    """Give the shipped weights with those of some features at nought."""
    left = np.array([name not in names for name in FEATURES])

    def cut(weights: Mapping[str, Weights]) -> dict[str, Weights]:
        return {
            type_: replace(each, coefficients=tuple((np.array(each.coefficients) * left).tolist()))
            for type_, each in weights.items()
        }

    fusion = default_fusion()
    return replace(fusion, with_dense=cut(fusion.with_dense), without_dense=cut(fusion.without_dense))


def recall(found: Ids, gold: Sequence[frozenset[str]]) -> tuple[float, float]:
    """Give the share, in per cent, of queries with a right concept first, and among the first `K`."""
    first, any_ = (
        100 * float(np.mean([not right.isdisjoint(ids[:k]) for ids, right in zip(found, gold, strict=True)]))
        for k in (1, K)
    )
    return first, any_


def table(
    k: int, figures: Mapping[str, Mapping[str, tuple[float, float]]], sizes: Mapping[str, int], place: int
) -> None:
    """Print recall with everything, and the difference that each ingredient makes."""
    labels = [label for label in ORDER if any(label in of_corpus for of_corpus in figures.values())]
    print(f"Recall@{k} in per cent, and its change in points without each ingredient:\n")
    print("| left out | " + " | ".join(f"{name} (n = {sizes[name]})" for name in figures) + " |")
    print("| --- |" + " ---: |" * len(figures))
    for label in labels:
        cells: list[str] = []
        for of_corpus in figures.values():
            value, base = of_corpus.get(label), of_corpus[EVERYTHING][place]
            plain = f"{base:.1f}" if label == EVERYTHING else ""
            cells.append(plain or ("" if value is None else f"{value[place] - base:+.1f}"))
        print(f"| {label} | " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    main()
