"""Names that are mostly ordinary words: "disease", "water", "impact".

`common_words.txt` is learnt by `scripts/learn_common_words.py` from training texts.
"""

from __future__ import annotations

from importlib.resources import files

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also am among an and any are as at be because been before being
    below between both but by can cannot could did do does doing done down during each either else ever every
    few for from further had has have having he her here hers him his how however i if in into is it its
    itself just least less may me might more most much must my neither no nor not now of off often on once one
    only onto or other others our out over own per rather s same several shall she should since so some such
    t than that the their them then there therefore these they this those though through thus to together too
    toward towards under until up upon us very via was we well were what when where whether which while who
    whom whose why will with within without would yet you your included including
    """.split()
)
"""English words that are never a name in small letters; in capitals they may be ("ALL", "AS")."""

CommonWords = frozenset[tuple[str, str]]
"""Pairs of a type and a name, its words in the form `belink.detect.dictionary.fold_word` gives."""


def common_words() -> CommonWords:
    """Read the list that BeLink ships."""
    text = files("belink.detect").joinpath("common_words.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset((row[0], row[1]) for row in rows)
