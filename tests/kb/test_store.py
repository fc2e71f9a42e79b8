from __future__ import annotations

import json
import multiprocessing
import pickle
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from belink.errors import KnowledgeBaseError
from belink.kb.build import build
from belink.kb.manifest import verify
from belink.kb.records import Filter, Record
from belink.kb.selection import check_filter
from belink.kb.store import KnowledgeBase
from belink.text.normalise import bag, normalise
from belink.types import Alias, Concept

Opener = Callable[..., KnowledgeBase]

TEXTS = st.text(st.sampled_from("abAB β-'sé+|\"12"), min_size=1, max_size=6).filter(lambda t: t.strip() != "")


def test_a_concept_comes_back_as_it_went_in(kb: KnowledgeBase) -> None:
    """Every field of a concept survives; an alias without a source has the source's name."""
    concept = kb.concept("MESH:D003924")
    assert concept == Concept(
        "MESH:D003924",
        "Diabetes Mellitus, Type 2",
        (
            Alias("NIDDM", "abbreviation", "toy"),
            Alias("type 2 diabetes", "exact", "toy"),
            Alias("Diabetes, Type 2", "exact", "toy"),
        ),
        "A subclass of diabetes mellitus.",
        ("Disease",),
        ("MESH:D003920",),
        ("OMIM:125853",),
    )


def test_concepts_come_sorted_by_id(kb: KnowledgeBase, diseases: tuple[Record, ...]) -> None:
    """`concepts` gives every current concept once, by id, and `len` counts them."""
    ids = [concept.id for concept in kb.concepts()]
    assert ids == sorted(record.id for record in diseases if isinstance(record, Concept))
    assert len(kb) == len(ids)


def test_name_rows_are_sorted_by_concept_with_the_preferred_name_first(kb: KnowledgeBase) -> None:
    """Rows count from 0; within a concept the preferred name comes first, aliases in the source's order."""
    names = list(kb.names())
    assert [name.row for name in names] == list(range(kb.name_count))
    assert [name.concept_id for name in names] == sorted(name.concept_id for name in names)
    diabetes = [name.alias for name in names if name.concept_id == "MESH:D003924"]
    assert diabetes == ["Diabetes Mellitus, Type 2", "NIDDM", "type 2 diabetes", "Diabetes, Type 2"]
    assert [n.concept_id for n in names if n.scope == "preferred"] == [c.id for c in kb.concepts()]


def test_name_concepts_gives_the_ordinal_of_each_row(kb: KnowledgeBase) -> None:
    """`concept_ids(name_concepts)` are the concept ids of the rows."""
    assert kb.concept_ids(kb.name_concepts) == [name.concept_id for name in kb.names()]


def test_find_ignores_case_and_punctuation_through_normalise(kb: KnowledgeBase) -> None:
    """A normalised name finds the row whose name normalises to it, and nothing else."""
    found = kb.find([normalise("diabetes mellitus type-2"), "no such name"])
    assert [[name.row for name in names] for names in found] == [[name.row for name in found[0]], []]
    assert found[0][0].concept_id == "MESH:D003924"


def test_find_gives_every_homonym_sorted_by_concept(kb: KnowledgeBase) -> None:
    """A name of two concepts gives both, and says that two share it."""
    (found,) = kb.find(["cc"])
    assert [(name.concept_id, name.homonyms) for name in found] == [("MESH:D002583", 2), ("MESH:D003110", 2)]


def test_the_empty_string_finds_nothing(make_kb: Opener) -> None:
    """Names of nothing but punctuation are kept, but are no homonyms of one another and never found."""
    kb = make_kb([Concept("MESH:D1", "(-)"), Concept("MESH:D2", "--")])
    assert kb.find([""]) == [()]
    assert [name.homonyms for name in kb.names()] == [1, 1]


@pytest.mark.parametrize("most", [0, 1, 2, 3, 9])
def test_the_most_telling_homonyms_are_kept(make_kb: Opener, most: int) -> None:
    """Preferred names stay first, then exact aliases, then by row; homonyms are counted all the same."""
    kb = make_kb(
        [
            Concept("X:1", "one", (Alias("Same", "broad"),)),
            Concept("X:2", "two", (Alias("same"), Alias("SAME", "related"))),
            Concept("X:3", "three", (Alias("same"),)),
            Concept("X:4", "same"),
        ]
    )
    kept = ["X:4", "X:2", "X:3", "X:1", "X:2"][:most]
    for (found,) in (kb.find(["same"], most), kb.find_bags(["same"], most)):
        assert [name.concept_id for name in found] == sorted(kept)
        assert all(name.homonyms == 4 for name in found)
        assert [name.row for name in found] == sorted(name.row for name in found)


