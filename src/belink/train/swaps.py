"""Copies of labelled documents in which mentions are others of their type, so that a tagger learns contexts.

Source: mention replacement, Dai and Adel 2020 (arXiv 2010.11683). A mention that is drawn is the same other
one wherever it stands in a document; mentions that overlap others, or have several parts, stay.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from belink.types import Annotation, Document, Span

SWAPPED = 0.5
"""Share of the distinct mentions of a document that are exchanged."""
LABELLED = 0.6
"""Share of them that are exchanged for one that a corpus labels; the others get a vocabulary's name."""
_LONGEST = 45


@dataclass(frozen=True, slots=True)
class Pool:
    """What mentions of a type are exchanged for: mentions of training documents, and names."""

    labelled: tuple[str, ...]
    named: tuple[str, ...]


def pools(docs: Iterable[Document], names: Mapping[str, Iterable[str]]) -> dict[str, Pool]:
    """Gather what mentions may be exchanged for.

    Args:
        docs: training documents.
        names: by type, names of vocabularies; long ones, inverted ones and those with brackets are left out.
    """
    labelled: dict[str, dict[str, None]] = {type_: {} for type_ in names}
    for doc in docs:
        for each in doc.annotations:
            if each.mention.type in labelled and len(each.mention.spans) == 1:
                labelled[each.mention.type][each.mention.text] = None
    return {
        type_: Pool(tuple(sorted(labelled[type_])), tuple(sorted(set(filter(_usual, some)))))
        for type_, some in names.items()
    }


def _usual(name: str) -> bool:
    return 2 < len(name) < _LONGEST and "," not in name and "(" not in name


def swapped(doc: Document, by_type: Mapping[str, Pool], rng: random.Random) -> Document | None:
    """Give a copy of a document with other mentions in the place of some; None where none was drawn."""
    taken = [span for each in doc.annotations for span in each.mention.spans]
    drawn: dict[tuple[str, str], str | None] = {}
    edits: dict[Span, str] = {}
    for each in sorted(doc.annotations, key=lambda one: one.mention.spans):
        mention, span = each.mention, each.mention.spans[0]
        alone = len(mention.spans) == 1 and sum(span.overlaps(other) for other in taken) == 1
        if alone and mention.type in by_type:
            key = mention.type, mention.text.lower()
            if key not in drawn:
                drawn[key] = _draw(by_type[mention.type], rng)
            if (other := drawn[key]) is not None:
                edits[span] = other
    return _edited(doc, edits) if edits else None


def _draw(pool: Pool, rng: random.Random) -> str | None:
    if rng.random() >= SWAPPED:
        return None
    names = pool.labelled if rng.random() < LABELLED else pool.named
    return rng.choice(names) if names else None


def _edited(doc: Document, edits: Mapping[Span, str]) -> Document:
    """Write other texts in the place of spans that overlap nothing, and move the annotations."""
    text, at = "", 0
    ends, shifts, moved = [0], [0], dict[Span, Span]()
    for span, other in sorted(edits.items()):
        text += doc.text[at : span.start] + other
        at = span.end
        moved[span] = Span(len(text) - len(other), len(text))
        ends.append(span.end)
        shifts.append(len(text) - span.end)
    text += doc.text[at:]

    def place(span: Span) -> Span:
        if span in moved:
            return moved[span]
        shift = shifts[bisect_right(ends, span.start) - 1]
        return Span(span.start + shift, span.end + shift)

    return replace(
        doc, text=text, passages=(), annotations=tuple(_moved(each, text, place) for each in doc.annotations)
    )


def _moved(annotation: Annotation, text: str, place: Callable[[Span], Span]) -> Annotation:
    spans = tuple(place(span) for span in annotation.mention.spans)
    words = " ".join(text[span.start : span.end] for span in spans)
    return replace(annotation, mention=replace(annotation.mention, spans=spans, text=words))
