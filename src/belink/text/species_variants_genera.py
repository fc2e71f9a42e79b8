"""What a document says of the names of organisms in it, gathered in one scan.

Articles write a name out once and shorten it after that ("Escherichia coli ... E. coli"), and they give a
lay name beside the scientific one ("great tits (Parus major)", "the corn rootworm, Diabrotica virgifera").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from belink.text.normalise import normalise, singular
from belink.text.species_variants_names import ENGLISH, LAY

_BINOMIAL = re.compile(r"\b([A-Z][a-z]{2,}|[A-Z][a-z]{0,3}\.)\s?(?<=[.\s])([a-z]{3,}(?:-[a-z]+)?|ni|io)\b")
_GENUS = re.compile(r"\b([A-Z][a-z]{3,})\s+(?:spp?\.|species\b)|\bgenus\s+([A-Z][a-z]{3,})\b")
_EPITHET = re.compile(r".{2,}(?:us|um|is|ae|ii|ensis|ense|ans|ens|oides|cola|a|i|ax|ex|ix|yx|ps)")
_BEFORE = re.compile(r"((?:[^\W\d_][\w'’-]*\s+){0,3}[^\W\d_][\w'’-]*)(\s*\(\s*|,\s*|\s+)$")
_AFTER_BRACKET = re.compile(r"[^().;,]{0,30}\(([^()]{2,80})\)")
_AFTER_COMMA = re.compile(
    r"\s*,\s*(?:(?:the|an?|or|commonly|also|known|called|as)\s+)*((?:[^\W\d_][\w'’-]*\s?){1,4})"
)
_STRAIN = re.compile(
    r"(?:,?\s+(?:gen|sp)\.\s*nov\.,?)*\s+(?:(?:strains?|isolates?|type strain)\s+)?"
    r"((?:[A-Z][A-Za-z]*[- ])?[A-Za-z-]*\d[\w./-]*(?:\(T\))?)"
)
_NEW = re.compile(r",?\s*(?:gen\.\s*nov\.,?\s*)?(?:sp|comb)\.\s*nov")
_PARTS = re.compile(r"\s*(?:[,;=/]|\bor\b|\band\b)\s*")
_WINDOW = 70


@dataclass(frozen=True, slots=True)
class Genera:
    """What a document says of the names of organisms in it.

    Attributes:
        by_epithet: epithet -> genera that stand before it, in order of appearance.
        by_initial: initial -> genera, those of the most frequent binomials first.
        beside: lay name, as `lay_key` makes it, -> binomial that one of the two holds in brackets.
        near: lay name -> binomial that it adjoins, or that only a comma parts from it.
        strains: normalised code of a strain -> binomial before it.
        main: binomial described as new, else the one the document has most often; "" where there is none.
    """

    by_epithet: Mapping[str, tuple[str, ...]]
    by_initial: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, str]
    near: Mapping[str, str]
    strains: Mapping[str, str]
    main: str


@dataclass(frozen=True, slots=True)
class _Name:
    """A binomial of the document, with the genus written out, and its place."""

    genus: str
    epithet: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return f"{self.genus} {self.epithet}"


def genera_of(text: str) -> Genera:
    """Gather binomials, genera, and the lay names and strains beside them; all empty for an empty text."""
    by_epithet = _genera_by_epithet(text)
    names = list(_names(text, by_epithet))
    counts = Counter(name.text for name in names)
    usual = sorted(counts, key=lambda name: -counts[name])
    initials: dict[str, dict[str, None]] = {}
    for genus in (
        *(name.split(" ")[0] for name in usual),
        *(match[1] or match[2] for match in _GENUS.finditer(text)),
    ):
        initials.setdefault(genus[0], {})[genus] = None
    beside: dict[str, str] = {}
    near: dict[str, str] = {}
    strains: dict[str, str] = {}
    new = ""
    for name in names:
        for key, in_brackets in _beside(text, name):
            (beside if in_brackets else near).setdefault(key, name.text)
        if code := _STRAIN.match(text, name.end):
            strains.setdefault(normalise(code[1]), name.text)
        if not new and _NEW.match(text, name.end):
            new = name.text
    return Genera(
        by_epithet=by_epithet,
        by_initial={initial: tuple(genera) for initial, genera in initials.items()},
        beside=beside,
        near=near,
        strains=strains,
        main=new or next(iter(usual), ""),
    )


def lay_key(text: str) -> str:
    """Fold case, punctuation and plurals of a lay name."""
    return " ".join(map(_singular, normalise(text).split(" ")))


def _singular(word: str) -> str:
    return word[:-2] if word.endswith("viruses") else singular(word)


def _genera_by_epithet(text: str) -> dict[str, tuple[str, ...]]:
    """Give the genera before each epithet: those that are written out and look like it."""
    found: dict[str, dict[str, None]] = {}
    for match in _BINOMIAL.finditer(text):
        genus, epithet = match.groups()
        if genus[-1] != "." and epithet not in ENGLISH:
            found.setdefault(epithet, {})[genus] = None
    return {epithet: tuple(genera) for epithet, genera in found.items()}


def _names(text: str, by_epithet: Mapping[str, tuple[str, ...]]) -> Iterator[_Name]:
    """Give the binomials of a text: their epithets look Latin or stand behind a shortened genus too."""
    matches = list(_BINOMIAL.finditer(text))
    shortened = {match[2] for match in matches if match[1][-1] == "."}
    for match in matches:
        genus, epithet = match.groups()
        if genus[-1] == ".":
            told = [full for full in by_epithet.get(epithet, ()) if full.startswith(genus[:-1])]
            if told:
                yield _Name(told[0], epithet, match.start(), match.end())
        elif epithet in ENGLISH or genus.lower() in ENGLISH:
            continue
        elif epithet in shortened or _EPITHET.fullmatch(epithet):
            yield _Name(genus, epithet, match.start(), match.end())


def _beside(text: str, name: _Name) -> Iterator[tuple[str, bool]]:
    """Give the keys of what may be a lay name of a binomial, and whether brackets part the two.

    All ends of the words before it, all beginnings of the words behind it; of the words that adjoin it
    only what does not name an organism by itself ("human Escherichia coli").
    """
    if before := _BEFORE.search(text, max(0, name.start - _WINDOW), name.start):
        adjoining, in_brackets = before[2].isspace(), "(" in before[2]
        yield from ((key, in_brackets) for key in _ends(before[1]) if not (adjoining and key in LAY))
    if bracket := _AFTER_BRACKET.match(text, name.end):
        for part in _PARTS.split(bracket[1]):
            yield from ((key, True) for key in _ends(part))
    elif comma := _AFTER_COMMA.match(text, name.end):
        words = lay_key(comma[1]).split(" ")
        yield from ((" ".join(words[:count]), False) for count in range(len(words), 0, -1))


def _ends(phrase: str) -> Iterator[str]:
    words = lay_key(phrase).split(" ")
    yield from (" ".join(words[first:]) for first in range(len(words)) if words[first:] != [""])
