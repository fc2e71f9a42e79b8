"""Let a tagger that knows diseases judge phenotypes.

What ails a patient is marked as a disease in the corpora that taggers learn from, whether a vocabulary of
diseases or one of phenotypes has it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from belink.types import Document, Mention, Tag

DISEASE, PHENOTYPE = "Disease", "Phenotype"


def are_judged(types: Collection[str]) -> bool:
    """Tell whether phenotypes of a vocabulary of these types are: its diseases would be taken for them."""
    return PHENOTYPE in types and DISEASE not in types


def phenotypes_as_diseases(tag: Tag) -> Tag:
    """Make a tagger for a vocabulary of phenotypes of one that knows diseases.

    It is shown names of phenotypes as names of diseases, and what it takes for diseases are phenotypes.
    """

    def judge(docs: Sequence[Document], hits: Sequence[tuple[Mention, ...]]) -> list[tuple[Mention, ...]]:
        tagged = tag(docs, [_retyped(own, PHENOTYPE, DISEASE) for own in hits])
        return [_retyped(own, DISEASE, PHENOTYPE) for own in tagged]

    return judge


def _retyped(mentions: Sequence[Mention], before: str, after: str) -> tuple[Mention, ...]:
    return tuple(replace(each, type=after) if each.type == before else each for each in mentions)
