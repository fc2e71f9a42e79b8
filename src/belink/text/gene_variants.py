"""Other ways to write the name of a gene or protein: joints, prefixes, Greek letters, receptors.

The rules are those that help on the training documents of GNormPlus, NLM-Gene and BioRED. What did not:
leaving out "protein", "gene", "receptor", "human" and their like, the parts of
"BMP-2/4", a hyphen before a number, "x of y" turned round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from belink.text.thesaurus import everyday_names

MOST = 6
"""At most so many variants are given."""

_JOINTS = re.compile(r"[-\s/.()]+")
_MAX_JOINED = 16
_PHOSPHO = re.compile(r"(?:phospho(?:rylated)?|pp?)[- ](?=[A-Za-z]{2})", re.IGNORECASE)
_SPECIES = re.compile(r"[hmrzd]-?(?=[A-Z]{2}|[A-Z][a-z]+\d?)")
_LETTERS = {
    "a": "alpha", "b": "beta", "g": "gamma", "d": "delta", "e": "epsilon", "z": "zeta", "k": "kappa",
}  # fmt: skip
_LATIN = {greek: latin.upper() for latin, greek in _LETTERS.items()}
_SIGNS = str.maketrans(
    {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "ζ": "zeta"}
)
_ENDS_IN_LETTER = re.compile(r"(.*[A-Z0-9])-?([abgdezk])(\d?)")
_GREEK = re.compile(rf"[- ]?({'|'.join(_LATIN)})(?![a-z])", re.IGNORECASE)
_MAX_GREEK = 12
_GREEK_FIRST = re.compile(rf"((?i:{'|'.join(_LATIN)}))[- ]?(\d?)[- ](?=\S*[A-Z]\S*[A-Z])([A-Za-z0-9/-]+)")
_RECEPTOR = re.compile(r"(.*[A-Za-z0-9])-?R([IV]{0,3}|\d?)([abAB]?)")
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8"}
_PART = re.compile(r"\s*-?(?:subunits?|chains?|isoforms?|domain|homolog(?:ue)?|precursor)\b", re.IGNORECASE)
_SYMBOL_LAST = re.compile(
    r".*[a-z]{4,}\S*\s+\(?((?:[A-Z][A-Z\d-]{2,9}|[A-Z][a-z]{1,3}\d\w{0,3})(?: \d{1,2})?)\)?$"
)
_SYMBOL_FIRST = re.compile(r"([A-Z][A-Z\d-]{2,9})\s+(?:[a-z]{4,}\s?)+$")
_NUMERAL = re.compile(r"(?<=[a-z] )(I{1,3}|IV|VI{0,3}|IX|X)$")

_ABOUT = re.compile(
    r"^(?:human|mouse|murine|rat|drosophila|zebrafish|recombinant|anti|phosphorylated|phospho|p)[\s-]+(?=\w{2})|"
    r"\s+(?:genes?|proteins?|mrnas?|cdnas?|locus|subunits?|promoter)$",
    re.IGNORECASE,
)

Rule = Callable[[str], Iterator[str]]


def gene_variants(text: str) -> tuple[str, ...]:
    """Write the name of a gene in other ways, the most trusted first, without the text itself.

    At most `MOST`; empty where no rule applies.
    """
    found = dict.fromkeys(variant for rule in RULES for variant in rule(text))
    found.pop(text, None)
    found.pop("", None)
    return tuple(found)[:MOST]


def _everyday(text: str) -> Iterator[str]:
    """Look the text up, and what is left of it without words such as "human" and "gene"."""
    yield from everyday_names("gene", text)
    short = _ABOUT.sub("", text)
    if short != text:
        yield from everyday_names("gene", short)


def _join(text: str) -> Iterator[str]:
    """Leave out what parts a short name: "IL-2" -> "IL2"."""
    if len(text) <= _MAX_JOINED and text.count(" ") <= 1:
        yield _JOINTS.sub("", text)


def _leave_out_prefix(text: str) -> Iterator[str]:
    """Leave out the letter of a species and the mark of phosphorylation: "hTERT" -> "TERT"."""
    for prefix in (_SPECIES, _PHOSPHO):
        if match := prefix.match(text):
            yield text[match.end() :]
            yield from _join(text[match.end() :])


def _write_greek(text: str) -> Iterator[str]:
    """Write out a Greek letter that stands as a Latin one: "PKCa" -> "PKC alpha"."""
    if match := _ENDS_IN_LETTER.fullmatch(text):
        yield f"{match[1]} {_LETTERS[match[2]]} {match[3]}".rstrip()


def _greek_last(text: str) -> Iterator[str]:
    """Write the Greek letter of a form or subunit behind the symbol: "delta-CaMKII" -> "CaMKII delta"."""
    if match := _GREEK_FIRST.fullmatch(text.translate(_SIGNS)):
        turned = f"{match[3]} {match[1]}{match[2]}"
        yield from everyday_names("gene", turned)
        yield turned


def _write_receptor(text: str) -> Iterator[str]:
    """Write out the R of a receptor: "TGF-betaRI" -> "TGF-beta receptor 1"."""
    match = _RECEPTOR.fullmatch(text)
    if match and len(match[1]) > 1:
        yield f"{match[1]} receptor {_ROMAN.get(match[2], match[2])}{match[3]}".rstrip()


def _leave_out_part(text: str) -> Iterator[str]:
    """Leave out "subunit", "chain" and their like."""
    yield _PART.sub("", text).strip()


def _shorten_greek(text: str) -> Iterator[str]:
    """Write a Greek letter as a Latin one: "TNF-alpha" -> "TNFA"."""
    written = text.translate(_SIGNS)
    short = _GREEK.sub(lambda match: _LATIN[match[1].lower()], written)
    if short != written and len(short) <= _MAX_GREEK:
        yield short


def _number(text: str) -> Iterator[str]:
    """Write a Roman numeral at the end in digits: "carbonic anhydrase V" -> "carbonic anhydrase 5"."""
    if (match := _NUMERAL.search(text)) is not None and match[1] in _ROMAN:
        yield text[: match.start()] + _ROMAN[match[1]]


def _symbol(text: str) -> Iterator[str]:
    """Give the symbol at the end or the beginning of a longer name: "alpha-chemokine receptor CXCR4"."""
    if (match := _SYMBOL_LAST.match(text) or _SYMBOL_FIRST.match(text)) is not None:
        yield match[1]
        yield from _join(match[1])


RULES: tuple[Rule, ...] = (
    _everyday,
    _join,
    _leave_out_prefix,
    _write_greek,
    _greek_last,
    _write_receptor,
    _leave_out_part,
    _shorten_greek,
    _number,
    _symbol,
)
"""In the order of trust."""
