"""Hide the proteins among the chemicals of a vocabulary.

MeSH has proteins and enzymes among its chemicals; the corpora that teach what a mention of a chemical is
have few of them, or mark them as genes. Shown to the tagger as names of chemicals, they would make it mark
them so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import bag, normalise
from belink.types import Detector, Document, Mention

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

PROTEINS = frozenset({"MESH:D011506", "MESH:D004798"})
"""Proteins; enzymes."""

OTHERS = frozenset(
    {
        "MESH:D007287", "MESH:D009930", "MESH:D006571", "MESH:D011083", "MESH:D002241", "MESH:D008055",
        "MESH:D009706", "MESH:D046911", "MESH:D009842",
    }
)  # fmt: skip
"""Inorganic, organic, heterocyclic and polycyclic compounds; carbohydrates, lipids, nucleic acids,
macromolecules; oligopeptides. Calcium stands below factors of coagulation, and is no protein for all that;
angiotensin II stands below proteins, and is given as a drug is."""


def without_proteins(detect: Detector, kb: KnowledgeBase, keep: Filter | None = None) -> Detector:
    """Make a detector that passes over mentions of type Chemical that name proteins.

    A mention names a protein where all concepts that bear its name, or what the document writes it out as,
    are proteins and nothing else.

    Args:
        detect: finds names of the knowledge base.
        kb: whose names they are. Where MeSH's hierarchy is not in it, nothing changes.
        keep: which concepts are asked for; None for all. Where most chemicals among them are proteins,
            nothing changes: who asks for those wants them found.
    """
    proteins = _proteins(kb)
    asked = kb.select(Filter(types=frozenset({"Chemical"}))) & kb.select(keep or Filter())
    if 2 * np.count_nonzero(proteins & asked) >= np.count_nonzero(asked) or not proteins.any():
        return detect

    def of(doc: Document, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
        chemicals = [mention for mention in mentions if mention.type == "Chemical"]
        pairs = find_abbreviations(doc.text) if chemicals else ()
        names = [expand(each.text, pairs, each.spans[0].start) or each.text for each in chemicals]
        forms = [normalise(name) for name in names]
        same, same_words = kb.find_rows(forms), kb.find_rows(list(map(bag, forms)), kind="bag")
        hidden = {
            mention
            for mention, rows, others in zip(chemicals, same, same_words, strict=True)
            if (found := rows or others) and proteins[kb.name_concepts[found]].all()
        }
        return tuple(mention for mention in mentions if mention not in hidden)

    def detected(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [of(doc, mentions) for doc, mentions in zip(docs, detect(docs), strict=True)]

    return detected


def _proteins(kb: KnowledgeBase) -> NDArray[np.bool_]:
    """Mark the concepts below `PROTEINS` that are below none of `OTHERS`."""

    def below(roots: frozenset[str]) -> NDArray[np.bool_]:
        known = frozenset(kb.ordinals(sorted(roots)))
        return kb.select(Filter(under=known)) if known else np.zeros(len(kb), dtype=np.bool_)

    proteins: NDArray[np.bool_] = below(PROTEINS) & ~below(OTHERS)
    return proteins
