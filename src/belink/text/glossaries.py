"""Find abbreviations in lists without marks between them: "CAT catalase GSH glutathione SOD ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from belink.text.definitions import AbbreviationPair, Page, pair_after
from belink.text.short_forms import looks_short
from belink.types import Span

_HEAD = re.compile(r"(?<![^\s.])[aA]?(?:Abbreviations|ABBREVIATIONS)(?: used)?\b:?\s")
_FOOT = re.compile(r"\b[Tt]he abbreviations used are\b:?")
_WORD = re.compile(r"[^\s;]+")
_LIST_CHARS = 4000
_FOOT_CHARS = 3000
_MOST_LONG = 100
_LEAST_PAIRS = 3
_SHARE = 0.5


def in_glossaries(page: Page) -> Iterator[AbbreviationPair]:
    """Look behind the heading "Abbreviations" and before "The abbreviations used are".

    Only where three pairs and more are found, so that it is a list.
    """
    for start, end in _ranges(page.text):
        pairs = list(_pairs(page, start, end))
        if len(pairs) >= _LEAST_PAIRS:
            yield from pairs


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    """Give where lists may stand; those of headings do not overlap, nor do those of feet."""
    done = 0
    for head in _HEAD.finditer(text):
        if head.end() >= done:
            done = min(len(text), head.end() + _LIST_CHARS)
            yield head.end(), done
    done = 0
    for foot in _FOOT.finditer(text):
        yield max(done, foot.start() - _FOOT_CHARS), foot.start()
        done = foot.start()


def _pairs(page: Page, start: int, end: int) -> Iterator[AbbreviationPair]:
    words = [Span(*match.span()) for match in _WORD.finditer(page.text, start, end)]
    shorts = [_is_short(page.text[word.start : word.end].rstrip(":,=")) for word in words]
    place = 0
    while place < len(words):
        behind = _long_end(page, words, shorts, place) if shorts[place] else None
        if behind is None:
            place += 1
            continue
        yield behind[1]
        place = behind[0]


def _long_end(
    page: Page, words: Sequence[Span], shorts: Sequence[bool], place: int
) -> tuple[int, AbbreviationPair] | None:
    """Find where the long form behind a short form ends: before the first short form where it fits."""
    short = words[place]
    short = Span(short.start, short.start + len(page.text[short.start : short.end].rstrip(":,=")))
    for behind in range(place + 2, len(words) + 1):
        last = words[behind - 1]
        if last.end - words[place + 1].start > _MOST_LONG:
            return None
        if behind < len(words) and not shorts[behind] and page.text[last.end] != ";":
            continue
        end = last.start + len(page.text[last.start : last.end].rstrip(".,"))
        long = Span(words[place + 1].start, end)
        pair = pair_after(page, short, long, share=_SHARE)
        if pair is not None:
            return behind, pair
    return None


def _is_short(word: str) -> bool:
    return looks_short(word) and (
        sum(char.isupper() for char in word) >= 2 or (len(word) > 2 and word[-1].isdigit())
    )