def test_bags_find_inverted_and_plural_names(kb: KnowledgeBase) -> None:
    """`find_bags` finds a name whatever its word order."""
    (found,) = kb.find_bags([bag(normalise("neoplasm of the colonic"))])
    assert [name.alias for name in found] == ["Colonic Neoplasms"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.integers(0, 99), st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=8))
def test_find_agrees_with_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, names: dict[int, list[str]]
) -> None:
    """`find` and `find_bags` give what brute force over all names gives; homonyms count concepts."""
    concepts = [
        Concept(f"X:{number}", texts[0], tuple(Alias(text) for text in texts[1:]))
        for number, texts in names.items()
    ]
    out = tmp_path_factory.mktemp("any") / "kb"
    build(concepts, out)
    kb = KnowledgeBase.open(out)
    by_norm, by_bag = defaultdict(list), defaultdict(list)
    for name in kb.names():
        by_norm[normalise(name.alias)].append(name)
        by_bag[bag(normalise(name.alias))].append(name)
    for index, find in ((by_norm, kb.find), (by_bag, kb.find_bags)):
        index.pop("", None)
        assert find(list(index)) == [tuple(each) for each in index.values()]
    assert kb.find_rows(list(by_norm)) == [[name.row for name in each] for each in by_norm.values()]
    for norm, found in by_norm.items():
        assert {name.homonyms for name in found} == {len({name.concept_id for name in by_norm[norm]})}


def test_names_at_keeps_the_order_asked(kb: KnowledgeBase) -> None:
    """Rows may be asked in any order, repeated, as a list or an array; none gives none."""
    rows = [random.Random(1).randrange(kb.name_count) for _ in range(50)]
    every = list(kb.names())
    assert kb.names_at(rows) == [every[row] for row in rows] == kb.names_at(np.array(rows))
    assert kb.names_at([]) == []


def test_norms_stream_in_row_order(kb: KnowledgeBase) -> None:
    """`norms` and `texts` are aligned with the rows."""
    assert list(kb.texts()) == [name.alias for name in kb.names()]
    assert list(kb.norms()) == [normalise(text) for text in kb.texts()]


def test_retired_ids_resolve_through_chains(kb: KnowledgeBase) -> None:
    """A retired id stands for everything at the end of its chain of replacements."""
    assert kb.resolve("MESH:C000001") == ("MESH:D003920", "MESH:D003924")
    assert kb.resolve("MESH:D003920") == ("MESH:D003920",)
    assert kb.resolve("MESH:C000003") == kb.resolve("MESH:unknown") == ()


def test_a_retired_concept_says_what_replaced_it(kb: KnowledgeBase) -> None:
    """A retired id gives a concept whose `replaced_by` is the current id, "" where there is none."""
    assert kb.concept("MESH:C000001") == Concept("MESH:C000001", "old diabetes", replaced_by="MESH:D003920")
    assert kb.concept("MESH:C000003") == Concept("MESH:C000003", "", replaced_by="")
    assert kb.concept("MESH:unknown") is None


def test_the_hierarchy_is_walked_both_ways(kb: KnowledgeBase) -> None:
    """Parents, children, ancestors, path and roots follow the links between concepts."""
    assert kb.parents("MESH:D003924") == ("MESH:D003920",)
    assert kb.children("MESH:D004700") == ("MESH:D003920",)
    assert kb.ancestors("MESH:D003924") == ("MESH:D003920", "MESH:D004700")
    assert kb.path_to_root("MESH:D003924") == ("MESH:D003924", "MESH:D003920", "MESH:D004700")
    assert kb.path_to_root("MESH:unknown") == ()
    assert kb.roots() == ("MESH:D004700",)


def test_parents_are_found_by_number_as_by_id(kb: KnowledgeBase) -> None:
    """Of many concepts at once, in the order asked, none for a root."""
    asked = list(range(len(kb)))[::-1]
    by_id = [kb.ordinals(kb.parents(one)) for one in kb.concept_ids(asked)]
    assert kb.parents_at(asked) == [tuple(sorted(each.values())) for each in by_id]
    assert any(by_id)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (Filter(types=frozenset({"Chemical"})), {"MESH:D001241"}),
        (Filter(types=frozenset({"Gene"}), taxa=frozenset({"NCBITaxon:9606"})), {"NCBIGene:672"}),
        (Filter(under=frozenset({"MESH:D003920"})), {"MESH:D003920", "MESH:D003924"}),
        (Filter(under=frozenset({"MESH:D003920"}), deny=frozenset({"MESH:D003920"})), {"MESH:D003924"}),
        (Filter(allow=frozenset({"MESH:C000001"})), {"MESH:D003920", "MESH:D003924"}),
        (Filter(allow=frozenset({"MESH:D001241", "X:1"})), {"MESH:D001241"}),
        (Filter(sources=frozenset({"other"})), set()),
        (Filter(types=frozenset({"CellLine"})), set()),
    ],
)
def test_filters_select_concepts(kb: KnowledgeBase, keep: Filter, expected: set[str]) -> None:
    """Every condition of a filter must hold; retired ids stand for their replacements."""
    assert set(kb.concept_ids(np.flatnonzero(kb.select(keep)))) == expected


