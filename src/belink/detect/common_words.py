"""Names that are mostly ordinary words: "disease", "water", "impact".

`common_words.txt` is learnt by `scripts/learn_common_words.py` from training texts.
"""

from __future__ import annotations

from importlib.resources import files

CommonWords = frozenset[tuple[str, str]]
"""Pairs of a type and a name, its words in the form `belink.detect.dictionary.fold_word` gives."""


def common_words() -> CommonWords:
    """Read the list that BeLink ships."""
    text = files("belink.detect").joinpath("common_words.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset((row[0], row[1]) for row in rows)
