"""A tagger of diseases judges phenotypes, where the vocabulary is one of phenotypes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from belink.config import DetectSettings
from belink.detect.phenotypes import are_judged, phenotypes_as_diseases
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.stages.detection import build_detector
from belink.types import Concept, Document, Mention, Span, Tag

TEXT = "We report mental retardation in a girl. She had seizures. BRCA1 was normal."
DOC = Document("1", TEXT)
SEIZURES = Mention("1", (Span(48, 56),), "seizures", "Phenotype")


def test_names_are_shown_as_diseases() -> None:
    """And those of other types as they are."""
    gene = Mention("1", (Span(58, 63),), "BRCA1", "Gene")
    shown: list[list[tuple[Mention, ...]]] = []

    def tag(docs: Sequence[Document], dictionary: Sequence[tuple[Mention, ...]]) -> list[tuple[Mention, ...]]:
        shown.append(list(dictionary))
        return [() for _ in docs]

    phenotypes_as_diseases(tag)([DOC], [(SEIZURES, gene)])
    assert [[(hit.text, hit.type) for hit in own] for own in shown[0]] == [
        [("seizures", "Disease"), ("BRCA1", "Gene")]
    ]


def test_diseases_are_phenotypes(fake_tag: Callable[[dict[str, tuple[str, float]]], Tag]) -> None:
    """What the tagger takes for a disease is one, with the same probability; a gene stays a gene."""
    tag = phenotypes_as_diseases(fake_tag({"mental retardation": ("Disease", 0.7), "BRCA1": ("Gene", 0.9)}))
    found = [(mention.text, mention.type, mention.probability) for mention in tag([DOC], [()])[0]]
    assert found == [("mental retardation", "Phenotype", 0.7), ("BRCA1", "Gene", 0.9)]


@pytest.mark.parametrize(
    ("types", "judged"),
    [
        ({"Phenotype"}, True),
        ({"Phenotype", "Gene"}, True),
        ({"Phenotype", "Disease"}, False),
        ({"Disease"}, False),
    ],
)
def test_phenotypes_beside_diseases_are_not_judged(types: set[str], judged: bool) -> None:
    """Each disease would be both."""
    assert are_judged(types) is judged


def detected(types: Sequence[str], folder: Path) -> list[tuple[str, str, bool]]:
    """Detect with a vocabulary of 20 seizures of each type, and tell what has a probability."""
    build(
        [
            Concept(f"X:{type_}{n}", f"seizure {n}" if n else "seizure", types=(type_,))
            for type_ in types
            for n in range(20)
        ],
        folder,
    )
    found = build_detector(DetectSettings(), KnowledgeBase.open(folder))([DOC])[0]
    return [(mention.text, mention.type, mention.probability is not None) for mention in found]


def test_the_vocabulary_decides_whether_phenotypes_are_judged(tmp_path: Path) -> None:
    """One of phenotypes alone has them found by name and without, one that has diseases too by name only."""
    alone = detected(["Phenotype"], tmp_path / "alone")
    beside = detected(["Disease", "Phenotype"], tmp_path / "beside")
    assert alone == [("mental retardation", "Phenotype", True), ("seizures", "Phenotype", True)]
    assert [each for each in beside if each[1] == "Phenotype"] == [("seizures", "Phenotype", False)]
