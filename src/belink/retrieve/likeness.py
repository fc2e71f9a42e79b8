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
_NO_KINDS = frozenset[str]()


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
    telling = [max(long, key=len) for long in words]
    asked, kinds = frozenset(texts[0].split(" ")), {_kinds(text.split(" ")) for text in texts}
    split = [form.split(" ") for form in forms]
    same_letters = [form.replace(" ", "") in letters for form in forms]
    same_long_words = [any(map(form.__contains__, telling)) and _long_words(form) in words for form in forms]
    return {
        "same_letters": np.array(same_letters, dtype=np.float64),
        "same_long_words": np.array(same_long_words, dtype=np.float64),
        "words_found": np.array([len(asked.intersection(some)) for some in split]) / len(asked),
        "kind_differs": np.array([_kinds(some) not in kinds for some in split], dtype=np.float64),
    }


@lru_cache(maxsize=65536)
def numbers(form: str) -> frozenset[str]:
    """Give the numbers in a name."""
    return frozenset(_NUMBERS.findall(form))


def _long_words(form: str) -> tuple[str, ...]:
    return tuple(sorted(_LONG_WORDS.findall(form)))


def _kinds(words: Sequence[str]) -> frozenset[str]:
    return _NO_KINDS if KINDS.isdisjoint(words) else KINDS.intersection(words)
