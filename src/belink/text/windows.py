"""Cut a window of text around a mention."""

from __future__ import annotations

from belink.text.sentences import sentence_around
from belink.types import Context, Document, Mention, Span

_SHORT_SENTENCE = 3
_WORD_CHARS = 40


def context(doc: Document, mention: Mention, *, max_chars: int = 300) -> Context:
    """Give the sentence around a mention, cut at word boundaries to `max_chars` code points.

    - Several sentences are taken where the mention reaches over them.
    - A sentence shorter than a third of the limit is joined by its neighbours, the one before first,
      as far as they fit whole.
    - A longer one is cut so that the mention stands in the middle, as near as the sentence allows.
    - Nothing outside the passages that the mention touches is taken.
    - A mention longer than the limit is cut at its end; the window is then all mention.
    - A discontinuous mention counts from the start of its first part to the end of its last.

    Args:
        doc: the document of the mention.
        mention: its spans lie in `doc.text`.
        max_chars: at least 1.

    Returns:
        A window whose `span` tells where the mention stands in it.
    """
    hull = Span(mention.spans[0].start, mention.spans[-1].end)
    if hull.end - hull.start > max_chars:
        end = hull.start + max_chars
        end = _back_to_word(doc.text, end, hull.start, otherwise=end)
        return Context(doc.text[hull.start : end], Span(0, end - hull.start))
    room = _passages_around(doc, hull)
    sentence = _clip(sentence_around(doc.text, hull), room)
    sentence = Span(min(sentence.start, hull.start), max(sentence.end, hull.end))
    if sentence.end - sentence.start < max_chars // _SHORT_SENTENCE:
        sentence = _with_neighbours(doc.text, sentence, room, max_chars)
    window = sentence
    if sentence.end - sentence.start > max_chars:
        window = _centred(doc.text, sentence, hull, max_chars)
    return Context(
        doc.text[window.start : window.end], Span(hull.start - window.start, hull.end - window.start)
    )


def _passages_around(doc: Document, hull: Span) -> Span:
    """Give the stretch of the passages the mention touches, the whole text where it touches none."""
    touched = [p.span for p in doc.passages if p.span.overlaps(hull)]
    if not touched:
        return Span(0, len(doc.text))
    return Span(
        min(hull.start, *(s.start for s in touched)),
        max(hull.end, *(s.end for s in touched)),
    )


def _clip(span: Span, room: Span) -> Span:
    return Span(max(span.start, room.start), min(span.end, room.end))


def _with_neighbours(text: str, sentence: Span, room: Span, max_chars: int) -> Span:
    """Add the sentence before and the sentence after, each if it fits whole."""
    least = max(room.start, sentence.start - max_chars)
    before = least + len(text[least : sentence.start].rstrip())
    if before > least:
        start = _clip(sentence_around(text, Span(before - 1, before)), room).start
        if sentence.end - start <= max_chars:
            sentence = Span(start, sentence.end)
    most = min(room.end, sentence.end + max_chars)
    after = most - len(text[sentence.end : most].lstrip())
    if after < most:
        end = _clip(sentence_around(text, Span(after, after + 1)), room).end
        if end - sentence.start <= max_chars:
            sentence = Span(sentence.start, end)
    return sentence


def _centred(text: str, sentence: Span, hull: Span, max_chars: int) -> Span:
    """Cut a sentence to the limit with the mention as near to the middle as its ends allow."""
    spare = max_chars - (hull.end - hull.start)
    start = max(sentence.start, hull.start - spare // 2)
    end = min(sentence.end, start + max_chars)
    start = max(sentence.start, end - max_chars)
    if start > sentence.start:
        start = _on_to_word(text, start, hull)
    if end < sentence.end:
        end = _back_to_word(text, end, hull.end, otherwise=hull.end)
    return Span(start, end)


def _on_to_word(text: str, start: int, hull: Span) -> int:
    """Move `start` to the next start of a word, not beyond the mention nor further than a word is long."""
    for position in range(start, min(start + _WORD_CHARS, hull.start) + 1):
        if text[position - 1].isspace() and not text[position].isspace():
            return position
    return start if hull.start - start > _WORD_CHARS else hull.start


def _back_to_word(text: str, end: int, least: int, *, otherwise: int) -> int:
    """Move `end` back to the last end of a word behind `least`; `otherwise` if a word reaches back to it."""
    for position in range(end, max(end - _WORD_CHARS, least), -1):
        if not text[position - 1].isspace() and (position == len(text) or text[position].isspace()):
            return position
    return end if end - least > _WORD_CHARS else otherwise
