"""Pass over mentions of concepts that a filter leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import add
from typing import TYPE_CHECKING

from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import bag, normalise
from belink.types import Detector, Document, Mention

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase


def allowed_only(detect: Detector, kb: KnowledgeBase, keep: Filter) -> Detector:
    """Make a detector that passes over what names only concepts which a filter leaves out.

    A mention stays where an allowed concept has its name, in any order of the words, and where no concept at
    all has it; where the document writes it out as an abbreviation, the expansion counts in its place.
    Without this, every name of the knowledge base would be linked to the most similar one that is allowed.

    Args:
        detect: finds names of the whole knowledge base.
        kb: whose names it finds.
        keep: which concepts are allowed.
    """
    mask = kb.select(keep)

    def stay(names: Sequence[str]) -> list[bool]:
        forms = [normalise(name) for name in names]
        same, same_words = kb.find_rows(forms), kb.find_rows(list(map(bag, forms)), kind="bag")
        return [
            not found or bool(mask[kb.name_concepts[found]].any()) for found in map(add, same, same_words)
        ]

    def of(doc: Document, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
        pairs = find_abbreviations(doc.text) if mentions else ()
        names = [expand(each.text, pairs, each.spans[0].start) or each.text for each in mentions]
        return tuple(compress(mentions, stay(names)))

    def allowed(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [of(doc, mentions) for doc, mentions in zip(docs, detect(docs), strict=True)]

    return allowed
