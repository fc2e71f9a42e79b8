"""Repair where a mention begins and ends."""

from __future__ import annotations

import unicodedata

from belink.types import Span

_CLOSING = {")": "(", "]": "[", "}": "{"}
_OPENING = frozenset(_CLOSING.values())
_NEVER_FIRST = frozenset(",;:.!?/|*&=<>%'\"’”`´‐‑–—_")
_NEVER_LAST = frozenset(",;:.!?/|&=<>'\"‘“’”`´-‐‑–—_(")
_REACH = 20
"""A word is completed by at most so many code points: what is cut out of a longer one is no word."""


def repair(text: str, span: Span) -> Span | None:
    """Give a span boundaries at which a mention can begin and end: `trim` of it with its words whole.

    A word cut in two is completed to its end, never into punctuation. Repairing again changes nothing.
    """
    return trim(text, Span(*_whole_words(text, span.start, span.end)))


def trim(text: str, span: Span) -> Span | None:
    """Leave out what no name begins or ends with: white space, punctuation, brackets without their partner.

    Where the partner of a bracket follows at once, it is taken in.

    Args:
        text: the document's.
        span: of the text.

    Returns:
        The span trimmed; None where nothing is left.
    """
    start, end = span.start, span.end
    while True:
        before = start, end
        while start < end and _drop_first(text, start):
            start += 1
        while end > start and _drop_last(text, end - 1):
            end -= 1
        start, end = _balance(text, start, end)
        if (start, end) == before:
            return Span(start, end) if start < end else None


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the rest of a word at either end, unless it is very long."""
    first, last = start, end
    while 0 < first < end and _in_word(text[first]) and _in_word(text[first - 1]) and start - first <= _REACH:
        first -= 1
    while (
        start < last < len(text)
        and _in_word(text[last - 1])
        and _in_word(text[last])
        and last - end <= _REACH
    ):
        last += 1
    return (first if start - first <= _REACH else start), (last if last - end <= _REACH else end)


def _in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.combining(char) > 0


def _drop_first(text: str, place: int) -> bool:
    char = text[place]
    return char.isspace() or char in _NEVER_FIRST or _unseen(char)


def _drop_last(text: str, place: int) -> bool:
    char = text[place]
    return char.isspace() or char in _NEVER_LAST or _unseen(char)


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf")


def _balance(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop or complete a bracket at an end whose partner is not within."""
    unclosed, unopened = _unmatched(text, start, end)
    if unopened and unopened[-1] == end - 1:
        end -= 1
    elif start in (*unopened[:1], *unclosed[:1]):
        start += 1
    elif unclosed and unclosed[-1] == end - 1:
        end -= 1
    elif unclosed and end < len(text) and _CLOSING.get(text[end]) == text[unclosed[-1]]:
        end += 1
    elif unopened and start and text[start - 1] == _CLOSING[text[unopened[0]]]:
        start -= 1
    return start, end


def _unmatched(text: str, start: int, end: int) -> tuple[list[int], list[int]]:
    """Give the places of opening brackets never closed and of closing ones never opened."""
    unclosed: list[int] = []
    unopened: list[int] = []
    for place in range(start, end):
        char = text[place]
        if char in _OPENING:
            unclosed.append(place)
        elif char in _CLOSING:
            if unclosed and text[unclosed[-1]] == _CLOSING[char]:
                unclosed.pop()
            else:
                unopened.append(place)
    return unclosed, unopened
