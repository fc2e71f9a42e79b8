"""Find the names of a knowledge base in text.

Names and text are cut into words. Each word the names know is one code, and names are found as runs of
codes (Aho-Corasick), so that a match begins and ends with a word and its place among the words leads back
to exact code points. Case, accents, Greek letters, hyphens, plurals and possessives do not matter, except
for short names and symbols: "ALL" is not "all".

Overlaps: within a type the leftmost name wins and, of those that start there, the longest; mentions of
different types do not compete, so nested ones and even equal spans survive.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from belink.detect.common_words import CommonWords
from belink.detect.name_table import (
    TOKEN,
    UNKNOWN,
    DictionaryEntry,
    NameTable,
    code,
    fold_word,
    mark,
    name_table,
)
from belink.text.abbreviations import AbbreviationPair, find_abbreviations
from belink.types import Detector, Document, Mention, Span

_HALF = re.compile(r"[^/]+")

Spans = dict[str, list[Span]]
"""For each type, its matches in order."""


def dictionary(
    entries: Iterable[DictionaryEntry], *, common: CommonWords | None = None, abbreviations: bool = True
) -> Detector:
    """Make a detector of the names given: `from_table(name_table(entries, common), ...)`."""
    return from_table(name_table(entries, common), abbreviations=abbreviations)


def from_table(table: NameTable, *, abbreviations: bool = True) -> Detector:
    """Make a detector of names made ready.

    Args:
        table: the names.
        abbreviations: also find the short forms a document defines for a name, with the name's type,
            and drop a short form that the document defines as something else.
    """
    find = _finder(table)

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [_mentions(doc, find(doc.text), abbreviations=abbreviations) for doc in docs]

    return detect


def _mentions(doc: Document, found: Spans, *, abbreviations: bool) -> tuple[Mention, ...]:
    if abbreviations:
        found = with_short_forms(doc.text, found, find_abbreviations(doc.text))
    inside = [p.span for p in doc.passages]
    unsorted = [(span, type_) for type_, spans in found.items() for span in spans]
    return tuple(
        Mention(doc.id, (span,), doc.text[span.start : span.end], type_)
        for span, type_ in sorted(unsorted)
        if not _crosses(span, inside)
    )


def _crosses(span: Span, passages: Sequence[Span]) -> bool:
    """Tell whether a span reaches out of a passage it begins in."""
    return any(p.start <= span.start < p.end < span.end for p in passages)


def _finder(table: NameTable) -> Callable[[str], Spans]:
    """Make the function that finds names in a text."""
    folded_codes = {word: code(number) for number, word in enumerate(table.folded_words)}
    exact_codes = {word: code(number) for number, word in enumerate(table.exact_words)}
    folded = {type_: _automaton(names) for type_, names in table.folded.items()}
    exact = {type_: _automaton(names) for type_, names in table.exact.items()}
    types = sorted(folded.keys() | exact.keys())

    @lru_cache(maxsize=65536)
    def folded_code(word: str) -> str:
        return mark(word) or folded_codes.get(fold_word(word), UNKNOWN)

    @lru_cache(maxsize=65536)
    def exact_code(word: str) -> str:
        return mark(word) or exact_codes.get(word, UNKNOWN)

    def find(text: str) -> Spans:
        parts = TOKEN.split(text)
        words = parts[1::2]
        ends = list(accumulate(map(len, parts)))
        starts, ends = ends[0::2], ends[1::2]
        folded_text = "".join(map(folded_code, words))
        exact_text = "".join(map(exact_code, words))
        found: Spans = {}
        for type_ in types:
            runs = _runs(folded.get(type_), folded_text) + _runs(exact.get(type_), exact_text)
            spans = [
                Span(starts[a], ends[b - 1] - _possessive(words[b - 1])) for a, b in _leftmost_longest(runs)
            ]
            if spans:
                found[type_] = spans
        return found

    return find


def _automaton(names: Sequence[str]) -> AhoCorasick:
    return AhoCorasick(names, MatchKind.LeftmostLongest, False, Implementation.ContiguousNFA)


def _runs(automaton: AhoCorasick | None, text: str) -> list[tuple[int, int]]:
    if automaton is None:
        return []
    return [(start, end) for _, start, end in automaton.find_matches_as_indexes(text)]


def _leftmost_longest(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(runs, key=lambda run: (run[0], -run[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _possessive(word: str) -> int:
    """Give the length of a possessive ending."""
    return 2 if word[-2:-1] in ("'", "’", "`", "´") else 0


def with_short_forms(text: str, found: Spans, pairs: Sequence[AbbreviationPair]) -> Spans:
    """Add the short forms of names found, and drop short forms that stand for something else.

    A short form has a type if a name of that type ends where its long form ends, so that the head of the
    long form decides. Where the same type overlaps, the longer span wins, then the left one.
    """
    if not pairs:
        return found
    types = _types_of_short_forms(found, pairs)
    uses = _uses(text, [pair.short for pair in pairs])
    changed: Spans = {}
    for type_ in sorted({*found, *(t for own in types.values() for t in own)}):
        known = [
            span for span in found.get(type_, []) if type_ in types.get(text[span.start : span.end], {type_})
        ]
        added = [span for span, short in uses if type_ in types[short]]
        changed[type_] = _longest(known + added)
    return changed


def _types_of_short_forms(found: Spans, pairs: Sequence[AbbreviationPair]) -> dict[str, set[str]]:
    ends = {type_: {span.end: span.start for span in spans} for type_, spans in found.items()}
    types: dict[str, set[str]] = {}
    for pair in pairs:
        own = types.setdefault(pair.short, set())
        for type_, starts in ends.items():
            if starts.get(pair.long_span.end, -1) >= pair.long_span.start:
                own.add(type_)
    return types


def _uses(text: str, shorts: Sequence[str]) -> list[tuple[Span, str]]:
    """Find every whole-word use of short forms, plurals included; of "BMD/DMD" each half."""
    forms = "|".join(map(re.escape, sorted(set(shorts), key=lambda form: (-len(form), form))))
    pattern = re.compile(rf"(?<![^\W_])({forms})s?(?![^\W_]|[-‐‑]\d)")
    return [
        (Span(match.start() + half.start(), match.start() + half.end()), match[1])
        for match in pattern.finditer(text)
        for half in _HALF.finditer(match[0])
    ]


def _longest(spans: list[Span]) -> list[Span]:
    """Drop spans that overlap a longer one, or an equally long one further left; sorted."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span.start - span.end, span.start)):
        place = bisect_right(kept, span)
        if not any(other.overlaps(span) for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, span)
    return kept
