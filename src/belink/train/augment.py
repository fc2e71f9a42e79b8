"""Small changes to a name that leave its meaning: what texts do to the names of vocabularies."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

_BRITISH = (
    ("tumor", "tumour"), ("anemi", "anaemi"), ("leukemi", "leukaemi"), ("edema", "oedema"), ("hemo", "haemo"),
    ("hema", "haema"), ("esophag", "oesophag"), ("pediatric", "paediatric"), ("fetal", "foetal"),
    ("ischemi", "ischaemi"), ("diarrhea", "diarrhoea"), ("glycemi", "glycaemi"), ("lipidemi", "lipidaemi"),
    ("gynec", "gynaec"), ("color", "colour"), ("fiber", "fibre"), ("sulf", "sulph"), ("estr", "oestr"),
    ("hypoxemi", "hypoxaemi"), ("uremi", "uraemi"), ("septicemi", "septicaemi"), ("behavior", "behaviour"),
)  # fmt: skip
_BINOMIAL = re.compile(r"^([A-Z])[a-z]{2,} (?=[a-z]{3,})")
_INVERTED = re.compile(r"^([^,()]+), ([^,()]+)$")
_NUMERALS = ((" II", " 2"), (" III", " 3"), (" IV", " 4"), (" I", " 1"))


def shorten_genus(name: str, _: np.random.Generator) -> str:
    """Write "Escherichia coli" as "E. coli"."""
    return _BINOMIAL.sub(r"\1. ", name)


def turn_round(name: str, _: np.random.Generator) -> str:
    """Write "Abnormalities, Drug-Induced" as "Drug-Induced Abnormalities"."""
    return _INVERTED.sub(r"\2 \1", name)


def respell(name: str, _: np.random.Generator) -> str:
    """Swap American for British spelling, or the other way round."""
    for american, british in _BRITISH:
        if british in name:
            return name.replace(british, american)
        if american in name:
            return name.replace(american, british)
    return name


def renumber(name: str, _: np.random.Generator) -> str:
    """Write a final Roman numeral as an Arabic one, or the other way round."""
    for roman, arabic in _NUMERALS:
        if name.endswith(roman):
            return name.removesuffix(roman) + arabic
        if name.endswith(arabic):
            return name.removesuffix(arabic) + roman
    return name


def pluralise(name: str, _: np.random.Generator) -> str:
    """Add or drop a final plural ending of a word of at least five letters."""
    if not re.search(r"[a-z]{5}$", name):
        return name
    if name.endswith("s"):
        return name if name.endswith(("ss", "us", "is")) else name[:-1]
    return name[:-1] + "ies" if re.search(r"[^aeiou]y$", name) else name + "s"


def hyphenate(name: str, rng: np.random.Generator) -> str:
    """Turn one hyphen into a space or nothing, or put one between letters and digits."""
    hyphens = [match.start() for match in re.finditer(r"(?<=\w)-(?=\w)", name)]
    if hyphens:
        at = hyphens[int(rng.integers(len(hyphens)))]
        return name[:at] + (" " if rng.random() < 0.5 else "") + name[at + 1 :]
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "-", name, count=1)


def mistype(name: str, rng: np.random.Generator) -> str:
    """Drop, double or swap one letter inside a name of at least six characters."""
    if len(name) < 6:
        return name
    at = int(rng.integers(1, len(name) - 2))
    match int(rng.integers(3)):
        case 0:
            return name[:at] + name[at + 1 :]
        case 1:
            return name[:at] + name[at] + name[at:]
        case _:
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


Change = Callable[[str, np.random.Generator], str]

CHANGES: tuple[tuple[Change, float], ...] = (
    (turn_round, 0.5),
    (respell, 0.5),
    (renumber, 0.3),
    (pluralise, 0.3),
    (hyphenate, 0.5),
    (mistype, 0.15),
)
"""Each change with the chance that `augment` tries it."""

SPECIES_CHANGES: tuple[tuple[Change, float], ...] = ((shorten_genus, 0.5), *CHANGES)


def augment(name: str, rng: np.random.Generator, *, species: bool = False) -> str:
    """Change a name in zero or more ways, each tried with its own chance, in the order of `CHANGES`."""
    for change, chance in SPECIES_CHANGES if species else CHANGES:
        if rng.random() < chance:
            name = change(name, rng)
    return name
