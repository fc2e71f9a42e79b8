"""Merge what a tagger finds with the names of a dictionary.

Of the types that the tagger knows, within each type:

1. A tagger's mention has its boundaries repaired (`belink.detect.boundaries`). It is kept from the
   probability on that `TypeRule` states: one for the dictionary's hits, one for the others. A hit that the
   tagger does not judge has probability 0.
2. Of kept mentions that overlap, the more probable one wins; of equally probable ones the longer, then the
   left one.
3. A short form that the document defines for a kept mention is a mention wherever it is used.
4. What is told of a variant or a sequence ("Arg" of "Arg506Gln", a codon) is no chemical.

Mentions of different types may nest; where their spans are equal, the most probable type wins. Mentions that
reach out of a passage are dropped. The dictionary's hits of types that the tagger does not know all stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from belink.detect.boundaries import repair
from belink.detect.combination import Combination, TypeRule
from belink.detect.dictionary import Spans, with_short_forms
from belink.detect.scored import ScoredMention, Tag
from belink.detect.variants import told_of_variants
from belink.text.abbreviations import AbbreviationPair, find_abbreviations
from belink.types import Detector, Document, Mention, Span

Probabilities = dict[Span, float]
"""Of one type in one document."""


def combined(
    tag: Tag, dictionary: Detector, combination: Combination, types: frozenset[str] | None = None
) -> Detector:
    """Make a detector of a tagger and a dictionary.

    Args:
        tag: the tagger; it is shown the dictionary's hits.
        dictionary: finds names, of types that the tagger knows and of others.
        combination: a rule for each type of the tagger; mentions of a type without one are dropped.
        types: only tagger's mentions of these types; None for all. The others are found all the same and win
            spans: what is more probably a gene is no chemical, though only chemicals are asked for.
    """
    left_out = frozenset() if types is None else combination.rules.keys() - types

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        hits = dictionary(docs)
        merged = (
            merge(
                doc, own_hits, judgements(doc.text, scored), combination.rules, find_abbreviations(doc.text)
            )
            for doc, own_hits, scored in zip(docs, hits, tag(docs, hits), strict=True)
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
    judged: Mapping[str, Probabilities],
    rules: Mapping[str, TypeRule],
    pairs: Sequence[AbbreviationPair],
) -> tuple[Mention, ...]:
    """Merge the mentions of one document by the rules of their types; sorted by spans, then type.

    Args:
        doc: the document.
        hits: the dictionary's mentions.
        judged: how probable the tagger finds which spans, for each type.
        rules: of the types that are the tagger's; hits of other types all stay.
        pairs: the abbreviations that the document defines.
    """
    probabilities = {
        type_: {**{hit.spans[0]: 0.0 for hit in hits if hit.type == type_}, **judged.get(type_, {})}
        for type_ in rules
    }
    named = {(hit.spans[0], hit.type) for hit in hits}
    found = {
        type_: _kept(own, {span for span in own if (span, type_) in named}, rules[type_])
        for type_, own in probabilities.items()
    }
    found = _one_type_a_span(_with_all_short_forms(doc.text, found, pairs), probabilities)
    if found.get("Chemical"):
        of_variants = told_of_variants(doc.text, found["Chemical"])
        found["Chemical"] = [span for span in found["Chemical"] if span not in of_variants]
    inside = [passage.span for passage in doc.passages]
    merged = [
        Mention(doc.id, (span,), doc.text[span.start : span.end], type_)
        for type_, spans in found.items()
        for span in spans
        if not any(p.start <= span.start < p.end < span.end for p in inside)
    ]
    merged += [hit for hit in hits if hit.type not in rules]
    return tuple(sorted(merged, key=lambda mention: (mention.spans, mention.type)))


def judgements(text: str, scored: Iterable[ScoredMention]) -> dict[str, Probabilities]:
    """Give the tagger's spans by type, repaired; of several that become one the highest probability."""
    found: dict[str, Probabilities] = {}
    for each in scored:
        span = repair(text, each.mention.spans[0])
        if span:
            own = found.setdefault(each.mention.type, {})
            own[span] = max(each.probability, own.get(span, 0.0))
    return found


def _kept(probabilities: Probabilities, hits: set[Span], rule: TypeRule) -> list[Span]:
    enough = [
        span
        for span, probability in probabilities.items()
        if probability >= (rule.with_dictionary if span in hits else rule.alone)
    ]
    return _without_overlaps(sorted(enough, key=lambda s: (-probabilities[s], s.start - s.end, s.start)))


def _without_overlaps(ranked: Iterable[Span]) -> list[Span]:
    """Keep each span that overlaps none before it; sorted by place."""
    kept: list[Span] = []
    for span in ranked:
        place = bisect_left(kept, span)
        if not any(other.overlaps(span) for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, span)
    return kept


def _one_type_a_span(found: Spans, probabilities: Mapping[str, Probabilities]) -> Spans:
    """Keep the most probable of the types that a span was given, the first by name of equals."""
    types_of: dict[Span, list[str]] = {}
    for type_, spans in found.items():
        for span in spans:
            types_of.setdefault(span, []).append(type_)
    best = {
        span: min(types, key=lambda type_: (-probabilities[type_].get(span, 0.0), type_))
        for span, types in types_of.items()
    }
    return {type_: [span for span in spans if best[span] == type_] for type_, spans in found.items()}


def _with_all_short_forms(text: str, found: Spans, pairs: Sequence[AbbreviationPair]) -> Spans:
    added = with_short_forms(text, found, pairs) if any(found.values()) else {}
    return {type_: _without_overlaps([*spans, *added.get(type_, ())]) for type_, spans in found.items()}
