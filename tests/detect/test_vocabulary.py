"""The dictionary of a knowledge base."""

from __future__ import annotations

from pathlib import Path

import pytest

from belink.detect.vocabulary import dictionary_of
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.text.thesaurus import everyday_names
from belink.types import Alias, Concept, Document

CONCEPTS = (
    Concept("MESH:D001241", "Aspirin", (Alias("Acetylsalicylic Acid"),), types=("Chemical",)),
    Concept("MESH:D006973", "Hypertension", types=("Disease",)),
    Concept("X:1", "Fremitus"),
)
DOC = Document("1", "Aspirin in hypertension with fremitus.")


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    build(CONCEPTS, tmp_path / "kb", sources=[])
    return KnowledgeBase.open(tmp_path / "kb")


def found(kb: KnowledgeBase, types: frozenset[str] | None) -> list[tuple[str, str]]:
    ((*mentions,),) = dictionary_of(kb, types)([DOC])
    return [(mention.text, mention.type) for mention in mentions]


def test_mentions_have_the_type_of_their_concept(kb: KnowledgeBase) -> None:
    """A name gives mentions of its concept's type, and of type "" where the concept has none."""
    assert found(kb, None) == [("Aspirin", "Chemical"), ("hypertension", "Disease"), ("fremitus", "")]


def test_types_restrict_what_is_found(kb: KnowledgeBase) -> None:
    """Names of other types are not looked for; names of unknown type are."""
    assert found(kb, frozenset({"Disease"})) == [("hypertension", "Disease"), ("fremitus", "")]


def test_second_time_is_read_from_the_store(kb: KnowledgeBase) -> None:
    """The names made ready are stored beside the knowledge base, and give the same mentions."""
    first = found(kb, None)
    (stored,) = (kb.path / "index").glob("dictionary-*.json")
    written = stored.stat().st_mtime_ns
    assert found(kb, None) == first
    assert stored.stat().st_mtime_ns == written


def test_damaged_store_is_made_again(kb: KnowledgeBase) -> None:
    """A stored dictionary that cannot be read is replaced."""
    first = found(kb, None)
    (stored,) = (kb.path / "index").glob("dictionary-*.json")
    stored.write_text("{", encoding="utf-8")
    assert found(kb, None) == first
    assert stored.stat().st_size > 1


def test_everyday_names_are_looked_for_where_asked(tmp_path: Path) -> None:
    """What the thesaurus knows for a species of the knowledge base is found; for chemicals it is not."""
    concepts = (
        Concept("NCBITaxon:4113", "Solanum tuberosum", types=("Species",)),
        Concept("MESH:D004008", "Diclofenac", types=("Chemical",)),
        Concept("X:2", "Lemur catta", types=("Device",)),
    )
    build(concepts, tmp_path / "kb", sources=[])
    text = "Potatoes with Voltarol for a ringtailed lemur."
    kb, doc = KnowledgeBase.open(tmp_path / "kb"), Document("1", text)
    ((*found,),) = dictionary_of(kb, None, everyday=True)([doc])
    assert [(mention.text, mention.type) for mention in found] == [("Potatoes", "Species")]
    assert dictionary_of(kb, None)([doc]) == [()]


def test_words_for_people_are_left_to_their_setting(tmp_path: Path) -> None:
    """The thesaurus has "patients" for Homo sapiens, and the dictionary does not look for it."""
    build((Concept("NCBITaxon:9606", "Homo sapiens", types=("Species",)),), tmp_path / "kb", sources=[])
    kb = KnowledgeBase.open(tmp_path / "kb")
    assert "Homo sapiens" in everyday_names("species", "transplant recipients")
    assert dictionary_of(kb, None, everyday=True)([Document("1", "Ten transplant recipients.")]) == [()]
