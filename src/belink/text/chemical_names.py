"""Tables of chemical names: short names and formulae, trade names and codes, classes of systematic names."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from belink.text.normalise import normalise

_GAPS = re.compile(r"(?<=.)[\s-](?=.)")
_MOST_CASED = 4


def short_name(text: str) -> str | None:
    """Give the name a common short form or formula stands for ("THF", "H2O2"); None for others.

    Case counts, hyphens and spaces do not. A short form in the plural ("PUFAs") is known by its singular.
    """
    names, form = _short_names(), _GAPS.sub("", text)
    return names.get(form) or (names.get(form[:-1]) if form.endswith("s") else None)


def everyday_names(text: str) -> tuple[str, ...]:
    """Give the headings of a trade name, code or short name ("Voltarol", "LY-171555", "NSAIDs").

    Case counts in names of at most four letters and digits only; punctuation and spaces do not. A name in the
    plural is known by its singular. Several headings come in the order of the alphabet.
    """
    names, key = _everyday(), _everyday_key(text)
    return names.get(key) or names.get(key.removesuffix("s"), ())


def classes_of(text: str) -> tuple[str, ...]:
    """Give the classes that parts of a systematic name tell, the last part first, at most two."""
    pattern, names = _classes()
    found = [match[1] for match in pattern.finditer(text.lower())]
    return tuple(dict.fromkeys(names[stem] for stem in reversed(found)))[:2]


@lru_cache(maxsize=1)
def _short_names() -> dict[str, str]:
    return {_GAPS.sub("", short): name for short, name in _table("chemical_names.tsv").items()}


@lru_cache(maxsize=1)
def _everyday() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for heading, names in _table("chemical_everyday.tsv").items():
        for key in dict.fromkeys(map(_everyday_key, names.split("|"))):
            found[key] = (*found.get(key, ()), heading)
    return found


def _everyday_key(text: str) -> str:
    key = normalise(text).replace(" ", "")
    return key if len(key) > _MOST_CASED else _GAPS.sub("", text.strip())


@lru_cache(maxsize=1)
def _classes() -> tuple[re.Pattern[str], dict[str, str]]:
    names = _table("chemical_classes.tsv")
    stems = "|".join(sorted(names, key=lambda stem: (-len(stem), stem)))
    return re.compile(f"({stems})"), names


@lru_cache(maxsize=3)
def _table(file: str) -> dict[str, str]:
    text = files("belink.text").joinpath(f"data/{file}").read_text(encoding="utf-8")
    lines = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
    return {key: value for key, _, value in lines}
