"""Detection and linking together: precision, recall and F1 over spans and over documents.

Let the gold be the set of pairs (place, id) with one pair for each current gold id of each mention in
the knowledge base, and the predictions likewise from the verdicts of all decisions, with predicted ids
mapped to current ones. A predicted id on a mention that the gold leaves without an id, or an id that
the knowledge base lacks, is a false positive. All sums are over all documents (micro).

- strict span     place = (document, spans, type); a pair is right if it is in the gold.
- overlap span    a predicted pair may be matched to a gold pair of the same document, type and id whose
                  spans overlap; each pair at most once, as many as possible (maximum matching), so a
                  name predicted in two pieces counts once.
- document        place = (document, type): the set of ids of a document, as in BioCreative's
                  normalisation tasks.
- mention spans   the same as the first two without ids, over all gold mentions: detection alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from belink.evaluate.alignment import overlap
from belink.evaluate.intervals import SAMPLES, Estimate, ratio_estimates
from belink.evaluate.measures import Counts
from belink.evaluate.protocol import GoldMention
from belink.evaluate.vocabulary import CurrentIds
from belink.types import Decision, Linked, Mention, Span

_Found = dict[tuple[str, str], dict[tuple[Span, ...], Mention]]
"""Of one document: (type, id) -> the mentions with that id, by their spans."""


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """Micro counts over all documents, with precision, recall and F1 and their intervals."""

    counts: Counts
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """The figures of the end-to-end protocol, as the module says."""

    strict: SpanFigures
    overlap: SpanFigures
    document: SpanFigures
    detection_strict: SpanFigures
    detection_overlap: SpanFigures


def end_to_end_figures(
    mentions: Sequence[GoldMention],
    decisions: Iterable[Decision],
    current: CurrentIds,
    samples: int = SAMPLES,
    seed: int = 0,
) -> EndToEnd:
    """Compare all predicted mentions with all gold mentions.

    Args:
        mentions: all gold mentions, those without an id included.
        decisions: all decisions; repeated ones count once.
        current: maps predicted ids.
        samples: bootstrap samples over documents.
        seed: of the bootstrap.
    """
    gold: dict[str, _Found] = defaultdict(dict)
    gold_spans: dict[str, _Found] = defaultdict(dict)
    for item in mentions:
        _add(gold_spans, item.mention, [""])
        _add(gold, item.mention, item.ids)
    predicted: dict[str, _Found] = defaultdict(dict)
    predicted_spans: dict[str, _Found] = defaultdict(dict)
    for decision in decisions:
        _add(predicted_spans, decision.mention, [""])
        if isinstance(decision.verdict, Linked):
            ids = {now for id_ in decision.verdict.concept_ids for now in current.mapped(id_)}
            _add(predicted, decision.mention, sorted(ids))
    documents = sorted({*gold_spans, *predicted_spans})
    linked = [(gold.get(d, {}), predicted.get(d, {})) for d in documents]
    detected = [(gold_spans.get(d, {}), predicted_spans.get(d, {})) for d in documents]

    def figures(counts: list[Counts]) -> SpanFigures:
        return _figures(counts, documents, samples, seed)

    return EndToEnd(
        strict=figures([_strict(g, p) for g, p in linked]),
        overlap=figures([_overlapping(g, p) for g, p in linked]),
        document=figures([_set_counts(set(g), set(p)) for g, p in linked]),
        detection_strict=figures([_strict(g, p) for g, p in detected]),
        detection_overlap=figures([_overlapping(g, p) for g, p in detected]),
    )


def _figures(counts: Sequence[Counts], documents: Sequence[str], samples: int, seed: int) -> SpanFigures:
    rows = [(c.true_positives, c.false_positives, c.false_negatives) for c in counts]
    tp, fp, fn = np.asarray(rows, dtype=np.float64).reshape(-1, 3).T
    precision, recall, f1 = ratio_estimates(
        np.column_stack((tp, tp, 2 * tp)),
        np.column_stack((tp + fp, tp + fn, 2 * tp + fp + fn)),
        documents,
        samples,
        seed,
    )
    return SpanFigures(Counts(int(tp.sum()), int(fp.sum()), int(fn.sum())), precision, recall, f1)


def _add(documents: dict[str, _Found], mention: Mention, ids: Iterable[str]) -> None:
    found = documents[mention.document_id]
    for id_ in ids:
        found.setdefault((mention.type, id_), {}).setdefault(mention.spans, mention)


def _strict(gold: _Found, predicted: _Found) -> Counts:
    return _set_counts(
        {(key, spans) for key, group in gold.items() for spans in group},
        {(key, spans) for key, group in predicted.items() for spans in group},
    )


def _set_counts(gold: set[object], predicted: set[object]) -> Counts:
    right = len(gold & predicted)
    return Counts(right, len(predicted) - right, len(gold) - right)


def _overlapping(gold: _Found, predicted: _Found) -> Counts:
    right = sum(_matched(predicted[key], gold[key]) for key in predicted.keys() & gold.keys())
    n_predicted = sum(len(group) for group in predicted.values())
    n_gold = sum(len(group) for group in gold.values())
    return Counts(right, n_predicted - right, n_gold - right)


def _matched(predicted: dict[tuple[Span, ...], Mention], gold: dict[tuple[Span, ...], Mention]) -> int:
    """Count the pairs of a maximum matching of overlapping mentions (Kuhn 1955)."""
    ordered = [gold[spans] for spans in sorted(gold)]
    starts = [mention.spans[0].start for mention in ordered]
    longest = max(mention.spans[-1].end - mention.spans[0].start for mention in ordered)
    edges = []
    for spans in sorted(predicted):
        low, high = bisect_left(starts, spans[0].start - longest), bisect_left(starts, spans[-1].end)
        edges.append([g for g in range(low, high) if overlap(predicted[spans], ordered[g])])
    partner: dict[int, int] = {}

    def augment(p: int, tried: set[int]) -> bool:
        for g in edges[p]:
            if g not in tried:
                tried.add(g)
                if g not in partner or augment(partner[g], tried):
                    partner[g] = p
                    return True
        return False

    return sum(augment(p, set()) for p in range(len(edges)))
