"""What the letters of a gene's name tell of its organism: prefixes, case, and naming habits."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from belink.text.organisms_words import CRESS, FLY, HUMAN, MOUSE, RAT, WORM, YEAST, ZEBRAFISH

Shape = Literal["words", "capitals", "capitalised", "small", "mixed", "other"]
"""words: several words or a long one in small letters; capitals "BRCA1"; capitalised "Trp53"; small "sox2";
mixed "MyoD"; other: no letter."""

_PREFIXES = {
    "h": HUMAN, "hs": HUMAN, "m": MOUSE, "mm": MOUSE, "r": RAT, "rn": RAT, "z": ZEBRAFISH, "zf": ZEBRAFISH,
    "d": FLY, "dm": FLY, "at": CRESS, "sc": YEAST, "y": YEAST, "ce": WORM, "x": 8355, "xl": 8355, "xt": 8364,
    "sp": 284812, "os": 4530, "b": 9913, "c": 9031, "gg": 9031, "hu": HUMAN, "mu": MOUSE,
}  # fmt: skip
_PREFIXED = re.compile(
    r"(h|m|r|z|d|y|x|b|c|hu|mu|zf)-?(?=[A-Z])|(Hs|Mm|Rn|Dm|At|Sc|Ce|Xl|Xt|Sp|Os|Gg)-?(?=[A-Z]{2})"
)
_NOT_PREFIX = re.compile(r"(?:mRNA|cDNA|dsRNA|miR|rRNA|cAMP|cGMP|mTOR|bHLH|dNTP|rDNA|mtDNA|c-)")
_WORDS = re.compile(r"[a-z]{4,}|\s")
_LETTER = re.compile(r"[^\W\d_]")

_HABITS: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...] = (
    (re.compile(r"AT[1-5CM]G\d{5}", re.IGNORECASE), (CRESS,)),
    (re.compile(r"Y[A-P][LR]\d{3}[WC](?:-[A-Z])?"), (YEAST,)),
    (re.compile(r"SP[ABC][CP]\w+\.\d+c?"), (284812,)),
    (re.compile(r"[A-Z][a-z]{2}\d+p"), (YEAST, 284812)),
    (re.compile(r"[a-z]{3,4}-\d+(?:\.\d+)?"), (WORM,)),
    (re.compile(r"CG\d{3,5}|Dmel\\?\w+"), (FLY,)),
    (re.compile(r"(?:si:|zgc:|wu:)\w+"), (ZEBRAFISH,)),
    (re.compile(r"\d+[A-Z]\d+Rik|Gm\d+"), (MOUSE,)),
)


@lru_cache(maxsize=65536)
def prefix_taxon(text: str) -> int | None:
    """Give the taxon that a prefix of a symbol names, None where there is none.

    >>> prefix_taxon("hTERT"), prefix_taxon("mTOR"), prefix_taxon("AtPHYB")
    (9606, None, 3702)
    """
    found = _PREFIXED.match(text)
    if found is None or _NOT_PREFIX.match(text) or len(text) - found.end() < 2:
        return None
    return _PREFIXES[found[0].rstrip("-").lower()]


@lru_cache(maxsize=65536)
def shape(text: str) -> Shape:
    """Give how a name is written, Greek letters and digits aside."""
    if _WORDS.search(text):
        return "words"
    letters = "".join(_LETTER.findall(text))
    if not letters:
        return "other"
    if letters.isupper():
        return "capitals"
    if letters.islower():
        return "small"
    return "capitalised" if letters[0].isupper() and letters[1:].islower() else "mixed"


@lru_cache(maxsize=65536)
def habit_taxa(text: str) -> tuple[int, ...]:
    """Give the taxa whose way of naming genes a name follows: "AT1G01060", "Nas1p", "unc-13"."""
    return next((taxa for pattern, taxa in _HABITS if pattern.fullmatch(text)), ())
