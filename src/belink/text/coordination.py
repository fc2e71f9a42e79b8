"""Read coordinated names: "breast and ovarian cancer" as "breast cancer" and "ovarian cancer".

Which words two names share cannot be told from the words alone ("cleft lip and palate", "head and neck
cancer"), so all readings are given and whoever knows the names chooses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from belink.types import Mention, Span

_WORD = re.compile(r"[^\s,/&]+|[,/&]")
_CONJUNCTIONS = frozenset({"and", "or", "and/or", "&", "/", ",", "plus", "as"})
_MOST_WORDS = 14
_MOST_CONJUNCTS = 6

Reading = tuple[tuple[Span, ...], ...]
"""The names a coordination is read as, each as the spans of its words."""


def readings(text: str) -> tuple[Reading, ...]:
    """Give the ways to read a text as several names, without repetitions.

    The words that conjunctions part are names of their own, or share the words behind the last one, or share
    the words before the first one. In order: all words but the first of the last conjunct are shared
    ("Duchenne and Becker muscular dystrophy"), only the last word is ("hepatic and acute renal failure"), all
    words but the last of the first conjunct are ("cancer of the breast and ovaries"), none is.

    Returns:
        Spans of `text`; empty for a text without a conjunction, of over 14 words or over 6 conjuncts.

    >>> [[" ".join("breast or ovarian cancer"[s.start : s.end] for s in name) for name in reading]
    ...  for reading in readings("breast or ovarian cancer")]
    [['breast cancer', 'ovarian cancer'], ['breast', 'ovarian cancer']]
    """
    words = [Span(*match.span()) for match in _WORD.finditer(text)]
    conjuncts = _conjuncts(text, words)
    if not 2 <= len(conjuncts) <= _MOST_CONJUNCTS or len(words) > _MOST_WORDS:
        return ()
    first, last = conjuncts[0], conjuncts[-1]
    found = [
        [*(names + last[-shared:] for names in conjuncts[:-1]), last]
        for shared in dict.fromkeys((len(last) - 1, 1))
        if 0 < shared < len(last)
    ]
    if len(first) > 1:
        found.append([first, *(first[:-1] + names for names in conjuncts[1:])])
    found.append(conjuncts)
    return tuple(dict.fromkeys(tuple(_spans(text, name) for name in names) for names in found))


def _conjuncts(text: str, words: Sequence[Span]) -> list[list[Span]]:
    conjuncts: list[list[Span]] = [[]]
    for word in words:
        if text[word.start : word.end].lower() in _CONJUNCTIONS:
            conjuncts.append([])
        else:
            conjuncts[-1].append(word)
    if not conjuncts[0] or not conjuncts[-1]:
        return []
    return [names for names in conjuncts if names]


def _spans(text: str, words: Sequence[Span]) -> tuple[Span, ...]:
    """Join words with nothing but white space between them."""
    joined = [words[0]]
    for word in words[1:]:
        if text[joined[-1].end : word.start].isspace():
            joined[-1] = Span(joined[-1].start, word.end)
        else:
            joined.append(word)
    return tuple(joined)


def parts(mention: Mention) -> tuple[tuple[Mention, ...], ...]:
    """Give the readings of a mention of one span, each as the mentions that it consists of."""
    if len(mention.spans) != 1:
        return ()
    start = mention.spans[0].start
    return tuple(
        tuple(
            replace(
                mention,
                spans=tuple(Span(start + span.start, start + span.end) for span in name),
                text=" ".join(mention.text[span.start : span.end] for span in name),
            )
            for name in reading
        )
        for reading in readings(mention.text)
    )
