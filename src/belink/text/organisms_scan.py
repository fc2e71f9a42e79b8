"""Find the words of a text that tell of organisms, and its rough sentences, in one pass each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from belink.text.organisms_words import CueKind, cue_words

_TOKEN = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[A-Z0-9\"'(\[])|\n+")
_MAX_GAP = 2
_SHOUT = 4


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that tells of organisms, at `[start, end)` of the text.

    `taxon` is its NCBI Taxonomy number, 0 for a topic, whose name is `topic`.
    """

    start: int
    end: int
    kind: CueKind
    taxon: int
    topic: str


@dataclass(frozen=True, slots=True)
class _Term:
    tokens: tuple[str, ...]
    kind: CueKind
    taxon: int
    topic: str


@lru_cache(maxsize=1)
def _terms() -> dict[str, tuple[_Term, ...]]:
    """Give the terms by their first token, longest first."""
    by_first: dict[str, list[_Term]] = {}
    for term, (kind, taxon, topic) in cue_words().items():
        tokens = tuple(term.split(" "))
        by_first.setdefault(tokens[0], []).append(_Term(tokens, kind, taxon, topic))
    return {
        first: tuple(sorted(terms, key=lambda one: -len(one.tokens))) for first, terms in by_first.items()
    }


def scan(text: str) -> tuple[Cue, ...]:
    """Give the cues of a text in order; they do not overlap, and the longest term at a place wins.

    A term's tokens may be parted by up to two code points of space or punctuation. A word of up to four
    letters in capitals ("CAT", "MAN") counts only as a cell line, or as a term that is listed in capitals.
    Linear in the text's length.
    """
    terms = _terms()
    found = list(_TOKEN.finditer(text))
    raw = tuple(token[0] for token in found)
    small = tuple(token.lower() for token in raw)
    cues: list[Cue] = []
    free = 0
    for place, (token, lower) in enumerate(zip(raw, small, strict=True)):
        if place < free or (token not in terms and lower not in terms):
            continue
        for term in (*terms.get(token, ()), *(terms.get(lower, ()) if lower != token else ())):
            behind = place + len(term.tokens)
            if term.tokens not in (raw[place:behind], small[place:behind]) or not _close(
                found, place, behind
            ):
                continue
            if _is_shouted(token, term) or (place and _is_part(text, found[place - 1], found[place])):
                continue
            free = behind
            if term.kind != "mute":
                start, end = found[place].start(), found[behind - 1].end()
                cues.append(Cue(start, end, term.kind, term.taxon, term.topic))
            break
    return tuple(cues)


def _is_shouted(token: str, term: _Term) -> bool:
    """Tell whether a single word in capitals is more likely a gene or an acronym than the term."""
    return (
        len(term.tokens) == 1
        and term.kind != "cell"
        and len(token) <= _SHOUT
        and token.isupper()
        and token != term.tokens[0]
    )


def _is_part(text: str, before: re.Match[str], token: re.Match[str]) -> bool:
    """Tell whether a token hangs by a hyphen on a single letter or digit, or on "non": "b-cat"."""
    return text[before.end() : token.start()] == "-" and (len(before[0]) == 1 or before[0].lower() == "non")


def _close(found: list[re.Match[str]], first: int, behind: int) -> bool:
    return all(found[i + 1].start() - found[i].end() <= _MAX_GAP for i in range(first, behind - 1))


def sentence_starts(text: str) -> tuple[int, ...]:
    """Give where sentences start, 0 first, judged by punctuation and capitals alone."""
    return (0, *(match.end() for match in _SENTENCE_END.finditer(text) if match.end() < len(text)))
