"""Cut documents into word pieces and overlapping windows, and describe each piece to the tagger.

A tokeniser gives word pieces with code-point offsets; pieces of one word belong together, and what the
tagger says of a word it says at the word's first piece. A long document is read through windows of
`WINDOW` pieces that begin every `STRIDE` pieces, of which the last two share what is left evenly; each piece
is decided where it stands furthest from a cut, so that what is decided depends on the document alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.types import Mention, Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TAGGED_TYPES = ("Disease", "Chemical", "Gene", "Species", "CellLine")
"""The types the tagger knows, in the order of its outputs."""

SHAPES = 6
FEATURES = SHAPES + 2 * len(TAGGED_TYPES)
"""Features of a piece: six of its word's shape, then for each type whether a dictionary's name begins here
and whether one goes on here."""

WINDOW = 254
OVERLAP = 32
STRIDE = WINDOW - OVERLAP


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document as word pieces.

    Attributes:
        ids: [N] tokens.
        first: [W] index of each word's first piece, rising.
        starts: [W] code point at which each word begins.
        ends: [W] code point behind its last one.
        edges: the tokens that stand before and behind whatever is read.
    """

    ids: NDArray[np.int64]
    first: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    edges: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces `start` to `end` are read together; those from `decided` to `decided_end` are decided."""

    start: int
    end: int
    decided: int
    decided_end: int


def cut_words(texts: Sequence[str], tokenizer: Tokenizer) -> list[Pieces]:
    """Cut texts into word pieces, in their order; no special tokens are added."""
    first, *_, last = tokenizer.encode("").ids
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [_pieces(each.ids, each.word_ids, each.offsets, (first, last)) for each in encodings]


def _pieces(
    ids: Sequence[int],
    word_ids: Sequence[int | None],
    offsets: Sequence[tuple[int, int]],
    edges: tuple[int, int],
) -> Pieces:
    words = np.array(word_ids, dtype=np.int64)
    places = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    new = np.flatnonzero(np.diff(words, prepend=-1))
    last = np.append(new[1:], len(words)) - 1 if len(words) else new
    return Pieces(np.array(ids, dtype=np.int64), new, places[new, 0], places[last, 1], edges)


def windows(count: int) -> list[Window]:
    """Give the windows over `count` pieces, in order; every piece is decided in exactly one.

    Neighbouring windows have `OVERLAP` pieces in common, or one more.
    """
    if not count:
        return []
    last = max(0, -(-(count - WINDOW) // STRIDE))
    edges = [(start, start + WINDOW) for start in range(0, (last - 1) * STRIDE, STRIDE)]
    begin = max(0, last - 1) * STRIDE
    half = -(-(count - begin + OVERLAP) // 2) if last else count
    edges += [(begin, begin + half), (count - half, count)][: last + 1]
    cuts = [0, *((a_end + b_start) // 2 for (_, a_end), (b_start, _) in pairwise(edges)), count]
    return [Window(*edge, *decided) for edge, decided in zip(edges, pairwise(cuts), strict=True)]


def describe(text: str, pieces: Pieces, dictionary: Sequence[Mention]) -> NDArray[np.uint8]:
    """Give the features [N, FEATURES] of each piece, 0 or 1; all pieces of a word have those of the word.

    Args:
        text: the document's.
        pieces: of the text.
        dictionary: mentions a dictionary found in it; those of unknown types are passed over.
    """
    words = np.zeros((len(pieces.starts), FEATURES), dtype=np.uint8)
    if len(words):
        bounds = zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True)
        words[:, :SHAPES] = [
            _shape(text[start:end], text[max(start - 1, 0) : start]) for start, end in bounds
        ]
    mark_mentions(words[:, SHAPES:].reshape(len(words), len(TAGGED_TYPES), 2), pieces, dictionary)
    return np.repeat(words, np.diff(pieces.first, append=len(pieces.ids)), axis=0)


def _shape(word: str, before: str) -> tuple[bool, ...]:
    return (
        word[:1].isupper(),
        len(word) > 1 and word.isupper(),
        not word.isupper() and any(map(str.isupper, word[1:])),
        any(map(str.isdigit, word)),
        len(word) == 1 and word.isalpha(),
        bool(before) and not before.isspace(),
    )


def word_range(pieces: Pieces, span: Span) -> tuple[int, int]:
    """Give the first word of a span and the word behind its last; equal where there is none.

    A word belongs to a span that covers its first code point; a span within one word is that word.
    """
    begin = int(np.searchsorted(pieces.starts, span.start))
    end = int(np.searchsorted(pieces.starts, span.end))
    if begin == end and begin and pieces.ends[begin - 1] >= span.end:
        begin -= 1
    return begin, end


def mark_mentions(marks: NDArray[np.uint8], pieces: Pieces, mentions: Sequence[Mention]) -> None:
    """Mark where mentions begin and go on, in place.

    Args:
        marks: [W, types, 2] set to 1 at [word, type, 0] where a mention begins, at [.., 1] where it goes on.
        pieces: the words.
        mentions: those of unknown types are passed over; of a discontinuous one each part is marked.
    """
    for mention in mentions:
        if mention.type not in TAGGED_TYPES:
            continue
        kind = TAGGED_TYPES.index(mention.type)
        for span in mention.spans:
            begin, end = word_range(pieces, span)
            marks[begin : min(begin + 1, end), kind, 0] = 1
            marks[begin + 1 : end, kind, 1] = 1
