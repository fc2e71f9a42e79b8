"""Merge what a tagger finds with the names of a dictionary.

Of the types that the tagger knows, within each type:

1. A tagger's mention has its boundaries repaired (`belink.detect.boundaries`). By all that is known before it
   is linked (`MentionWeights`) it, and each hit of the dictionary, gets a probability, and is proposed from
   `LEAST_PROPOSED` on.
2. Of proposed mentions that overlap, the more probable one wins; of equally probable ones the longer, then
   the left one.
3. A short form that the document defines for a proposed mention is proposed wherever it is used, if it is
   probable enough there.
4. What is told of a variant or a sequence ("Arg" of "Arg506Gln", a codon) is no chemical.

Mentions of different types may nest; where their spans are equal, the most probable type wins. Mentions that
reach out of a passage are dropped. The dictionary's hits of types that the tagger does not know all stay,
without a probability. What is proposed is judged again once it is linked (`belink.accepted`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from belink.detect.boundaries import repair
from belink.detect.combination import MentionWeights
from belink.detect.dictionary import with_short_forms
from belink.detect.variants import told_of_variants
from belink.text.abbreviations import find_abbreviations
from belink.types import Detector, Document, Mention, Span, Tag

LEAST_PROPOSED = 0.25
"""Lower ones gave more mentions to link and no better F1, by cross-validation over development documents
(docs/decisions/0013)."""

Judgements = dict[Span, float]
"""The tagger's probabilities of one type in one document."""


def combined(
    tag: Tag,
    dictionary: Detector,
    weights: Mapping[str, MentionWeights],
    types: frozenset[str] | None = None,
) -> Detector:
    """Make a detector of a tagger and a dictionary; its mentions have a probability.

    Args:
        tag: the tagger; it is shown the dictionary's hits.
        dictionary: finds names, of types that the tagger knows and of others.
        weights: for each type of the tagger; mentions of a type without are dropped.
        types: only tagger's mentions of these types; None for all. The others are found all the same and win
            spans: what is more probably a gene is no chemical, though only chemicals are asked for.
    """
    left_out = frozenset() if types is None else weights.keys() - types

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        hits = dictionary(docs)
        merged = (
            merge(doc, own_hits, judgements(doc.text, tagged), weights)
            for doc, own_hits, tagged in zip(docs, hits, tag(docs, hits), strict=True)
        )
        return [tuple(each for each in own if each.type not in left_out) for own in merged]

    return detect


