"""From settings to the detector that a run uses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from belink.config import DetectSettings, LinkSettings, Settings
from belink.errors import ConfigError
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.stages.detection import build_acceptance, build_detector, tagger_folder
from belink.types import Alias, Concept, Document, Mention, Span

DOC = Document("1", "Asthma and BRAF V600E")
ASTHMA = Mention("1", (Span(0, 6),), "Asthma", "Disease")


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """One disease and one gene."""
    folder = tmp_path_factory.mktemp("kb") / "kb"
    build(
        [
            Concept("MESH:D001249", "Asthma", (Alias("Bronchial Asthma"),), types=("Disease",)),
            Concept("NCBIGene:673", "BRAF", types=("Gene",)),
        ],
        folder,
    )
    return KnowledgeBase.open(folder)


def find_words(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Find the first word, as a user's own detector might."""
    return [
        (Mention(doc.id, (Span(0, doc.text.index(" ")),), doc.text.split(" ", 1)[0], "Disease"),)
        for doc in docs
    ]


def texts(settings: DetectSettings, kb: KnowledgeBase) -> list[tuple[str, str]]:
    return [(m.text, m.type) for m in build_detector(settings, kb)([DOC])[0]]


def test_without_a_tagger_the_names_are_found(kb: KnowledgeBase) -> None:
    """Of the types asked for, or all."""
    assert texts(DetectSettings(tagger="none"), kb) == [("Asthma", "Disease"), ("BRAF", "Gene")]
    assert texts(DetectSettings(tagger="none", types=("Gene",)), kb) == [("BRAF", "Gene")]


def test_a_stray_concept_of_another_type_draws_no_mentions(tmp_path: Path) -> None:
    """Where one concept in five hundred is a disease, the tagger's diseases are not the vocabulary's."""
    chemicals = [Concept(f"MESH:D{n:06}", f"substance {n}", types=("Chemical",)) for n in range(500)]
    build([*chemicals, Concept("MESH:D999999", "Zebra stripes", types=("Disease",))], tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    doc = Document("1", "The patient had severe asthma and breast cancer.")
    assert build_detector(DetectSettings(), kb)([doc]) == [()]


def test_without_tagger_and_dictionary_nothing_is_found(kb: KnowledgeBase) -> None:
    """Which is of use to nobody, but no error."""
    assert texts(DetectSettings(tagger="none", dictionary=False), kb) == []


def test_variants_are_found_where_they_are_asked_for(kb: KnowledgeBase) -> None:
    """This knowledge base has none, so that they are not looked for unless they are named."""
    assert texts(DetectSettings(tagger="none", types=("Variant",)), kb) == [("V600E", "Variant")]


def test_a_function_takes_the_place_of_names_and_tagger(kb: KnowledgeBase) -> None:
    """And only the types asked for are kept."""
    own = f"{__name__}:find_words"
    assert texts(DetectSettings(detector=own), kb) == [("Asthma", "Disease")]
    assert texts(DetectSettings(detector=own, types=("Gene",)), kb) == []


def test_a_tagger_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """That names the choices."""
    with pytest.raises(ConfigError, match=r"neither 'default', nor 'none', nor the folder"):
        tagger_folder(DetectSettings(tagger=str(tmp_path / "none-such")))


@pytest.mark.parametrize(
    "detect", [DetectSettings(spans="given"), DetectSettings(tagger="none"), DetectSettings(detector="a:b")]
)
def test_no_tagger_no_threshold(detect: DetectSettings) -> None:
    """What others mark is never dropped."""
    assert tagger_folder(detect) is None
    assert build_acceptance(Settings(detect=detect)) is None


def test_nothing_is_dropped_where_the_user_says_so() -> None:
    """`drop_improbable` is a setting."""
    assert build_acceptance(Settings(link=LinkSettings(drop_improbable=False))) is None
