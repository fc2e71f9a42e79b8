"""Take the mentions that the input already marks."""

from __future__ import annotations

from collections.abc import Sequence

from belink.types import Detector, Document, Mention


def given(types: frozenset[str] | None) -> Detector:
    """Make a detector that gives the mentions of the documents' annotations.

    Annotations with equal spans and type count once. Mentions are sorted by spans, then type.

    Args:
        types: only mentions of these types, and those of files that name no type (""); None for all.
    """

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [_mentions(doc, types) for doc in docs]

    return detect


def _mentions(doc: Document, types: frozenset[str] | None) -> tuple[Mention, ...]:
    unique: dict[tuple[object, str], Mention] = {}
    for annotation in doc.annotations:
        mention = annotation.mention
        if types is None or not mention.type or mention.type in types:
            unique.setdefault((mention.spans, mention.type), mention)
    return tuple(sorted(unique.values(), key=lambda mention: (mention.spans, mention.type)))
