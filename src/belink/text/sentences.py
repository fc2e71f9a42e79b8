"""Split text into sentences with exact offsets.

A text is first cut into blocks: at blank lines and, where a block would exceed `BLOCK_CHARS` code
points, behind a sentence end near that limit. syntok then splits each block on its own. So a sentence
is the same whether the whole text or only its neighbourhood is split, and the time is linear in the
length of what is split.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

from syntok.segmenter import segment  # type: ignore[import-untyped]  # syntok ships no types
from syntok.tokenizer import Tokenizer  # type: ignore[import-untyped]  # syntok ships no types

from belink.types import Span

BLOCK_CHARS = 8192
"""A block without a blank line is cut soon after this many code points."""

_SEARCH_CHARS = 1024
_BLANK_LINE = re.compile(r"\n\r?\n")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z])")
_SPACE = re.compile(r"\s")


def sentences(text: str) -> tuple[Span, ...]:
    """Give the sentences of a text in order: disjoint, trimmed, covering every non-space code point.

    Empty for a text of white space only.
    """
    bounds = _block_bounds(text)
    return tuple(
        sentence for block in range(len(bounds) - 1) for sentence in _sentences_of(text, bounds, block)
    )


def sentence_around(text: str, span: Span) -> Span:
    """Give the stretch from the first to the last sentence of `sentences(text)` that `span` touches.

    Only the blocks at both ends of the span are split. Where the span touches no sentence (it is empty
    or white space between two) it is given back as it is.

    Args:
        text: the whole text.
        span: a place in it, `0 <= start <= end <= len(text)`.
    """
    if not text[span.start : span.end].strip():
        return span
    start = span.end - len(text[span.start : span.end].lstrip())
    last = span.start + len(text[span.start : span.end].rstrip()) - 1
    return Span(_sentence_at(text, start).start, _sentence_at(text, last).end)


def _sentence_at(text: str, position: int) -> Span:
    """Find the sentence of a code point that is not white space."""
    bounds = _block_bounds(text)
    block = bisect_right(bounds, position) - 1
    origin = bounds[block]
    known = _known_blocks(text)
    if block not in known:
        known[block] = _split(text[origin : bounds[block + 1]])
    inside = known[block]
    start, end = inside[bisect_right(inside, (position - origin, len(text))) - 1]
    return Span(origin + start, origin + end)


def _sentences_of(text: str, bounds: tuple[int, ...], block: int) -> list[Span]:
    start = bounds[block]
    return [Span(start + a, start + b) for a, b in _split(text[start : bounds[block + 1]])]


@lru_cache(maxsize=4)
def _known_blocks(text: str) -> dict[int, tuple[tuple[int, int], ...]]:  # noqa: ARG001 -- the cache's key
    """Give the blocks of a text that were split, by number: empty at first, filled by `_sentence_at`.

    A text knows its own hash, so this is found at once, while a block would have to be cut out and hashed.
    """
    return {}


@lru_cache(maxsize=64)
def _split(block: str) -> tuple[tuple[int, int], ...]:
    tokens = Tokenizer(replace_not_contraction=False).tokenize(block)
    starts = [sentence[0].offset for sentence in segment(tokens)]
    bounds = [0, *starts[1:], len(block)]
    spans = []
    for start, end in pairwise(bounds):
        part = block[start:end]
        trimmed = part.strip()
        if trimmed:
            begin = start + len(part) - len(part.lstrip())
            spans.append((begin, begin + len(trimmed)))
    return tuple(spans)


@lru_cache(maxsize=4)
def _block_bounds(text: str) -> tuple[int, ...]:
    """Give where blocks start, in order, and the length of the text at the end."""
    bounds = [0]
    for paragraph_end in (*(gap.end() for gap in _BLANK_LINE.finditer(text)), len(text)):
        while paragraph_end - bounds[-1] > BLOCK_CHARS:
            bounds.append(_cut(text, bounds[-1] + BLOCK_CHARS, paragraph_end))
        if paragraph_end > bounds[-1]:
            bounds.append(paragraph_end)
    return tuple(bounds)


def _cut(text: str, position: int, end: int) -> int:
    """Find the first place from `position` to cut: behind a sentence, else a word, else right there."""
    end = min(end, position + _SEARCH_CHARS)
    for boundary in (_SENTENCE_END, _SPACE):
        if (match := boundary.search(text, position, end)) is not None:
            return match.end()
    return position
