"""Which mentions a filter of concepts leaves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from belink.config import DetectSettings
from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.stages.detection import build_detector
from belink.types import Candidate, Concept, Document, Mention, Query, Span

TEXT = "mammary carcinoma"
DISEASES = Filter(allow=frozenset({"MESH:D001943", "NCBIGene:672"}))


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """Two diseases, and a gene of two organisms."""
    folder = tmp_path_factory.mktemp("kb") / "kb"
    build(
        [
            Concept("MESH:D001943", "Breast Neoplasms", types=("Disease",)),
            Concept("MESH:D003920", "Diabetes Mellitus", types=("Disease",)),
            Concept("NCBIGene:672", "BRCA1", types=("Gene",)),
            Concept("NCBIGene:12189", "Brca1", types=("Gene",)),
        ],
        folder,
    )
    return KnowledgeBase.open(folder)


def whole_text(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Mark each document from beginning to end."""
    return [(Mention(doc.id, (Span(0, len(doc.text)),), doc.text, "Disease"),) for doc in docs]


def left(kb: KnowledgeBase, text: str, *found: tuple[str, str]) -> bool:
    """Tell whether the mention is left where retrieval without a filter finds these ids and names."""

    def everything(queries: Sequence[Query], k: int) -> list[tuple[Candidate, ...]]:
        assert k >= len(found)
        return [tuple(Candidate(id_, name, name, 0.5, "lexical") for id_, name in found) for _ in queries]

    settings = DetectSettings(detector=f"{__name__}:whole_text")
    detect = build_detector(settings, kb, DISEASES, lambda: everything)
    return bool(detect([Document("1", text)])[0])


NEOPLASMS, DIABETES = ("MESH:D001943", "Breast Neoplasms"), ("MESH:D003920", "Diabetes Mellitus")


def test_a_mention_nearest_to_an_allowed_concept_stays(kb: KnowledgeBase) -> None:
    """Whatever else is found behind."""
    assert left(kb, TEXT, NEOPLASMS, DIABETES)


def test_a_mention_nearest_to_a_concept_left_out_is_none(kb: KnowledgeBase) -> None:
    """Though an allowed one is found behind it."""
    assert not left(kb, TEXT, DIABETES, NEOPLASMS)


def test_a_homonym_of_the_nearest_concept_may_be_the_allowed_one(kb: KnowledgeBase) -> None:
    """A gene of another organism that has the same name does not take the mention away."""
    assert left(kb, "BRCA-1", ("NCBIGene:12189", "Brca1"), ("NCBIGene:672", "BRCA1"))


def test_a_mention_for_which_nothing_is_found_stays(kb: KnowledgeBase) -> None:
    """It gets no link, as without a filter."""
    assert left(kb, TEXT)


def test_names_are_judged_without_looking_for_the_nearest(kb: KnowledgeBase) -> None:
    """What is found is of no account for them."""
    assert left(kb, "breast neoplasms", DIABETES)
    assert not left(kb, "diabetes mellitus", NEOPLASMS)
