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

from belink.text.hand_made import hand_made
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
_NO_LETTERS = str.maketrans("", "", "".join(c for c in map(chr, range(128)) if not c.isalnum() and c != "+"))
_PLURALS = ("s", "omata", "emata")
_MOST_CASED = 4
_CASELESS: frozenset[Kind] = frozenset({"gene"})


def everyday_names(kind: Kind, text: str) -> tuple[str, ...]:
    """Give the vocabulary's names for a trade name, code, short form or lay word ("Voltarol", "NSAIDs").

    Case counts in names of at most four letters and digits only, and never in those of genes; punctuation,
    spaces and the plural do not. Several names come in the order of the tables, which is the alphabet's;
    none where no table of the kind has the text.
    """
    return _table(_FILES[kind], kind).get(_key(kind, text), ())


def hand_made_names(text: str) -> tuple[str, ...]:
    """Give names of a chemical as `everyday_names` does, by a table of `belink.text.hand_made`."""
    return hand_made(_table(("chemical_hand_made.tsv",), "chemical")).get(_key("chemical", text), ())


def everyday_table(kind: Kind) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the vocabulary's names of a kind, each with the others, in the order of the tables."""
    for file in _FILES[kind]:
        yield from _rows(file)


def _rows(file: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    text = files("belink.text").joinpath(f"data/{file}").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, others = line.partition("\t")
            yield name, tuple(others.split("|"))


@lru_cache(maxsize=5)
def _table(tables: tuple[str, ...], kind: Kind) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in tables:
        for name, others in _rows(file):
            for key in dict.fromkeys(_key(kind, other) for other in others):
                found[key] = (*found.get(key, ()), name)
    return found


def _key(kind: Kind, text: str) -> str:
    letters = _letters(text)
    if kind not in _CASELESS and len(letters.removesuffix("s")) <= _MOST_CASED:
        cased = _GAPS.sub("", text.strip())
        return cased.removesuffix("s") if len(cased) >= _MOST_CASED else cased
    if not letters.endswith(_PLURALS):
        return letters
    return singular(letters) if letters.isalpha() else letters.removesuffix("s")


def _letters(text: str) -> str:
    """Give what `normalise` gives, without spaces; of plain text, which most is, a quicker way."""
    if text.isascii() and "'" not in text and "`" not in text:
        return text.lower().translate(_NO_LETTERS)
    return normalise(text).replace(" ", "")
