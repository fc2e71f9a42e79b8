"""From what a file says of a mention to an `Annotation` that fits the text, or a `Problem`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from belink.formats.labels import understand
from belink.formats.problems import OnProblem
from belink.types import Annotation, Decision, Failed, Linked, Mention, Problem, Span

REACH = 40
"""How many code points an annotation may be off before it is given up."""

_BETWEEN = re.compile(r"[\s.…;|,]+")


class Claim(NamedTuple):
    """What a file says of one mention, before it is checked.

    `spans` count in the document's text; `text` is what the file says stands there, None if it does not say.
    """

    id: str
    spans: tuple[Span, ...]
    text: str | None
    label: str
    identifier: str


def check(
    claim: Claim, document_id: str, text: str, locate: Callable[[], str], on_problem: OnProblem
) -> Annotation | None:
    """Make the annotation, moved to where its text stands if it is off by up to `REACH` code points.

    `locate` says where in its file the claim stands. A moved annotation is reported as a "warning", one that
    fits nowhere as "annotation", and None given.
    """
    if len(claim.spans) == 1 and fits_exactly(text, claim.spans[0], claim.text):
        return annotation(claim, document_id, claim.text or "", claim.spans)
    spans = _tidy(claim.spans) if len(claim.spans) > 1 else claim.spans
    inside = bool(spans) and all(0 <= span.start < span.end <= len(text) for span in spans)
    if not (inside and _fits(text, spans, claim.text)):
        moved = _nearest(text, spans, claim.text)
        stood = ";".join(f"{span.start}-{span.end}" for span in claim.spans)
        name = f"annotation {claim.id or ''} at {stood}".replace("  ", " ")
        if moved is None:
            found = (
                f"where the text is {mention_text(text, spans)[:60]!r}" if inside else "outside of the text"
            )
            said = (claim.text or "")[:60]
            on_problem(Problem(locate(), f"{name} says {said!r} {found}: left out", "annotation"))
            return None
        on_problem(
            Problem(locate(), f"{name} moved to {moved.start}-{moved.end}, where its text is", "warning")
        )
        spans = (moved,)
    return annotation(claim, document_id, mention_text(text, spans), spans)


def fits_exactly(text: str, span: Span, said: str | None) -> bool:
    """Tell whether just this text stands at a span that is not empty."""
    return 0 <= span.start < span.end <= len(text) and text[span.start : span.end] == said


def annotation(claim: Claim, document_id: str, text: str, spans: tuple[Span, ...]) -> Annotation:
    """Make the annotation of a claim that is known to fit, with its label and identifier understood."""
    kind, concept_ids = understand(claim.label, claim.identifier)
    mention = Mention(document_id, spans, text, kind)
    return Annotation(claim.id, mention, claim.label, claim.identifier, concept_ids)


def mention_text(text: str, spans: Sequence[Span]) -> str:
    """Give the parts of a mention, joined by one space."""
    if len(spans) == 1:
        return text[spans[0].start : spans[0].end]
    return " ".join(text[span.start : span.end] for span in spans)


def _tidy(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Sort spans and join those that overlap."""
    tidy: list[Span] = []
    for span in sorted(spans):
        if tidy and span.start < tidy[-1].end:
            tidy[-1] = Span(tidy[-1].start, max(span.end, tidy[-1].end))
        else:
            tidy.append(span)
    return tuple(tidy)


def _fits(text: str, spans: tuple[Span, ...], said: str | None) -> bool:
    if said is None:
        return True
    found = mention_text(text, spans)
    if found == said:
        return True
    if len(spans) > 1:
        cover = text[spans[0].start : spans[-1].end]
        return _BETWEEN.sub("", found) == _BETWEEN.sub("", said) or _blanks(cover) == _blanks(said)
    return _blanks(found) == _blanks(said)


def _blanks(text: str) -> str:
    return " ".join(text.split()).casefold()


def _nearest(text: str, spans: tuple[Span, ...], said: str | None) -> Span | None:
    """Find where a text stands nearest to its place; None if nowhere near or at two equal distances."""
    if not said or len(spans) != 1:
        return None
    place = spans[0].start
    first = max(0, place - REACH)
    window = text[first : max(0, place + REACH + len(said))]
    starts = [first + match.start() for match in re.finditer(f"(?={re.escape(said)})", window)]
    ranked = sorted((abs(start - place), start) for start in starts)
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return Span(ranked[0][1], ranked[0][1] + len(said))


Key = tuple[tuple[Span, ...], str]
"""What makes a decision and an annotation the same mention: spans and type."""


def key_of(mention: Mention) -> Key:
    """Give the key by which decisions find annotations."""
    return mention.spans, mention.type


def answers(decisions: Sequence[Decision]) -> dict[Key, Decision]:
    """Give the decisions that say something, by mention, in order; the first of several for one mention."""
    kept: dict[Key, Decision] = {}
    for decision in decisions:
        if not isinstance(decision.verdict, Failed):
            kept.setdefault(key_of(decision.mention), decision)
    return kept


def new_answers(kept: Mapping[Key, Decision], annotations: Sequence[Annotation]) -> list[Decision]:
    """Give the decisions about mentions that no annotation of the file names."""
    known = {key_of(annotation.mention) for annotation in annotations}
    return [decision for key, decision in kept.items() if key not in known]


def identifier_of(decision: Decision) -> str:
    """Write a verdict as files do: ids parted by "|", "-" for none."""
    return "|".join(decision.verdict.concept_ids) if isinstance(decision.verdict, Linked) else "-"


def free_ids(taken: set[str], count: int) -> list[str]:
    """Give `count` annotation ids T1, T2, ... that are not taken."""
    ids: list[str] = []
    number = 1
    while len(ids) < count:
        if f"T{number}" not in taken:
            ids.append(f"T{number}")
        number += 1
    return ids
