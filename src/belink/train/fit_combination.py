"""Fit how probable proposed mentions are ones, and their links right, on documents with gold mentions.

Each step of `belink.detect.combination` is one logistic regression over all corpora, each of which counts as
at most `MOST_ROWS` mentions. The right link of a concept is counted once a document.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from belink.accepted import accepted
from belink.detect.combination import Combination, LinkWeights, MentionWeights, log_odds
from belink.detect.combined import Judgements, Likely, candidates, merge
from belink.detect.dictionary import with_short_forms
from belink.detect.phenotypes import PHENOTYPE
from belink.detect.pieces import TAGGED_TYPES
from belink.precision import OperatingPoint
from belink.text.abbreviations import find_abbreviations
from belink.train.points import operating_points
from belink.types import Decision, Document, Linked, Mention, Nil, Span

JUDGED_TYPES = (*TAGGED_TYPES, PHENOTYPE)
"""Phenotypes are judged by what the tagger says of diseases."""

MOST_ROWS = 800
"""A large corpus, such as full articles, is not to outweigh the others."""

FLOOR = 0.1
"""Spans that the tagger finds less probable, and the dictionary does not find, are never looked at."""

LEAST_JUDGED = 0.3
"""Spans that the tagger finds less probable are not learnt from, unless the dictionary finds them."""

PENALTY = 0.1
"""Inverse strength of the ridge penalty on standardised evidence; 1 gave the same by cross-validation."""

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A document with all that its score depends on.

    `judged` is as for `belink.detect.combined.merge`; `links` has a decision for each mention that could be
    kept, with current ids.
    """

    doc: Document
    hits: tuple[Mention, ...]
    judged: dict[str, Judgements]
    links: Mapping[Mention, Decision]
    gold_spans: frozenset[Mention]
    gold_ids: frozenset[str]

    @property
    def in_first_half(self) -> bool:
        """Halve by a hash of the document's id."""
        return hashlib.sha256(self.doc.id.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus and the type that is fitted on it."""

    name: str
    type: str
    docs: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression on evidence as it stands, its last columns one for each type."""

    intercept: float
    weights: Rows

    @classmethod
    def fit(cls, rows: Rows, right: Sequence[bool] | NDArray[np.bool_], weights: Rows) -> Regression:
        """Fit on standardised evidence, [N, D], with a weight for each row, [N]."""
        mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        fitted = LogisticRegression(C=PENALTY, max_iter=5000).fit(
            (rows - mean) / spread, right, sample_weight=weights
        )
        slopes = fitted.coef_[0] / spread
        return cls(float(fitted.intercept_[0] - slopes @ mean), slopes)


def types_of(corpora: Sequence[Corpus]) -> list[str]:
    """Give the types that are fitted, in order."""
    return list(dict.fromkeys(corpus.type for corpus in corpora))


def one_of(type_: str, types: Sequence[str]) -> list[float]:
    """Give a column for each type, 1 for this one."""
    return [float(type_ == each) for each in types]


def corpus_weights(counts: Sequence[float]) -> Rows:
    """Scale the weights of a corpus's rows so that they add up to at most `MOST_ROWS`."""
    weights = np.array(counts, dtype=np.float64)
    scaled: Rows = weights * min(1.0, MOST_ROWS / weights.sum())
    return scaled


def every_span(
    doc: Document, hits: Sequence[Mention], judged: Mapping[str, Judgements], type_: str
) -> list[Span]:
    """Give every span of a type that some weights propose, by place, overlapping ones too."""
    named = {hit.spans[0] for hit in hits if hit.type == type_}
    spans = {*named, *(span for span, p in judged.get(type_, {}).items() if p >= FLOOR)}
    used = with_short_forms(doc.text, {type_: sorted(spans)}, find_abbreviations(doc.text))
    return sorted({*spans, *used.get(type_, ())})


Evidence = tuple[int, float | None, float, bool]
"""Of a mention, as `Likely.evidence` gives it."""


def possible(
    doc: Document, hits: Sequence[Mention], judged: Mapping[str, Judgements], type_: str
) -> list[tuple[Span, Evidence]]:
    """Give every span of a type that could be a mention by itself: `LEAST_JUDGED` probable, or named."""
    taggers = MentionWeights(0.0, 0.0, judged=1.0, unjudged=log_odds(0.0), elsewhere=0.0, length=0.0)
    likely = {each: Likely.of(doc.text, each, hits, judged.get(each, {}), taggers) for each in JUDGED_TYPES}
    found = candidates(
        doc, likely, lambda own, span: span in own.named or own.judged.get(span, 0.0) >= LEAST_JUDGED
    )
    return [(span, likely[type_].evidence(span)) for span in found[type_]]


def fit_mentions(corpora: Sequence[Corpus], half: Callable[[Judged], bool]) -> dict[str, MentionWeights]:
    """Fit the first step, by type: spans, before they are linked."""
    types = types_of(corpora)
    rows: list[list[float]] = []
    right: list[bool] = []
    weights = []
    for corpus in corpora:
        before = len(rows)
        for item in filter(half, corpus.docs):
            for span, (characters, judged, highest, named) in possible(
                item.doc, item.hits, item.judged, corpus.type
            ):
                of_type = one_of(corpus.type, types)
                rows.append(
                    [
                        0.0 if judged is None else log_odds(judged),
                        float(judged is None),
                        log_odds(highest),
                        float(np.log(characters)),
                        *of_type,
                        *(named * each for each in of_type),
                    ]
                )
                text = item.doc.text[span.start : span.end]
                right.append(Mention(item.doc.id, (span,), text, corpus.type) in item.gold_spans)
        weights.append(corpus_weights([1.0] * (len(rows) - before)))
    fitted = Regression.fit(np.array(rows), right, np.concatenate(weights))
    judged, unjudged, elsewhere, length, *typed = fitted.weights.tolist()
    bases, named_ = typed[: len(types)], typed[len(types) :]
    return {
        type_: MentionWeights(base + fitted.intercept, odds, judged, unjudged, elsewhere, length)
        for type_, base, odds in zip(types, bases, named_, strict=True)
    }


def proposed(corpus: Corpus, item: Judged, weights: Mapping[str, MentionWeights]) -> list[Decision]:
    """Give the decisions about the mentions that are proposed in a document."""
    merged = merge(item.doc, item.hits, item.judged, weights)
    return [
        replace(item.links[mention], mention=mention)
        for mention in merged
        if mention.type == corpus.type and mention in item.links
    ]


def fit_links(
    corpora: Sequence[Corpus],
    half: Callable[[Judged], bool],
    mention_weights: Mapping[str, MentionWeights],
) -> tuple[dict[str, LinkWeights], dict[str, LinkWeights]]:
    """Fit the second step, by type: whether a linked mention is one, and whether its link is right."""
    types = types_of(corpora)
    rows: list[list[float]] = []
    is_mention: list[bool] = []
    is_right: list[bool] = []
    once = []
    each_one = []
    for corpus in corpora:
        counts: list[float] = []
        for item in filter(half, corpus.docs):
            decisions = proposed(corpus, item, mention_weights)
            times = Counter(concept_ids(decision) for decision in decisions)
            for decision in decisions:
                rows.append([*link_evidence(decision), *one_of(corpus.type, types)])
                is_mention.append(decision.mention in item.gold_spans)
                is_right.append(not item.gold_ids.isdisjoint(concept_ids(decision)))
                counts.append(1 / times[concept_ids(decision)])
        each_one.append(corpus_weights([1.0] * len(counts)))
        once.append(corpus_weights(counts))
    evidence = np.array(rows)
    kept = Regression.fit(evidence, is_mention, np.concatenate(each_one))
    linked = evidence[:, 2] == 0
    right = Regression.fit(evidence[linked], np.array(is_right)[linked], np.concatenate(once)[linked])
    return as_link_weights(kept, types), as_link_weights(right, types)


def link_evidence(decision: Decision) -> list[float]:
    """Give the log-odds of mention and link, and whether none was found to fit."""
    none = isinstance(decision.verdict, Nil)
    link_probability = 1 - decision.probability if none else decision.probability
    return [log_odds(decision.mention.probability or 0.0), log_odds(link_probability), float(none)]


def as_link_weights(fitted: Regression, types: Sequence[str]) -> dict[str, LinkWeights]:
    """Name the weights."""
    mention, link_, none, *bases = fitted.weights.tolist()
    return {
        type_: LinkWeights(base + fitted.intercept, mention, link_, none)
        for type_, base in zip(types, bases, strict=True)
    }


def concept_ids(decision: Decision) -> tuple[str, ...]:
    """Give the concepts that a decision gives."""
    return decision.verdict.concept_ids if isinstance(decision.verdict, Linked) else ()


GivenOut = Mapping[str, Sequence[tuple[Judged, list[Decision]]]]
"""By the name of a corpus, its documents with the decisions that are given out about them."""


def crossed(corpora: Sequence[Corpus]) -> GivenOut:
    """Decide about each document with the weights of the half of all that it is not in."""
    fitted = {
        True: fit(corpora, lambda item: not item.in_first_half),
        False: fit(corpora, lambda item: item.in_first_half),
    }

    def decided(corpus: Corpus, item: Judged) -> list[Decision]:
        weights = fitted[item.in_first_half]
        return accepted(proposed(corpus, item, weights.mention), weights)

    return {corpus.name: [(item, decided(corpus, item)) for item in corpus.docs] for corpus in corpora}


def precision_points(corpora: Sequence[Corpus], given_out: GivenOut) -> dict[str, tuple[OperatingPoint, ...]]:
    """Measure by type what precision thresholds on the probability of a link give.

    A link is right where its concept is in the document; those of one concept count once a document, and all
    of a corpus as much as those of any other of the type.
    """
    points = {}
    for type_ in dict.fromkeys(corpus.type for corpus in corpora):
        rows: list[tuple[float, bool, float]] = []
        for own in (given_out[corpus.name] for corpus in corpora if corpus.type == type_):
            linked = [
                (item, [decision for decision in decisions if concept_ids(decision)])
                for item, decisions in own
            ]
            concepts = sum(len({concept_ids(each) for each in decisions}) for _, decisions in linked)
            for item, decisions in linked:
                times = Counter(map(concept_ids, decisions))
                for decision in decisions:
                    ids = concept_ids(decision)
                    right = not item.gold_ids.isdisjoint(ids)
                    rows.append((decision.probability, right, 1 / (times[ids] * concepts)))
        probabilities, right_, weights = map(np.array, zip(*rows, strict=True))
        points[type_] = operating_points(probabilities, right_, weights, float(weights.sum()))
    return points


def fit(corpora: Sequence[Corpus], half: Callable[[Judged], bool]) -> Combination:
    """Fit both steps on a part of the documents.

    Types of the tagger share all weights but their own two; phenotypes, which it was not taught, share none.
    """
    taught = [corpus for corpus in corpora if corpus.type in TAGGED_TYPES]
    others = [corpus for corpus in corpora if corpus.type not in TAGGED_TYPES]
    groups = [own for own in (taught, others) if own]
    mention = {type_: each for own in groups for type_, each in fit_mentions(own, half).items()}
    kept: dict[str, LinkWeights] = {}
    right: dict[str, LinkWeights] = {}
    for own in groups:
        of_kept, of_right = fit_links(own, half, mention)
        kept.update(of_kept)
        right.update(of_right)
    return Combination(mention, kept, right)
