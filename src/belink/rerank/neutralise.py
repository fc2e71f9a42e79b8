"""Take out of text from outside what could pass for a part of the set-wise question."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = str.maketrans({"«": '"', "»": '"', "|": "/"})
_NONE = re.compile(
    r"\bnone\W+of\W+(?:these|the)(?:\W+(?:above|options|choices|answers|candidates)\b|$)", re.IGNORECASE
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\W+(?:\w+\W+){0,3}?"
    r"(?:above|previous|prior|preceding|following|instructions?|options?)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\b(answer|options?|mention|instructions?)\s?:(?=\s|$)", re.IGNORECASE)
_CONTROL_WORD = re.compile(r"<(/?[A-Za-z_/]+)>|\[(/?(?:INST|SEP|CLS|MASK|PAD|UNK|BOS|EOS))\]")
_GAPS = re.compile(r"\W+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def neutralise(text: str) -> str:
    """Take out of a text what could pass for a part of the question; otherwise keep its wording.

    White space of any kind becomes single spaces, invisible and control characters go, mention marks
    become quotes and bars slashes; tokenisers' control words lose their brackets; "none of the above",
    "ignore the above" and the like are hyphenated into one word; "Answer:" loses its colon. Idempotent.
    """
    if not text.isascii():
        text = "".join(c if c.isspace() or unicodedata.category(c) not in _UNSEEN else "" for c in text)
    elif not text.isprintable():
        text = "".join(c for c in text if c.isprintable() or c.isspace())
    text = _CONTROL_WORD.sub(lambda m: f"({m[1] or m[2]})", text.translate(_PLAIN))
    text = _LABEL.sub(r"\1 -", " ".join(text.split()))
    text = _NONE.sub(_hyphenate, text)
    return _ORDER.sub(_hyphenate, text)


def _hyphenate(match: re.Match[str]) -> str:
    return _GAPS.sub("-", match[0])
