"""Find where a text defines abbreviations: in brackets, in lists, between commas."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from belink.text.letter_alignment import align, fold, letters_of, permuted
from belink.text.short_forms import forms_of, looks_short, tolerance
from belink.types import Span


@dataclass(frozen=True, slots=True)
class AbbreviationPair:
    """A short form and the long form it stands for, each as it stands in the text at its span."""

    short: str
    long: str
    short_span: Span
    long_span: Span


_MAX_WINDOW_CHARS = 220
_MAX_BRACKET_CHARS = 300

_BRACKET = re.compile(r"[()\[\]]")
_PAIRS = {")": "(", "]": "["}
_PART = re.compile(r"\s*(?:[;,:=]\s|\s(?:or|and)\s)\s*")
_LEAD = re.compile(
    r"(?:(?:abbreviated|abbreviation|abbr|hereafter|henceforth|herein|hereinafter|termed|called|named|known|"
    r"designated|denoted|referred|formerly|previously|also|ie|i\.e|aka|to|as|or|the|an|a)\b[.,:]*\s+)+",
    re.IGNORECASE,
)
_QUOTES = "\"'`“”‘’„«»*"
_SENTENCE_END = re.compile(r"(?<=[a-z)\]]{2})[.!?]\s+(?=[A-Z(\[])|;\s|\n\s*\n")
_WORD_BEFORE = re.compile(r"(?<![^\s(\[,;/])[^\s()\[\],;]{2,14}$")
_LOCANT = re.compile(
    r"(?:(?:[0-9A-Z'′,αβγδω]{1,8}(?:\([^()\s]{1,12}\))?|\([^()\s]{1,12}\)|\[[^\[\]\s]{1,12}\]|"
    r"alpha|beta|gamma|cis|trans|tert|sec|iso|para|ortho|meta|[dlnopm])[-‐‑–])+$"
)
_COMPOUND = re.compile(r"[^\W_]+-$")
_LOCANTS = re.compile(r"\d{1,2}['′]?(?:,\s?\d{1,2}['′]?)*[-‐‑–](?=[A-Z]{2})")
_LIST_HEAD = re.compile(r"\babbreviations?\b[^.;\n]{0,40}?[:.]|\babbreviations\b", re.IGNORECASE)
_LIST_ITEM = re.compile(
    r"(?<![\w-])([A-Zα-ω0-9][\w/+-]{1,9})\s?(?:,|:|=|–|—|-)\s([^;.:=\n()]{4,90})(?=[;.\n]|$)"
)
_DEFINED = re.compile(r"(?<![\w-])([A-Z][\w/+-]{1,8})(?::|\s?=)\s([^;.:=,\n()]{6,90})(?=[;.,)\n]|$)")
_LONG_COMMA_SHORT = re.compile(r", (?:or )?([A-Z][A-Z0-9-]{2,8})(?=,)")
_SHORT_COMMA_LONG = re.compile(r"(?<![\w-])([A-Z][A-Z0-9-]{2,8}),? (?=(?:or )?([^,;.()\n]{6,80}),)")
_LIST_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Page:
    """A text with what the finders need of it.

    `folded` is as long as `text`. `groups` are its brackets with content, sorted; `loose` those with
    white space on both sides.
    """

    text: str
    folded: str
    groups: tuple[Span, ...]
    loose: tuple[Span, ...]


def page_of(text: str) -> Page:
    """Prepare a text for the finders."""
    groups = sorted(_brackets(text))
    loose = tuple(
        g
        for g in groups
        if g.start > 0 and text[g.start - 1].isspace() and (g.end == len(text) or text[g.end].isspace())
    )
    return Page(text, fold(text), tuple(groups), loose)


def _brackets(text: str) -> Iterator[Span]:
    """Give each bracket with its content, brackets included; unbalanced and very long ones are left out."""
    opened: list[int] = []
    for match in _BRACKET.finditer(text):
        if match[0] in "([":
            opened.append(match.start())
            continue
        for depth in range(1, min(3, len(opened)) + 1):
            if text[opened[-depth]] == _PAIRS[match[0]]:
                start = opened[-depth]
                del opened[-depth:]
                if match.end() - start <= _MAX_BRACKET_CHARS:
                    yield Span(start, match.end())
                break


def in_brackets(page: Page) -> Iterator[AbbreviationPair]:
    """Look for definitions with brackets."""
    for group in page.groups:
        glued = group.start > 0 and page.text[group.start - 1].isalnum()
        parts = _parts(page.text, group)
        pairs = list(_long_before(page, group, parts, glued=glued))
        if not pairs and not glued:
            pairs = list(_short_before(page, group, parts))
        if not pairs and len(parts) > 1 and (pair := pair_after(page, parts[0], parts[1], share=0.6)):
            pairs = [pair]
        yield from pairs


def _parts(text: str, group: Span) -> list[Span]:
    """Give the first parts of what stands in brackets, without quotes and words like "abbreviated as"."""
    parts = []
    start = group.start + 1
    for match in _PART.finditer(text, start, group.end - 1):
        parts.append(Span(start, match.start()))
        start = match.end()
    parts.append(Span(start, group.end - 1))
    return [_bare(text, part) for part in parts[:4]]


def _bare(text: str, part: Span) -> Span:
    start, end = part.start, part.end
    lead = _LEAD.match(text, start, end)
    start = lead.end() if lead else start
    while start < end and (text[start].isspace() or text[start] in _QUOTES):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in _QUOTES + ",:"):
        end -= 1
    return Span(start, end)


def _long_before(
    page: Page, group: Span, parts: Sequence[Span], *, glued: bool
) -> Iterator[AbbreviationPair]:
    """Look for "long form (SHORT)" and, inside the brackets, "long form; SHORT"."""
    for index, part in enumerate(parts):
        for short in _with_and_without_locants(page.text, group, part):
            pair = None
            if index:
                pair = _pair_before(
                    page, short, _bare(page.text, Span(group.start + 1, parts[index - 1].end))
                )
            if pair is None:
                start = max(0, group.start - _MAX_WINDOW_CHARS)
                pair = _pair_before(
                    page, short, _bare(page.text, Span(start, group.start)), share=0.6 if glued else 1.0
                )
            if pair is not None and (short == part or not pair.long[0].isdigit()):
                yield pair
                break


def _with_and_without_locants(text: str, group: Span, part: Span) -> Iterator[Span]:
    """Give a part that may be a short form, and behind a plural what follows its locants ("2,4-DCP")."""
    if looks_short(text[part.start : part.end]):
        yield part
    series = text[max(0, group.start - 2) : group.start] == "s "
    if series and (match := _LOCANTS.match(text, part.start, part.end)) is not None:
        short = Span(match.end(), part.end)
        if looks_short(text[short.start : short.end]):
            yield short


def _pair_before(page: Page, part: Span, window: Span, *, share: float = 1.0) -> AbbreviationPair | None:
    """Find the long form that ends where the window ends."""
    start = window.start
    for match in _SENTENCE_END.finditer(page.text, window.start, window.end):
        start = match.end()
    short = page.text[part.start : part.end]
    whole = page.folded[start : window.end]
    bare = _without_loose_brackets(page, start, window.end)
    for folded in (bare, whole) if bare != whole and bare.strip() else (bare,):
        begin = _begin(short, folded, share)
        if begin is not None:
            begin = _whole_name(page.text, start, start + begin, window.end)
            return _checked(page.text, part, Span(begin, window.end))
    return None


def _whole_name(text: str, least: int, begin: int, end: int) -> int:
    """Move the start of a long form back to where its first word begins.

    That is over the bracket it begins in, locants ("5-bromo") and a first half with the same initial
    ("tissue-type").
    """
    for _ in range(2):
        depth = 0
        for match in _BRACKET.finditer(text, begin, end):
            depth += 1 if match[0] in "([" else -1
            if depth < 0:
                opening = text.rfind("(" if match[0] == ")" else "[", max(least, begin - 40), begin)
                begin = opening if opening >= 0 else begin
                break
        locant = _LOCANT.search(text, max(least, begin - 24), begin)
        begin = locant.start() if locant else begin
    compound = _COMPOUND.search(text, max(least, begin - 24), begin)
    if compound and compound[0][0].lower() == text[begin].lower():
        begin = compound.start()
    return begin


def _begin(short: str, folded: str, share: float) -> int | None:
    """Find where the best long form begins that ends where the text ends."""
    best: tuple[int, int] | None = None
    for form in forms_of(short):
        letters = letters_of(form)
        aligned = align(letters, folded) if letters else None
        if aligned and aligned[0] <= share * tolerance(form) and (best is None or aligned < best):
            best = aligned
        if best is None and form.isupper() and (begin := permuted(letters, folded)) is not None:
            best = (0, begin)
    return best[1] if best else None


def _without_loose_brackets(page: Page, start: int, end: int) -> str:
    folded = page.folded[start:end]
    index = bisect_left(page.loose, Span(start, start))
    while index < len(page.loose) and page.loose[index].start < end:
        inner = page.loose[index]
        if inner.end <= end:
            a, b = inner.start - start, inner.end - start
            folded = folded[:a] + " " * (b - a) + folded[b:]
        index += 1
    return folded


def _short_before(page: Page, group: Span, parts: Sequence[Span]) -> Iterator[AbbreviationPair]:
    """Look for "SHORT (long form)"."""
    end = len(page.text[: group.start].rstrip()) if group.start < 2 else group.start - 1
    match = _WORD_BEFORE.search(page.text, max(0, end - 30), end)
    if match is None or not parts:
        return
    short_span = _bare(page.text, Span(*match.span()))
    for long_span in (parts[0], _bare(page.text, Span(group.start + 1, group.end - 1))):
        pair = pair_after(page, short_span, long_span, share=0.6)
        if pair is not None:
            yield pair
            return


def pair_after(page: Page, short_span: Span, long_span: Span, *, share: float) -> AbbreviationPair | None:
    """Check that the long form at this place fits the short form from its first word on."""
    short = page.text[short_span.start : short_span.end]
    if not looks_short(short) or not any(c.isupper() for c in short):
        return None
    if long_span.end - long_span.start < len(short) + 3:
        return None
    folded = page.folded[long_span.start : long_span.end]
    for form in forms_of(short):
        letters = letters_of(form)
        aligned = align(letters, folded, from_start=True) if letters else None
        if aligned and aligned[0] <= share * tolerance(form):
            return _checked(page.text, short_span, long_span)
    return None


def in_lists(page: Page) -> Iterator[AbbreviationPair]:
    """Look for "Abbreviations: DM, diabetes mellitus; ..." and for "DM = diabetes mellitus" anywhere."""
    ranges = [(_DEFINED, 0, len(page.text), 0.5)]
    done = 0
    for head in _LIST_HEAD.finditer(page.text):
        if head.end() >= done:
            done = min(len(page.text), head.end() + _LIST_CHARS)
            ranges.append((_LIST_ITEM, head.end(), done, 0.8))
    for pattern, start, end, share in ranges:
        for match in pattern.finditer(page.text, start, end):
            long_span = _bare(page.text, Span(*match.span(2)))
            pair = pair_after(page, Span(*match.span(1)), long_span, share=share)
            if pair is not None:
                yield pair


def in_appositions(page: Page) -> Iterator[AbbreviationPair]:
    """Look for "long form, SHORT," and "SHORT, long form," where every letter begins a word."""
    for match in _LONG_COMMA_SHORT.finditer(page.text):
        before = _bare(page.text, Span(max(0, match.start() - 120), match.start()))
        if pair := _pair_before(page, Span(*match.span(1)), before, share=0.15):
            yield pair
    for match in _SHORT_COMMA_LONG.finditer(page.text):
        if pair := pair_after(page, Span(*match.span(1)), Span(*match.span(2)), share=0.15):
            yield pair


def _checked(text: str, short_span: Span, long_span: Span) -> AbbreviationPair | None:
    """Give the pair unless its long form is too short, holds the short form, or has half a bracket."""
    short = text[short_span.start : short_span.end]
    long = text[long_span.start : long_span.end]
    if len(long) <= len(short) or short in re.split(r"[\s-]+", long) or not any(c.isalpha() for c in long):
        return None
    if any(long.count(opening) != long.count(closing) for closing, opening in _PAIRS.items()):
        return None
    return AbbreviationPair(short, long, short_span, long_span)