def test_a_taxon_filter_lets_concepts_of_no_organism_pass(kb: KnowledgeBase) -> None:
    """Asking for human genes does not lose the diseases."""
    chosen = kb.select(Filter(taxa=frozenset({"NCBITaxon:9606"})))
    assert int(chosen.sum()) == len(kb) - 1


def test_an_empty_filter_selects_everything(kb: KnowledgeBase) -> None:
    """No condition, no loss."""
    assert kb.select(Filter()).all()


def test_a_filter_of_unknown_values_can_be_refused(kb: KnowledgeBase) -> None:
    """`check_filter` names what is unknown and what there is."""
    with pytest.raises(KnowledgeBaseError, match="no type 'Plant'; it has Chemical, Disease, Gene"):
        check_filter(kb, Filter(types=frozenset({"Plant"})))
    with pytest.raises(KnowledgeBaseError, match="no concept MESH:D9 "):
        check_filter(kb, Filter(under=frozenset({"MESH:D9"})))


def test_opening_nothing_says_what_to_run(tmp_path: Path) -> None:
    """A folder without a knowledge base is an error that names the command."""
    with pytest.raises(KnowledgeBaseError, match="belink kb build"):
        KnowledgeBase.open(tmp_path / "none")


def test_another_schema_version_is_refused(kb: KnowledgeBase) -> None:
    """A knowledge base of another layout is not read as if it were ours."""
    place = kb.path / "manifest.json"
    manifest = json.loads(place.read_text())
    place.write_text(json.dumps(manifest | {"schema": 99}))
    with pytest.raises(KnowledgeBaseError, match="schema 99, this BeLink reads schema"):
        KnowledgeBase.open(kb.path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 3}'])
def test_a_damaged_manifest_is_refused(kb: KnowledgeBase, content: str) -> None:
    """Half a manifest is an error of ours, not of the JSON parser."""
    (kb.path / "manifest.json").write_text(content)
    with pytest.raises(KnowledgeBaseError):
        KnowledgeBase.open(kb.path)


def test_a_cut_off_file_is_noticed_when_opening(kb: KnowledgeBase) -> None:
    """Each file must have the size the manifest gives."""
    place = kb.path / kb.manifest.data / "name.utf8"
    place.write_bytes(place.read_bytes()[:-1])
    with pytest.raises(KnowledgeBaseError, match=r"name\.utf8 has"):
        KnowledgeBase.open(kb.path)


def test_verify_finds_a_changed_byte(kb: KnowledgeBase) -> None:
    """Checksums tell damage that sizes do not show; an untouched knowledge base is whole."""
    assert verify(kb.path) == ()
    place = kb.path / kb.manifest.data / "norm.utf8"
    content = bytearray(place.read_bytes())
    content[3] ^= 1
    place.write_bytes(content)
    assert verify(kb.path) == ("norm.utf8",)


def test_threads_share_one_knowledge_base(kb: KnowledgeBase) -> None:
    """Eight threads read at once what one thread reads."""
    expected = list(kb.concepts())
    seen: list[list[Concept]] = []
    threads = [threading.Thread(target=lambda: seen.append(list(kb.concepts()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def _names_of(kb: KnowledgeBase) -> list[str]:
    return [name.alias for name in kb.find(["cc"])[0]] + [str(kb.concept("MESH:D001241"))]


def test_a_knowledge_base_goes_to_other_processes(kb: KnowledgeBase) -> None:
    """It pickles as its path and reads the same in a spawned process."""
    assert pickle.loads(pickle.dumps(kb)).fingerprint == kb.fingerprint
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_names_of, (kb,)) == _names_of(kb)


def test_records_may_come_in_any_order(make_kb: Opener, diseases: tuple[Record, ...]) -> None:
    """The fingerprint depends on the content, not on the order of the source."""
    shuffled: list[Record] = list(diseases)
    random.Random(2).shuffle(shuffled)
    assert make_kb(shuffled, "other").fingerprint == make_kb().fingerprint
