"""Short ways to write gold and decisions by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belink.evaluate.vocabulary import Vocabulary
from belink.types import (
    Annotation,
    Candidate,
    Decision,
    Document,
    Failed,
    Linked,
    Mention,
    Nil,
    Span,
    Stage,
    Verdict,
)

MakeDocument = Callable[..., Document]
MakeDecision = Callable[..., Decision]

NAMES = {
    "K:1": ("cancer", "malignant tumour"),
    "K:2": ("breast cancer", "BC"),
    "K:3": ("influenza", "flu"),
    "K:4": ("biliary cirrhosis", "BC"),
    "K:5": ("anaemia",),
}
PARENTS = {"K:2": ("K:1",)}
RETIRED = {"K:old": ("K:2",)}


def _resolve(concept_id: str) -> tuple[str, ...]:
    return (concept_id,) if concept_id in NAMES else RETIRED.get(concept_id, ())


@pytest.fixture
def vocabulary() -> Vocabulary:
    """Five diseases: K:1 is the parent of K:2, K:2 and K:4 share a name, K:old became K:2."""
    return Vocabulary(
        resolve=_resolve,
        parents=lambda concept_id: PARENTS.get(concept_id, ()),
        names=lambda concept_id: NAMES.get(concept_id, ()),
        holders=lambda name: tuple(id_ for id_, names in NAMES.items() if name in names),
    )


@pytest.fixture
def document() -> MakeDocument:
    """Make a document of mentions `(text, "id|id")`, parted by " . ", in that order."""

    def make(document_id: str, *mentions: tuple[str, str], entity_type: str = "Disease") -> Document:
        annotations, start = [], 0
        for text, identifier in mentions:
            span = Span(start, start + len(text))
            mention = Mention(document_id, (span,), text, entity_type)
            annotations.append(
                Annotation(
                    "", mention, entity_type, identifier, tuple(identifier.split("|")) if identifier else ()
                )
            )
            start = span.end + len(" . ")
        return Document(document_id, " . ".join(text for text, _ in mentions), annotations=tuple(annotations))

    return make


@pytest.fixture
def decision() -> MakeDecision:
    """Make the decision on the nth mention of a document.

    `ids` is "id|id", "" for none, or None for a failure; `candidates` are ids parted by spaces, with
    scores falling from 1 in steps of 0.01.
    """

    def make(
        doc: Document,
        n: int,
        ids: str | None,
        candidates: str = "",
        probability: float = 0.9,
        stage: Stage = "retrieved",
    ) -> Decision:
        verdict: Verdict = (
            Failed("server down") if ids is None else Linked(tuple(ids.split("|"))) if ids else Nil()
        )
        listed = tuple(
            Candidate(id_, id_, id_, 1 - i / 100, "lexical") for i, id_ in enumerate(candidates.split())
        )
        return Decision(doc.annotations[n].mention, listed, verdict, probability, stage)

    return make
