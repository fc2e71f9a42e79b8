"""Names that articles use and vocabularies do not list, each with the name that vocabularies have for it.

The tables `data/*_everyday.tsv` (a line: the vocabulary's name, a tab, other names parted by "|") were
written from general knowledge by language models that were shown vocabularies and no corpus;
`chemical_general.tsv` by some that were shown nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from belink.text.hand_made import hand_made_in_use
from belink.text.normalise import normalise, singular

Kind = Literal["chemical", "disease", "gene", "species"]
"""What a table is about."""

KIND_OF: dict[str, Kind] = {
    "Chemical": "chemical", "Disease": "disease", "Gene": "gene", "Species": "species",
}  # fmt: skip
"""The kind that names mentions of a type."""

_FILES: dict[Kind, tuple[str, ...]] = {
    "chemical": ("chemical_everyday.tsv", "chemical_general.tsv"),
    "disease": ("disease_everyday.tsv",),
    "gene": ("gene_everyday.tsv",),
    "species": ("species_everyday.tsv",),
}
_GAPS = re.compile(r"(?<=.)[\s-](?=.)")
_NO_LETTERS = "".join(c for c in map(chr, range(128)) if not c.isalnum() and c != "+")
_DELETE = str.maketrans("", "", _NO_LETTERS)
_DELETE_IN_LINES = str.maketrans("", "", re.sub(r"[\n\t|]", "", _NO_LETTERS))
_PLURALS = ("s", "omata", "emata")
_MOST_CASED = 4
_CASELESS: frozenset[Kind] = frozenset({"gene"})


def everyday_names(kind: Kind, text: str) -> tuple[str, ...]:
    """Give the vocabulary's names for a trade name, code, short form or lay word ("Voltarol", "NSAIDs").

    Case counts in names of at most four letters and digits only, and never in those of genes; punctuation,
    spaces and the plural do not. Several names come in the order of the tables, which is the alphabet's;
    none where no table of the kind has the text.
    """
    return _names(_FILES[kind], kind, text)


def hand_made_names(text: str) -> tuple[str, ...]:
    """Give names of a chemical as `everyday_names` does, by a table of `belink.text.hand_made`."""
    return _names(("chemical_hand_made.tsv",), "chemical", text) if hand_made_in_use() else ()


def everyday_table(kind: Kind) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the vocabulary's names of a kind, each with the others, in the order of the tables."""
    for file in _FILES[kind]:
        yield from map(_row, _lines(file))


def _row(line: str) -> tuple[str, tuple[str, ...]]:
    name, _, others = line.partition("\t")
    return name, tuple(others.split("|"))


def _lines(file: str) -> list[str]:
    text = files("belink.text").joinpath(f"data/{file}").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _names(tables: tuple[str, ...], kind: Kind, text: str) -> tuple[str, ...]:
    letters = _letters(text)
    return _shelf(tables, kind, letters[:1]).get(_key(kind, text, letters), ())


@lru_cache(maxsize=512)
def _shelf(tables: tuple[str, ...], kind: Kind, first: str) -> dict[str, tuple[str, ...]]:
    """Give the vocabulary's names by key, of the other names with this first letter or digit.

    To key them all takes long, and a text seldom asks about all.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line, letters in _lettered(tables):
        if f"|{first}" in letters:
            name, others = _row(line)
            own = zip(others, letters[1:].split("|"), strict=True)
            keys = [_key(kind, other, some) for other, some in own if some[:1] == first]
            for key in dict.fromkeys(keys):
                found[key] = (*found.get(key, ()), name)
    return found


@lru_cache(maxsize=5)
def _lettered(tables: tuple[str, ...]) -> list[tuple[str, str]]:
    """Give each line with the letters of its other names, a "|" before each; of plain lines all at once."""
    lines = [line for file in tables for line in _lines(file)]
    plain = "\n".join(line for line in lines if _is_plain(line)).lower().translate(_DELETE_IN_LINES)
    letters = (line.partition("\t")[2] for line in plain.split("\n"))
    return [
        (line, "|" + (next(letters) if _is_plain(line) else "|".join(map(_letters, _row(line)[1]))))
        for line in lines
    ]


def _key(kind: Kind, text: str, letters: str) -> str:
    if kind not in _CASELESS and len(letters.removesuffix("s")) <= _MOST_CASED:
        cased = _GAPS.sub("", text.strip())
        return cased.removesuffix("s") if len(cased) >= _MOST_CASED else cased
    if not letters.endswith(_PLURALS):
        return letters
    return singular(letters) if letters.isalpha() else letters.removesuffix("s")


def _letters(text: str) -> str:
    """Give what `normalise` gives, without spaces; of plain text, which most is, a quicker way."""
    return text.lower().translate(_DELETE) if _is_plain(text) else normalise(text).replace(" ", "")


def _is_plain(text: str) -> bool:
    return text.isascii() and "'" not in text and "`" not in text
