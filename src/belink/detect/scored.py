"""Mentions with how sure their finder is of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from belink.types import Document, Mention


@dataclass(frozen=True, slots=True)
class ScoredMention:
    """A mention and the probability in [0, 1] that it is one, of this type and with these bounds."""

    mention: Mention
    probability: float


Tag = Callable[[Sequence[Document], Sequence[tuple[Mention, ...]]], list[tuple[ScoredMention, ...]]]
"""A tagger: documents and the dictionary's mentions in each (which may be empty) to its own mentions.

One tuple a document, sorted by spans, then type. The improbable ones are among them, down to a low floor:
whoever calls chooses what to keep.
"""
