"""Choose the thresholds by which a tagger's and a dictionary's mentions are merged: `combination.json`.

`python scripts/fit_detection.py --tagger models/tagger [--data ../shared/data] [--results results]`

For each type the three numbers of `belink.detect.combination.TypeRule` are chosen, one after the other until
none moves, where the mean over the type's corpora of strict span F1 and of document-level F1 end to end is
highest; mentions of the other types, by the rules that are there, may win spans. The corpora are the
development parts of `benchmarks/suites/detection-dev.toml` but BioRED's, which stays unseen. Since the
thresholds are chosen there, the F1 printed is that of documents in one half with the thresholds of the other
(halves by a hash of the document's id). Every mention that could be kept is linked once, with the default
pipeline.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from belink.cli.suite import knowledge_base
from belink.config import KnowledgeBaseSettings, RerankSettings, Settings
from belink.detect.combination import Combination, TypeRule, read_combination, write_combination
from belink.detect.combined import Probabilities, judgements, merge
from belink.detect.coordinated import joined, with_parts
from belink.detect.pieces import FEATURES, TAGGED_TYPES
from belink.detect.proteins import without_proteins
from belink.detect.scored import ScoredMention
from belink.detect.tagger import load_tagger
from belink.detect.vocabulary import dictionary_of
from belink.evaluate.protocol import gold_mentions
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.evaluate.vocabulary import CurrentIds, vocabulary_of
from belink.link import link
from belink.linker import Linker
from belink.models.tagger import COMBINATION, check_tagger, write_tagger_manifest
from belink.text.abbreviations import AbbreviationPair, find_abbreviations
from belink.types import Decision, Document, Linked, Mention, Nil

FLOOR = 0.15
"""Mentions that the tagger alone finds less probable are not looked at."""

ALONE = [n / 20 for n in range(3, 17)]
WITH_DICTIONARY = [0.0, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6]
LEAST_LINK = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]


@dataclass(frozen=True, slots=True)
class Judged:
    """A document with all that its score depends on.

    `judged` is as for `belink.detect.combined.merge`.
    `links` gives for each mention that could be kept its ids and the probability of its best link.
    """

    doc: Document
    hits: tuple[Mention, ...]
    judged: dict[str, Probabilities]
    pairs: tuple[AbbreviationPair, ...]
    links: dict[Mention, tuple[tuple[str, ...], float]]
    gold_spans: frozenset[Mention]
    gold_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus and the type that is fitted on it."""

    name: str
    type: str
    docs: tuple[Judged, ...]


