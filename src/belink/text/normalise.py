"""Reduce names to what matters for matching them.

`normalise` keeps word order; `bag` also forgets order and plurals, so that MeSH's inverted headings
("Abnormalities, Drug-Induced") meet running text ("drug-induced abnormality").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTERS = re.compile(f"[{''.join(_GREEK)}]")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['’`´]s\b")
_NOT_WORD = re.compile(r"(?:[^\w+]|_)+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_KEEP_FINAL_S = ("ss", "us", "is", "as", "os")
_IN_USE = ("auses", "ouses", "acuses", "abuses", "isuses", "eruses", "excuses")
_PLURALS_IN_AS = ("ias", "mas", "las", "nas", "eas")


def normalise(name: str) -> str:
    """Fold case, width, accents, Greek letters, possessives, punctuation and white space.

    Soft hyphens and characters without width vanish, so that they part no word.
    Words are parted by one space; "+" is kept, because it tells ions apart. The result is empty where
    nothing but punctuation stood. Idempotent.
    """
    text = name
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).casefold()).casefold()
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = _GREEK_LETTERS.sub(lambda match: _GREEK[match[0]], text)
    return _NOT_WORD.sub(" ", _POSSESSIVE.sub("", text.casefold())).strip()


def bag(normalised: str) -> str:
    """Sort the words of a normalised name, each in the singular, without function words.

    "a" and "in" are kept, because they are also names ("vitamin A", indium).

    Args:
        normalised: what `normalise` gave.
    """
    words = normalised.split(" ")
    return " ".join(sorted(singular(word) for word in words if word not in _FUNCTION_WORDS))


_FUNCTION_WORDS = frozenset({"of", "the", "and", "with", "due", "to", "by", "for"})


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Give the singular of a lower-case English or Latin plural by its ending; other words unchanged."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith(("omata", "emata")):
        return word[:-2]
    if word.endswith(("oses", "yses")):
        return word[:-2] + "is"
    if word.endswith("uses") and len(word) > 5 and not word.endswith(_IN_USE):
        return word[:-2]
    if len(word) > 5 and word.endswith(_PLURALS_IN_AS) and word != "pancreas":
        return word[:-1]
    if word.endswith("s") and not word.endswith(_KEEP_FINAL_S):
        return word[:-1]
    return word
