"""Align the letters of a short form with the words of a long form, at the least cost.

Schwartz and Hearst (PSB 2003, doi:10.1142/9789812776303_0042) take the shortest stretch of words that
holds the letters in order. Here every stretch is given a cost and the cheapest is taken: a letter that
begins a word is free, a letter further inside costs a little, and so does a word that no letter stands for.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

NEXT_LETTER = 2
"""Cost of a letter right behind the one before it ("Cy" in "cyclosporin"); a whole word unused costs 10."""
SAME_WORD = 4
"""Cost of a letter in the word of the one before it ("X" in "methotrexate")."""
INSIDE_WORD = 12
"""Cost of a letter inside a word whose first letter was not used."""
SKIPPED_WORD = 10
SKIPPED_FUNCTION_WORD = 1
SKIPPED_DIGIT = 8
"""Cost of a digit, not the last letter, that the long form does not have ("T2D", "type II diabetes")."""

_GREEK_TO_LATIN = str.maketrans("αβγδεζηικλμνοπρστυφχωµ", "abgdezhiklmnoprstupcom")
_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = frozenset({
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "per", "the", "to",
    "via", "with", "without", "der", "von", "de", "la", "i", "ii", "iii", "iv",
})  # fmt: skip


def fold(text: str) -> str:
    """Lower case and turn Greek letters into the first letter of their names, code point by code point."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    return lowered.translate(_GREEK_TO_LATIN)


def letters_of(short: str) -> str:
    """Give the letters and digits of a short form, folded."""
    return "".join(c for c in fold(short) if c.isalnum())


def contains_in_order(letters: str, folded: str) -> bool:
    """Tell whether the letters (digits aside) occur in the text in order: a quick necessary condition."""
    position = -1
    for letter in letters:
        if not letter.isdigit() and (position := folded.find(letter, position + 1)) < 0:
            return False
    return True


def align(letters: str, folded: str, *, from_start: bool = False) -> tuple[int, int] | None:
    """Find where the cheapest long form begins that ends where the text ends.

    Args:
        letters: what `letters_of` gave, at least one letter.
        folded: what `fold` gave for the text the long form may stand in; the same length as the text.
        from_start: the long form must begin with the first word.

    Returns:
        Its cost and the place of its first letter; of equal ones the shortest. None where there is none.
    """
    if not contains_in_order(letters, folded):
        return None
    words = [match.span() for match in _WORD.finditer(folded)]
    most = min(len(letters) + 5, 2 * len(letters))
    words = _first_words(words, folded, most) if from_start else _last_words(words, folded, most)
    skips = [0, *accumulate(_skip_cost(folded[a:b]) for a, b in words)]
    reached = [
        [_Reached(start, 0, -start)] if folded[start] == letters[0] and not (from_start and index) else []
        for index, (start, _) in enumerate(words)
    ]
    for count, letter in enumerate(letters[1:], 2):
        skippable = letter.isdigit() and count < len(letters)
        reached = _step(letter, folded, words, skips, reached, skippable=skippable)
    ends = [
        (state.cost + skips[-1] - skips[index + 1], state.minus_start)
        for index, states in enumerate(reached)
        for state in states
    ]
    if not ends:
        return None
    cost, minus_start = min(ends)
    return cost, -minus_start


class _Reached(NamedTuple):
    """The last letter used stands at `place`; the alignment so far began at `-minus_start`."""

    place: int
    cost: int
    minus_start: int


def _first_words(words: list[tuple[int, int]], folded: str, most: int) -> list[tuple[int, int]]:
    """Keep the first `most` words, numbers and single letters not counted."""
    return _last_words(words[::-1], folded, most)[::-1]


def _last_words(words: list[tuple[int, int]], folded: str, most: int) -> list[tuple[int, int]]:
    """Keep the last `most` words, numbers and single letters not counted."""
    for index in range(len(words) - 1, -1, -1):
        most -= not _is_minor(folded[words[index][0] : words[index][1]])
        if most == 0:
            return words[index:]
    return words


def permuted(letters: str, folded: str) -> int | None:
    """Find the long form that ends where the text ends and has the letters as initials in another order.

    "Myotonic dystrophy (DM)": as many words as letters, function words aside.

    Returns:
        The place where it begins, None where there is none.
    """
    starts = [match.start() for match in _WORD.finditer(folded) if match[0] not in _FUNCTION_WORDS]
    chosen = starts[-len(letters) :]
    if sorted(folded[start] for start in chosen) == sorted(letters):
        return chosen[0]
    return None


def _step(
    letter: str,
    folded: str,
    words: list[tuple[int, int]],
    skips: list[int],
    reached: list[list[_Reached]],
    *,
    skippable: bool,
) -> list[list[_Reached]]:
    """Match one more letter in every possible place; per word, in order of place."""
    following = []
    earlier: tuple[int, int] | None = None
    for index, (begin, end) in enumerate(words):
        base = None if earlier is None else (earlier[0] + skips[index], earlier[1])
        states = _in_word(letter, folded, begin, end, base, reached[index])
        if skippable:
            kept = (_Reached(s.place, s.cost + SKIPPED_DIGIT, s.minus_start) for s in reached[index])
            states = sorted([*states, *kept])
        following.append(states)
        for state in reached[index]:
            value = (state.cost - skips[index + 1], state.minus_start)
            earlier = value if earlier is None else min(earlier, value)
    return following


def _in_word(
    letter: str, folded: str, begin: int, end: int, base: tuple[int, int] | None, here: list[_Reached]
) -> list[_Reached]:
    """Match a letter in one word, coming from earlier words (`base`) or from a letter of this word."""
    states = []
    best: tuple[int, int] | None = None
    used = 0
    at = folded.find(letter, begin, end)
    while at >= 0:
        options = []
        while used < len(here) and here[used].place < at:
            value = (here[used].cost, here[used].minus_start)
            best = value if best is None else min(best, value)
            if here[used].place == at - 1:
                options.append((value[0] + NEXT_LETTER, value[1]))
            used += 1
        if best is not None:
            options.append((best[0] + SAME_WORD, best[1]))
        if base is not None:
            options.append((base[0] + (0 if at == begin else INSIDE_WORD), base[1]))
        if options:
            states.append(_Reached(at, *min(options)))
        at = folded.find(letter, at + 1, end)
    return states


def _skip_cost(word: str) -> int:
    return SKIPPED_FUNCTION_WORD if word in _FUNCTION_WORDS or _is_minor(word) else SKIPPED_WORD


def _is_minor(word: str) -> bool:
    """Tell whether a word is a number or a single letter, as in names of chemicals."""
    return len(word) == 1 or word.isdigit()