def no_dictionary(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Find nothing: the dictionary of a tagger that is to work alone."""
    return [() for _ in docs]


def both(first: Detector, second: Detector) -> Detector:
    """Make a detector of two: of equal mentions the first's counts."""

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [
            tuple(sorted(dict.fromkeys((*a, *b)), key=lambda mention: (mention.spans, mention.type)))
            for a, b in zip(first(docs), second(docs), strict=True)
        ]

    return detect


def merge(
    doc: Document,
    hits: Sequence[Mention],
    judged: Mapping[str, Judgements],
    weights: Mapping[str, MentionWeights],
) -> tuple[Mention, ...]:
    """Merge the mentions of one document; sorted by spans, then type.

    Args:
        doc: the document.
        hits: the dictionary's mentions.
        judged: how probable the tagger finds which spans, for each type.
        weights: by type, of those that the tagger judges; hits of other types all stay.
    """
    likely = {
        type_: Likely.of(doc.text, type_, hits, judged.get(type_, {}), own) for type_, own in weights.items()
    }
    found = candidates(doc, likely, lambda own, span: own.probability(span) >= LEAST_PROPOSED)
    merged = [hit for hit in hits if hit.type not in likely]
    for type_, spans in found.items():
        for span in spans:
            if (probability := likely[type_].probability(span)) >= LEAST_PROPOSED:
                words = doc.text[span.start : span.end]
                merged.append(Mention(doc.id, (span,), words, type_, probability))
    return tuple(sorted(merged, key=lambda mention: (mention.spans, mention.type)))


def candidates(
    doc: Document, likely: Mapping[str, Likely], enough: Callable[[Likely, Span], bool]
) -> dict[str, list[Span]]:
    """Give what could be mentions of each type, by place, and wherever it is used the short form of one.

    Args:
        doc: the document.
        likely: what is known of each type in it.
        enough: tells whether a span that the tagger judged or the dictionary found could be one.
    """
    found = {
        type_: _most_probable([s for s in sorted(own.judged.keys() | own.named) if enough(own, s)], own)
        for type_, own in likely.items()
    }
    if any(found.values()):
        used = with_short_forms(doc.text, found, find_abbreviations(doc.text))
        found = {type_: _without_overlaps([*own, *used.get(type_, ())]) for type_, own in found.items()}
    found = _one_type_a_span(found, likely)
    if found.get("Chemical"):
        of_variants = told_of_variants(doc.text, found["Chemical"])
        found["Chemical"] = [span for span in found["Chemical"] if span not in of_variants]
    passages = [passage.span for passage in doc.passages]
    return {
        type_: [s for s in spans if not any(p.start <= s.start < p.end < s.end for p in passages)]
        for type_, spans in found.items()
    }


def judgements(text: str, tagged: Iterable[Mention]) -> dict[str, Judgements]:
    """Give the tagger's spans by type, repaired; of several that become one the highest probability."""
    found: dict[str, Judgements] = {}
    for each in tagged:
        span = repair(text, each.spans[0])
        if span:
            own = found.setdefault(each.type, {})
            own[span] = max(each.probability or 0.0, own.get(span, 0.0))
    return found


@dataclass(frozen=True, slots=True)
class Likely:
    """All that tells before it is linked whether a span of a document is a mention of one type.

    Attributes:
        text: of the document.
        named: the spans of the dictionary's hits.
        judged: the tagger's probabilities.
        highest: its highest probability of words, or of what they are short for, wherever they stand.
        weights: of all that.
    """

    text: str
    named: frozenset[Span]
    judged: Judgements
    highest: Mapping[str, float]
    weights: MentionWeights

    @classmethod
    def of(
        cls, text: str, type_: str, hits: Sequence[Mention], judged: Judgements, weights: MentionWeights
    ) -> Likely:
        """Gather what is known of a type in a document."""
        highest: dict[str, float] = {}
        for span, probability in judged.items():
            words = text[span.start : span.end]
            highest[words] = max(probability, highest.get(words, 0.0))
        for pair in find_abbreviations(text):
            long = _ending_with(pair.long_span, judged)
            highest[pair.short] = max(long, highest.get(pair.short, 0.0))
        named = frozenset(hit.spans[0] for hit in hits if hit.type == type_)
        return cls(text, named, judged, highest, weights)

    def evidence(self, span: Span) -> tuple[int, float | None, float, bool]:
        """Give what `MentionWeights.probability` asks for, in its order."""
        highest = self.highest.get(self.text[span.start : span.end], 0.0)
        return span.end - span.start, self.judged.get(span), highest, span in self.named

    def probability(self, span: Span) -> float:
        """Give the probability that a span is a mention."""
        characters, judged, highest, named = self.evidence(span)
        return self.weights.probability(characters, judged, highest, named=named)


def _ending_with(long: Span, judged: Judgements) -> float:
    """Give the highest probability of a span in a long form that ends as it does: its head decides."""
    return max(
        (p for span, p in judged.items() if span.end == long.end and span.start >= long.start), default=0.0
    )


def _most_probable(spans: Iterable[Span], own: Likely) -> list[Span]:
    """Keep of overlapping spans the most probable, of equals the longer, then the left; sorted by place."""
    return _without_overlaps(sorted(spans, key=lambda s: (-own.probability(s), s.start - s.end, s.start)))


def _without_overlaps(ranked: Iterable[Span]) -> list[Span]:
    """Keep each span that overlaps none before it; sorted by place."""
    kept: list[Span] = []
    for span in ranked:
        place = bisect_left(kept, span)
        if not any(other.overlaps(span) for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, span)
    return kept


def _one_type_a_span(found: Mapping[str, list[Span]], likely: Mapping[str, Likely]) -> dict[str, list[Span]]:
    """Keep of the types that a span was given the tagger's most probable, the first by name of equals."""
    types_of: dict[Span, list[str]] = {}
    for type_, spans in found.items():
        for span in spans:
            types_of.setdefault(span, []).append(type_)
    best = {
        span: min(types, key=lambda type_: (-likely[type_].judged.get(span, 0.0), type_))
        for span, types in types_of.items()
    }
    return {type_: [span for span in spans if best[span] == type_] for type_, spans in found.items()}
