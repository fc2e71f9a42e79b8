"""Proteins among the chemicals of a vocabulary."""

from __future__ import annotations

import pytest

from belink.detect.proteins import without_proteins
from belink.detect.vocabulary import dictionary_of
from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept, Document

PROTEINS, INORGANIC = "MESH:D011506", "MESH:D007287"


def chemical(id_: str, name: str, *parents: str, alias: str = "") -> Concept:
    aliases = (Alias(alias),) if alias else ()
    return Concept(id_, name, aliases, types=("Chemical",), parents=parents)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """Two proteins and five other chemicals, of which one stands below proteins too."""
    folder = tmp_path_factory.mktemp("kb") / "kb"
    build(
        [
            chemical(PROTEINS, "Proteins"),
            chemical(INORGANIC, "Inorganic Chemicals"),
            chemical("MESH:D064451", "Hepcidins", PROTEINS, alias="shared name"),
            chemical("MESH:D002118", "Calcium", PROTEINS, INORGANIC),
            chemical("MESH:D012964", "Sodium", INORGANIC, alias="shared name"),
            chemical("MESH:D001241", "Aspirin"),
            chemical("MESH:D000082", "Acetaminophen"),
        ],
        folder,
    )
    return KnowledgeBase.open(folder)


def found(kb: KnowledgeBase, text: str, keep: Filter | None = None) -> list[str]:
    detect = without_proteins(dictionary_of(kb, None), kb, keep)
    return [mention.text for mention in detect([Document("1", text)])[0]]


def test_a_protein_is_passed_over(kb: KnowledgeBase) -> None:
    """And what is no protein is found."""
    assert found(kb, "hepcidin and aspirin") == ["aspirin"]


def test_what_is_something_else_too_is_no_protein(kb: KnowledgeBase) -> None:
    """Calcium by its place in the hierarchy, a name by another concept that bears it."""
    assert found(kb, "calcium, shared name") == ["calcium", "shared name"]


def test_so_is_a_short_form_of_it(kb: KnowledgeBase) -> None:
    """As the document writes it out."""
    assert found(kb, "Hepcidins (HPC) rise as sodium falls. HPC is high.") == ["sodium"]


def test_who_asks_for_proteins_gets_them_as_they_are(kb: KnowledgeBase) -> None:
    """A filter that leaves mostly proteins changes what the vocabulary is about."""
    assert found(kb, "hepcidin", Filter(under=frozenset({PROTEINS}))) == ["hepcidin"]
