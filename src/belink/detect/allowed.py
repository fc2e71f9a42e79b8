"""Pass over mentions of concepts that a filter leaves out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from operator import add
from typing import TYPE_CHECKING

from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import bag, normalise
from belink.types import Detector, Document, Mention

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase


Judge = Callable[[Document, Sequence[Mention]], Sequence[bool]]
"""Tells of mentions of a document which ones may name an allowed concept."""


def allowed_only(detect: Detector, kb: KnowledgeBase, keep: Filter, unnamed: Judge | None = None) -> Detector:
    """Make a detector that passes over what names only concepts which a filter leaves out.

    A mention stays where an allowed concept has its name, in any order of the words and in a language that
    is asked for; where no concept at all has it, `unnamed` tells. Where the document writes it out as an
    abbreviation, the expansion counts in its place.
    Without this, every name of the knowledge base would be linked to the most similar one that is allowed.

    Args:
        detect: finds names of the whole knowledge base.
        kb: whose names it finds.
        keep: which concepts are allowed.
        unnamed: judges the mentions that are no concept's name; None lets them all stay.
    """
    mask = kb.select_names(keep)

    def stay(names: Sequence[str]) -> list[bool | None]:
        forms = [normalise(name) for name in names]
        same, same_words = kb.find_rows(forms), kb.find_rows(list(map(bag, forms)), kind="bag")
        return [bool(mask[found].any()) if found else None for found in map(add, same, same_words)]

    def of(doc: Document, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
        pairs = find_abbreviations(doc.text) if mentions else ()
        names = [expand(each.text, pairs, each.spans[0].start) or each.text for each in mentions]
        stays = stay(names)
        open_ = [mention for mention, each in zip(mentions, stays, strict=True) if each is None]
        judged = iter(unnamed(doc, open_) if unnamed and open_ else [True] * len(open_))
        return tuple(compress(mentions, [next(judged) if each is None else each for each in stays]))

    def allowed(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [of(doc, mentions) for doc, mentions in zip(docs, detect(docs), strict=True)]

    return allowed
