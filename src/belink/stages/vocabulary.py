"""The knowledge base and the filter that settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from belink.config import (
    KnowledgeBaseSettings,
    Progress,
)

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase


def open_knowledge_base(settings: KnowledgeBaseSettings, progress: Progress | None = None) -> KnowledgeBase:
    """Open the vocabulary; the embedded one is built into the user's cache on first use."""
    from belink.kb.default import open_default
    from belink.kb.store import KnowledgeBase

    if settings.path is not None:
        return KnowledgeBase.open(settings.path)
    return open_default(progress)


def build_filter(settings: KnowledgeBaseSettings, kb: KnowledgeBase) -> Filter | None:
    """Make the filter that the settings describe; it acts before ranking, and nothing is built again.

    Raises:
        KnowledgeBaseError: a condition names what the knowledge base does not have, or nothing is left.
    """
    if not any(settings.model_dump(exclude={"path", "memory"}).values()):
        return None
    from belink.kb.filters import filter_of

    return filter_of(
        kb,
        sources=settings.source,
        languages=settings.language,
        under=settings.under,
        taxa=settings.taxon,
        allow=settings.allow,
        deny=settings.deny,
    )


FEW = 10
"""A type that fewer concepts have, and less than one in a hundred, is not the tagger's to look for."""


def types_of(kb: KnowledgeBase) -> frozenset[str]:
    """Give the types that a knowledge base is about: a stray concept of another would draw all mentions."""
    type_sets = kb.type_sets()
    counts: dict[str, int] = {}
    members = np.bincount(kb.arrays["concept-types"], minlength=len(type_sets)).tolist()
    for types, count in zip(type_sets, members, strict=True):
        for type_ in types:
            counts[type_] = counts.get(type_, 0) + count
    total = sum(members)
    return frozenset(type_ for type_, count in counts.items() if count >= FEW or 100 * count >= total)