def judge(entry: SuiteEntry, options: argparse.Namespace) -> Corpus:
    """Find, tag and link everything that could be a mention in the documents of an entry."""
    kb = knowledge_base(entry, options.data, options.results)
    settings = Settings(
        kb=KnowledgeBaseSettings(path=kb.path), rerank=RerankSettings(reranker=options.reranker)
    )
    linker = Linker.from_settings(settings)
    docs = entry.gold_documents(options.data, lambda _: None)[: options.documents]
    hits = without_proteins(dictionary_of(kb, frozenset({entry.type}), everyday=True), kb)(docs)
    tagged = load_tagger(options.tagger)(docs, hits)
    asked = [
        possible(doc, own, scored, entry.type) for doc, own, scored in zip(docs, hits, tagged, strict=True)
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
    links = {decision.mention: linked(decision, current) for decision in settled}
    gold = gold_mentions(docs, vocabulary_of(kb).resolve)
    judged = []
    for doc, own, scored in zip(docs, hits, tagged, strict=True):
        right = [item for item in gold if item.mention.document_id == doc.id]
        judged.append(
            Judged(
                doc,
                own,
                likely(doc, own, scored, entry.type),
                find_abbreviations(doc.text),
                links,
                frozenset(item.mention for item in right),
                frozenset(id_ for item in right for id_ in item.ids),
            )
        )
    print(f"{entry.name}: {len(docs)} documents, {len(settled)} mentions linked", flush=True)
    return Corpus(entry.name, entry.type, tuple(judged))


def likely(
    doc: Document, hits: Sequence[Mention], scored: Sequence[ScoredMention], type_: str
) -> dict[str, Probabilities]:
    """Give the tagger's judgements, without spans of the type that no thresholds keep."""
    named = {hit.spans[0] for hit in hits}
    found = judgements(doc.text, scored)
    own = found.get(type_, {})
    return {**found, type_: {span: p for span, p in own.items() if p >= FLOOR or span in named}}


def possible(
    doc: Document, hits: Sequence[Mention], scored: Sequence[ScoredMention], type_: str
) -> tuple[Mention, ...]:
    """Give every mention that some thresholds keep, but for few short forms."""
    judged = likely(doc, hits, scored, type_)
    spans = {*judged[type_], *(hit.spans[0] for hit in hits)}
    found = {Mention(doc.id, (span,), doc.text[span.start : span.end], type_) for span in spans}
    pairs = find_abbreviations(doc.text)
    for least in (FLOOR, 0.3, 0.5):
        found.update(merge(doc, hits, judged, {type_: TypeRule(least, 0.0)}, pairs))
    return tuple(sorted(found, key=lambda mention: mention.spans))


def linked(decision: Decision, current: CurrentIds) -> tuple[tuple[str, ...], float]:
    """Give the current ids of a decision and the probability of its best link."""
    if isinstance(decision.verdict, Linked):
        ids = tuple(now for id_ in decision.verdict.concept_ids for now in current.mapped(id_))
        return ids, decision.probability
    return (), 1 - decision.probability if isinstance(decision.verdict, Nil) else 1.0


Rules = Mapping[str, TypeRule]
Counts = tuple[int, int, int]
"""Right, predicted, gold."""


def counts(judged: Judged, type_: str, rule: TypeRule, others: Rules) -> tuple[Counts, Counts]:
    """Count spans and ids of a document under a rule; mentions of the other types may win spans."""
    kept = [
        mention
        for mention in merge(judged.doc, judged.hits, judged.judged, {**others, type_: rule}, judged.pairs)
        if mention.type == type_ and judged.links.get(mention, ((), 1.0))[1] >= rule.least_link
    ]
    ids = {id_ for mention in kept for id_ in judged.links.get(mention, ((), 0.0))[0]}
    return (
        (len(judged.gold_spans & set(kept)), len(kept), len(judged.gold_spans)),
        (len(judged.gold_ids & ids), len(ids), len(judged.gold_ids)),
    )


def f1(rows: Sequence[Counts]) -> float:
    """Give the F1 of counts summed up."""
    right, predicted, gold = map(sum, zip(*rows, strict=True)) if rows else (0, 0, 0)
    return 2 * right / max(1, predicted + gold)


def score(corpora: Sequence[Corpus], rule: TypeRule, half: Callable[[Judged], bool], others: Rules) -> float:
    """Give the mean of strict span F1 and document-level F1 over corpora."""
    means = []
    for corpus in corpora:
        rows = [counts(judged, corpus.type, rule, others) for judged in corpus.docs if half(judged)]
        means.append((f1([row[0] for row in rows]) + f1([row[1] for row in rows])) / 2)
    return sum(means) / len(means)


def fit(corpora: Sequence[Corpus], half: Callable[[Judged], bool], others: Rules) -> TypeRule:
    """Choose one number after the other, from a plain start, until none moves."""
    best = TypeRule(0.5, 0.3, 0.0)
    best_score = score(corpora, best, half, others)
    moved = True
    while moved:
        moved = False
        for field, values in (
            ("alone", ALONE),
            ("with_dictionary", WITH_DICTIONARY),
            ("least_link", LEAST_LINK),
        ):
            for value in values:
                tried = replace(best, **{field: value})
                if (tried_score := score(corpora, tried, half, others)) > best_score + 1e-9:
                    best, best_score, moved = tried, tried_score, True
    return best


def in_first_half(judged: Judged) -> bool:
    """Halve by a hash of the document's id."""
    return hashlib.sha256(judged.doc.id.encode()).digest()[0] % 2 == 0


def print_crossed(corpora: Sequence[Corpus], others: Rules) -> None:
    """Print F1 of each corpus with the thresholds of the other half."""
    rules = {
        True: fit(corpora, lambda j: not in_first_half(j), others),
        False: fit(corpora, in_first_half, others),
    }
    for corpus in corpora:
        rows = [counts(judged, corpus.type, rules[in_first_half(judged)], others) for judged in corpus.docs]
        spans, ids = [row[0] for row in rows], [row[1] for row in rows]
        print(f"  {corpus.name:16} strict span F1 {f1(spans):.3f}, document-level F1 {f1(ids):.3f}")


def main() -> None:
    """Fit all types that the suite has, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tagger", type=Path, default=Path("models/tagger"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="where knowledge bases are built"
    )
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/detection-dev.toml"))
    parser.add_argument("--documents", type=int, default=150, help="most documents of a corpus")
    parser.add_argument("--reranker", default="default")
    parser.add_argument(
        "--only", nargs="*", default=[], help="entries of the suite; other types keep their rule"
    )
    parser.add_argument("--dry-run", action="store_true", help="print only")
    options = parser.parse_args()
    entries = [entry for entry in load_suite(options.suite) if not entry.name.startswith("biored")]
    corpora = [judge(entry, options) for entry in entries if not options.only or entry.name in options.only]
    there = (options.tagger / COMBINATION).is_file()
    rules = dict(read_combination(options.tagger).rules) if there else {}
    before = dict(rules)
    for type_ in dict.fromkeys(corpus.type for corpus in corpora):
        own = [corpus for corpus in corpora if corpus.type == type_]
        rules[type_] = fit(own, lambda _: True, before)
        print(type_, json.dumps({name: getattr(rules[type_], name) for name in TypeRule.__slots__}))
        print_crossed(own, before)
    if not options.dry_run:
        described = check_tagger(options.tagger, types=TAGGED_TYPES, features=FEATURES)
        write_combination(Combination(rules), options.tagger)
        write_tagger_manifest(
            options.tagger,
            types=described.types,
            features=described.features,
            base_model=described.base_model,
            licence=described.licence,
        )


if __name__ == "__main__":
    main()
