from __future__ import annotations

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.additions import Addition, Denial, Entry, add_entries, read_additions
from belink.kb.build import build
from belink.kb.records import Record, Retirement
from belink.kb.store import KnowledgeBase
from belink.kb.update import rebuild
from belink.types import Alias, Concept


def _with(kb: KnowledgeBase, *entries: Entry) -> KnowledgeBase:
    add_entries(kb.path, entries)
    rebuild(kb.path)
    return KnowledgeBase.open(kb.path)


def test_an_added_alias_is_found_and_marked(kb: KnowledgeBase) -> None:
    """An alias of the user is a name of the source "user"."""
    changed = _with(kb, Addition("MESH:D003924", aliases=("sugar sickness",)))
    (found,) = changed.find(["sugar sickness"])
    assert [(name.concept_id, name.source) for name in found] == [("MESH:D003924", "user")]


def test_a_new_concept_can_be_added(kb: KnowledgeBase) -> None:
    """With a name, an addition makes a concept that was not there."""
    entry = Addition("LAB:1", "my disease", ("md",), "mine", ("Disease",), ("MESH:D004700",))
    assert _with(kb, entry).concept("LAB:1") == Concept(
        "LAB:1", "my disease", (Alias("md", "exact", "user"),), "mine", ("Disease",), ("MESH:D004700",)
    )


def test_a_name_for_a_concept_that_is_there_is_an_alias(kb: KnowledgeBase) -> None:
    """The source's preferred name stays."""
    changed = _with(kb, Addition("MESH:D001241", "Bayer's"), Addition("MESH:D001241", "ASS"))
    concept = changed.concept("MESH:D001241")
    assert concept is not None
    assert (concept.name, [alias.text for alias in concept.aliases]) == (
        "Aspirin",
        ["acetylsalicylic acid", "Bayer's", "ASS"],
    )


def test_denied_concepts_and_names_are_left_out(kb: KnowledgeBase) -> None:
    """A denial takes a concept or one name of it; an alias stands in for a denied preferred name."""
    denials = Denial("NCBIGene:672"), Denial("MESH:D003924", "NIDDM"), Denial("MESH:D001241", "Aspirin")
    changed = _with(kb, *denials)
    assert changed.concept("NCBIGene:672") is None
    assert changed.find(["niddm"]) == [()]
    assert changed.concept("MESH:D001241") == Concept(
        "MESH:D001241", "acetylsalicylic acid", types=("Chemical",)
    )


def test_additions_survive_a_new_release(kb: KnowledgeBase) -> None:
    """A later build into the folder merges them again; those of a merged concept go to its successor."""
    add_entries(
        kb.path, [Addition("MESH:D001241", aliases=("my aspirin",)), Addition("MESH:D003110", aliases=("x",))]
    )
    release: list[Record] = [Concept("MESH:D2", "aspirin 2"), Retirement("MESH:D001241", ("MESH:D2",))]
    manifest = build(release, kb.path)
    (found,) = KnowledgeBase.open(kb.path).find(["my aspirin"])
    assert [name.concept_id for name in found] == ["MESH:D2"]
    assert [(p.kind, p.examples) for p in manifest.problems] == [
        ("addition without concept", ("additions.jsonl:2: no source has a concept MESH:D003110 to add to",))
    ]


def test_entries_are_kept_once_in_the_order_made(kb: KnowledgeBase) -> None:
    """Adding the same twice changes nothing; a knowledge base without additions has none."""
    assert read_additions(kb.path) == ()
    one, two = Addition("X:1", "a", ("b",)), Denial("X:2", "c")
    add_entries(kb.path, [one])
    assert add_entries(kb.path, [two, one]) == read_additions(kb.path) == (one, two)


@pytest.mark.parametrize("entry", [Addition("X:1"), Addition("no prefix", "a"), Denial("")])
def test_an_empty_entry_is_refused(kb: KnowledgeBase, entry: Entry) -> None:
    """An addition needs a name or alias, and every entry an id."""
    with pytest.raises(KnowledgeBaseError):
        add_entries(kb.path, [entry])


@pytest.mark.parametrize(
    "line", ["{", "[1]", '{"id": "X:1"}', '{"id": "X:1", "alias": "a"}', '{"name": "a"}']
)
def test_a_line_that_is_no_entry_is_named(kb: KnowledgeBase, line: str, diseases: tuple[Record, ...]) -> None:
    """The file is the user's; a mistake in it is named by file and line."""
    (kb.path / "additions.jsonl").write_text('{"deny": "X:1"}\n' + line + "\n")
    with pytest.raises(KnowledgeBaseError, match=r"additions\.jsonl:2: not an entry"):
        build(diseases, kb.path)


def test_rebuilding_without_additions_changes_nothing(kb: KnowledgeBase) -> None:
    """A knowledge base built from its own content has the same fingerprint, sources and retirements."""
    manifest = rebuild(kb.path).manifest
    assert (manifest.fingerprint, manifest.sources) == (kb.fingerprint, kb.manifest.sources)
