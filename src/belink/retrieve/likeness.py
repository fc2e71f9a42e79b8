"""How the writing of names compares with that of a text: their letters, words and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

KINDS = frozenset({
    "receptor", "ligand", "like", "binding", "interacting", "associated", "related", "inhibitor",
    "antagonist", "agonist", "activator", "antisense", "pseudogene", "regulator", "antibody", "synthase",
    "kinase", "phosphatase", "transporter", "virus", "phage", "combination",
})  # fmt: skip
"""Words that make the name of one thing that of another: the receptor of a hormone is not the hormone."""

_NUMBERS = re.compile(r"\d+")
_LONG_WORDS = re.compile(r"[^\W\d_]{3,}")


def letters_and_words(forms: Sequence[str], texts: Sequence[str]) -> dict[str, Values]:
    """Compare names with the text asked about and the short form beside it.

    Args:
        forms: the names, folded (`belink.retrieve.variants.fold`).
        texts: the text, and the short form where there is one; folded.

    Returns:
        By feature of `belink.retrieve.learnt` its value for each name, aligned with `forms`, in [0, 1].
    """
    letters = {text.replace(" ", "") for text in texts if text}
    words = {long for text in texts if (long := _long_words(text))}
    asked, kinds = frozenset(texts[0].split(" ")), {_kinds(text) for text in texts}
    return {
        "same_letters": np.array([form.replace(" ", "") in letters for form in forms], dtype=np.float64),
        "same_long_words": np.array([_long_words(form) in words for form in forms], dtype=np.float64),
        "words_found": np.array([len(asked.intersection(form.split(" "))) for form in forms]) / len(asked),
        "kind_differs": np.array([_kinds(form) not in kinds for form in forms], dtype=np.float64),
    }


@lru_cache(maxsize=65536)
def numbers(form: str) -> frozenset[str]:
    """Give the numbers in a name."""
    return frozenset(_NUMBERS.findall(form))


def _long_words(form: str) -> tuple[str, ...]:
    return tuple(sorted(_LONG_WORDS.findall(form)))


def _kinds(form: str) -> frozenset[str]:
    return KINDS.intersection(form.split(" "))
