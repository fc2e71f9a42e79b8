"""Tables of chemical names: short names and formulae, classes of systematic names."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from belink.text.hand_made import hand_made

_GAPS = re.compile(r"(?<=.)[\s-](?=.)")


def short_name(text: str) -> str | None:
    """Give the name a common short form or formula stands for ("THF", "H2O2"); None for others.

    Case counts, hyphens and spaces do not. A short form in the plural ("PUFAs") is known by its singular.
    """
    names, form = hand_made(_short_names()), _GAPS.sub("", text)
    return names.get(form) or (names.get(form[:-1]) if form.endswith("s") else None)


def classes_of(text: str) -> tuple[str, ...]:
    """Give the classes that parts of a systematic name tell, the last part first, at most two."""
    pattern, names = _classes()
    found = [match[1] for match in pattern.finditer(text.lower())]
    return tuple(dict.fromkeys(names[stem] for stem in reversed(found)))[:2]


@lru_cache(maxsize=1)
def _short_names() -> dict[str, str]:
    return {_GAPS.sub("", short): name for short, name in _table("chemical_names.tsv").items()}


@lru_cache(maxsize=1)
def _classes() -> tuple[re.Pattern[str], dict[str, str]]:
    names = _table("chemical_classes.tsv")
    stems = "|".join(sorted(names, key=lambda stem: (-len(stem), stem)))
    return re.compile(f"({stems})"), names


@lru_cache(maxsize=2)
def _table(file: str) -> dict[str, str]:
    text = files("belink.text").joinpath(f"data/{file}").read_text(encoding="utf-8")
    lines = (line.partition("\t") for line in text.splitlines() if not line.startswith("#"))
    return {key: value for key, _, value in lines}
