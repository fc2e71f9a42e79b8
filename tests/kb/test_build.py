from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.build import build, build_sources
from belink.kb.manifest import read_manifest
from belink.kb.problems import Problems
from belink.kb.records import Filter, Located, Record, Retirement, Source, SourceInfo, Supplement
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept, Problem

Opener = Callable[..., KnowledgeBase]


A, B, C = (Concept(f"X:{letter}", f"name {letter}") for letter in "ABC")


def _with_parents(concept: Concept, *parents: str) -> Concept:
    return Concept(concept.id, concept.name, parents=parents)


def test_the_manifest_counts_and_describes(kb: KnowledgeBase) -> None:
    """Counts of concepts, names, homonyms and retired ids, and the source, are in the manifest."""
    manifest = kb.manifest
    assert (manifest.concepts, manifest.names, manifest.homonyms, manifest.retired) == (8, 15, 2, 3)
    assert manifest.sources == (SourceInfo("toy", path="toy.tsv"),)
    assert read_manifest(kb.path) == manifest


def test_the_same_concept_of_several_sources_is_merged(tmp_path: Path) -> None:
    """The first source's preferred name stays; names, types, parents and xrefs are united, sources kept."""
    one = Concept("X:1", "heart attack", (Alias("MI", "abbreviation"),), "", ("Disease",), ("X:0",))
    two = Concept("X:1", "infarction", (Alias("MI"), Alias("mi")), "dead tissue", ("Event",), (), ("Y:2",))
    sources = [
        Source(SourceInfo("first"), [one, Concept("X:0", "disease")]),
        Source(SourceInfo("second"), [two]),
    ]
    build_sources(sources, tmp_path / "kb")
    assert KnowledgeBase.open(tmp_path / "kb").concept("X:1") == Concept(
        "X:1",
        "heart attack",
        (
            Alias("MI", "abbreviation", "first"),
            Alias("infarction", "exact", "second"),
            Alias("mi", "exact", "second"),
        ),
        "dead tissue",
        ("Disease", "Event"),
        ("X:0",),
        ("Y:2",),
    )


def test_a_repeated_name_of_a_concept_is_one_row(make_kb: Opener) -> None:
    """The same text twice is kept once, with its first scope; another spelling is another row."""
    kb = make_kb([Concept("X:1", "a", (Alias("b", "broad"), Alias("b"), Alias("a"), Alias("B")))])
    assert [(name.alias, name.scope) for name in kb.names()] == [
        ("a", "preferred"),
        ("b", "broad"),
        ("B", "exact"),
    ]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([Located(A, 2), Located(B, 3), Located(A, 4)], r"toy\.tsv:4: X:A stands here and at toy\.tsv:2"),
        ([A, B, A], r"toy\.tsv, record 3: X:A stands here and at toy\.tsv, record 1"),
        ([Located(Concept("X:1", " "), 7)], r"toy\.tsv:7: X:1 has an empty name"),
        ([Located(Concept("X:1", "a\x07b"), 7)], r"toy\.tsv:7: X:1 has a control character in 'a\\x07b'"),
        ([Located(Concept("X:1", "a\ud800b"), 7)], r"toy\.tsv:7: X:1 has a control character"),
        ([Located(Concept("X:1", "a" * 10_001), 7)], r"toy\.tsv:7: X:1 has a name of 10,001 characters"),
        ([Located(Concept("X:1", "a", (Alias(""),)), 7)], r"toy\.tsv:7: X:1 has an empty name"),
        ([Located(Concept("X 1", "a"), 7)], r"toy\.tsv:7: 'X 1' is not an identifier"),
        ([Located(Retirement("X:1", ("",)), 7)], r"toy\.tsv:7: '' is not an identifier"),
        (
            [_with_parents(A, "X:B"), _with_parents(B, "X:C"), _with_parents(C, "X:A")],
            "X:A -> X:B -> X:C -> X:A",
        ),
        ([_with_parents(A, "X:A")], "stands above itself: X:A -> X:A"),
        ([A, Retirement("X:1", ("X:2",)), Retirement("X:2", ("X:1",))], "X:1 -> X:2 -> X:1"),
        ([], r"toy\.tsv: holds no concept"),
        ([Retirement("X:1")], "no concept left"),
    ],
)  # fmt: skip
def test_faults_are_refused_with_their_place(make_kb: Opener, records: list[Record], message: str) -> None:
    """A faulty source stops the build with the file, the line where known, and what is wrong."""
    with pytest.raises(KnowledgeBaseError, match=message):
        make_kb(records)


def test_lenient_builds_count_faults_with_examples(make_kb: Opener) -> None:
    """What is wrong is repaired or left out, counted in the manifest, and the rest is kept."""
    records = [
        Located(Concept("X:1", "", (Alias("first alias"), Alias("tab\tbed"))), 2),
        Located(Concept("X:2", "ok", (Alias("x" * 10_001),)), 3),
        Located(Concept("X:2", "again"), 4),
        Located(Concept("bad", "no prefix"), 5),
        Located(Concept("X:3", "\x00"), 6),
    ]
    kb = make_kb(records, lenient=True)
    assert [(name.concept_id, name.alias) for name in kb.names()] == [
        ("X:1", "first alias"), ("X:1", "tab bed"), ("X:2", "ok"), ("X:2", "again"),
    ]  # fmt: skip
    counted = {problem.kind: problem.count for problem in kb.manifest.problems}
    assert counted == {
        "bad id": 1, "control character": 2, "duplicate id": 1, "empty name": 1, "name too long": 1,
    }  # fmt: skip
    assert all(problem.examples for problem in kb.manifest.problems)


def test_lenient_builds_leave_out_links_that_close_a_cycle(make_kb: Opener) -> None:
    """Of a cycle that hangs on a root, the links towards the root stay."""
    root = Concept("X:R", "root")
    records = [root, _with_parents(A, "X:R", "X:B"), _with_parents(B, "X:A")]
    kb = make_kb(records, lenient=True)
    assert kb.path_to_root("X:B") == ("X:B", "X:A", "X:R")
    assert kb.manifest.cyclic_parents == 1


def test_cycles_of_mesh_are_no_fault(make_kb: Opener) -> None:
    """MeSH's own tree has descriptors above each other; such a link is left out and counted."""
    records = [
        Concept("MESH:D1", "root"),
        Concept("MESH:D2", "a", parents=("MESH:D1", "MESH:D3")),
        Concept("MESH:D3", "b", parents=("MESH:D2",)),
    ]
    kb = make_kb(records)
    assert (kb.parents("MESH:D2"), kb.manifest.cyclic_parents) == (("MESH:D1",), 1)
    assert kb.manifest.problems == ()


def test_parents_follow_retirements(make_kb: Opener) -> None:
    """A link to a retired parent leads to what replaced it; one to nowhere is counted."""
    kb = make_kb([A, Retirement("X:old", ("X:A",)), _with_parents(B, "X:old"), _with_parents(C, "Y:1")])
    assert kb.parents("X:B") == ("X:A",)
    assert kb.manifest.dangling_parents == 1


def test_a_current_concept_is_not_retired(make_kb: Opener) -> None:
    """Where a source retires an id that another still has, the concept stays, and this is counted."""
    kb = make_kb([A, B, Retirement("X:A", ("X:B",))])
    assert (kb.resolve("X:A"), kb.manifest.retired, kb.manifest.unused_retirements) == (("X:A",), 0, 1)


def test_filters_act_at_build_time(tmp_path: Path, diseases: tuple[Record, ...]) -> None:
    """Only concepts that pass are taken up; nothing left is an error."""
    build(
        diseases,
        tmp_path / "kb",
        keep=Filter(under=frozenset({"MESH:D003920"}), types=frozenset({"Disease"})),
    )
    kb = KnowledgeBase.open(tmp_path / "kb")
    assert [concept.id for concept in kb.concepts()] == ["MESH:D003920", "MESH:D003924"]
    with pytest.raises(KnowledgeBaseError, match="none passes the filter"):
        build(diseases, tmp_path / "kb", keep=Filter(types=frozenset({"CellLine"})))


def test_a_lender_gives_its_names_over_xrefs_both_ways(tmp_path: Path) -> None:
    """Aliases borrowed over an xref are marked with the lender's name; its concepts are not taken up."""
    own = [Concept("MESH:D1", "one"), Concept("MESH:D2", "two", xrefs=("MONDO:2",))]
    other = [
        Concept("MONDO:1", "uno", (Alias("ein", "narrow"),), "lent", xrefs=("MESH:D1",)),
        Concept("MONDO:2", "duo"),
        Concept("MONDO:3", "tres", xrefs=("MESH:D9",)),
    ]
    sources = [Source(SourceInfo("mesh"), own), Source(SourceInfo("mondo"), other, "lender")]
    build_sources(sources, tmp_path / "kb")
    assert list(KnowledgeBase.open(tmp_path / "kb").concepts()) == [
        Concept("MESH:D1", "one", (Alias("uno", "exact", "mondo"), Alias("ein", "narrow", "mondo"))),
        Concept("MESH:D2", "two", (Alias("duo", "exact", "mondo"),), xrefs=("MONDO:2",)),
    ]


def test_supplements_add_to_concepts_of_other_sources(tmp_path: Path) -> None:
    """Aliases and xrefs go to the concept, or to what replaces it; without one they are counted."""
    own: list[Record] = [
        Concept("X:1", "one", xrefs=("Y:1",)),
        Retirement("X:0", ("X:00",)),
        Retirement("X:00", ("X:1",)),
    ]
    mappings = [
        Supplement("X:9", xrefs=("Z:9",)),
        Supplement("X:1", xrefs=("Z:1",)),
        Supplement("X:0", (Alias("uno", "broad"), Alias("one")), ("Z:0",)),
        Supplement("X:1", (Alias("ein"),)),
    ]
    sources = [Source(SourceInfo("map"), mappings), Source(SourceInfo("own"), own)]
    manifest = build_sources(sources, tmp_path / "kb")
    assert list(KnowledgeBase.open(tmp_path / "kb").concepts()) == [
        Concept(
            "X:1",
            "one",
            (Alias("ein", "exact", "map"), Alias("uno", "broad", "map")),
            xrefs=("Y:1", "Z:0", "Z:1"),
        )
    ]
    assert [(p.kind, p.count, p.examples) for p in manifest.problems] == [
        ("addition without concept", 1, ("map, record 1: no source has a concept X:9 to add to",))
    ]


def test_supplements_alone_make_no_knowledge_base(make_kb: Opener) -> None:
    """They never become concepts; and they are checked as concepts are."""
    with pytest.raises(KnowledgeBaseError, match="no concept left"):
        make_kb([Supplement("X:1", (Alias("one"),))])
    with pytest.raises(KnowledgeBaseError, match="X:1 has an empty name"):
        make_kb([A, Supplement("X:1", (Alias(" "),))])
    with pytest.raises(KnowledgeBaseError, match="'X' is not an identifier"):
        make_kb([A, Supplement("X")])


def test_names_are_borrowed_over_the_xrefs_of_a_mapping(tmp_path: Path) -> None:
    """A mapping set between two vocabularies is enough; names lent to a retired id reach its successor."""
    sources = [
        Source(SourceInfo("own"), [A, B, Retirement("X:old", ("X:B",))]),
        Source(SourceInfo("map"), [Supplement("X:A", xrefs=("Y:1",))]),
        Source(
            SourceInfo("other"), [Concept("Y:1", "lent"), Concept("Y:2", "b", xrefs=("X:old",))], "lender"
        ),
    ]
    build_sources(sources, tmp_path / "kb")
    assert list(KnowledgeBase.open(tmp_path / "kb").concepts()) == [
        Concept("X:A", "name A", (Alias("lent", "exact", "other"),), xrefs=("Y:1",)),
        Concept("X:B", "name B", (Alias("b", "exact", "other"),)),
    ]


def test_ids_to_allow_or_deny_may_be_retired(make_kb: Opener, tmp_path: Path) -> None:
    """They stand for what replaces them; one that no source has is counted."""
    keep = Filter(allow=frozenset({"X:old", "X:B"}), deny=frozenset({"X:B", "X:9"}))
    manifest = build([A, B, C, Retirement("X:old", ("X:A",))], tmp_path / "kb", keep=keep)
    assert [concept.id for concept in KnowledgeBase.open(tmp_path / "kb").concepts()] == ["X:A"]
    assert [(p.count, p.examples) for p in manifest.problems] == [(1, ("no source has a concept X:9",))]


def test_what_a_reader_reports_is_in_the_manifest(tmp_path: Path) -> None:
    """`Problems.take` counts what a source reader left out."""
    problems = Problems(lenient=True)

    def reader() -> list[Record]:
        problems.take(Problem("f.tsv:3", "4 columns, the header has 5", "document"))
        return [A]

    manifest = build_sources([Source(SourceInfo("f"), reader())], tmp_path / "kb", problems=problems)
    assert [(p.count, p.examples) for p in manifest.problems] == [
        (1, ("f.tsv:3: 4 columns, the header has 5",))
    ]


def test_progress_is_told_of_every_thousand_records(tmp_path: Path) -> None:
    """The steps add up to the records read, in thousands."""
    steps: list[int] = []
    concepts = (Concept(f"X:{number}", "n") for number in range(2500))
    build(concepts, tmp_path / "kb", progress=steps.append)
    assert steps == [1000, 1000]


def test_a_failed_build_leaves_the_old_one(kb: KnowledgeBase) -> None:
    """After an error in the source the folder holds what it held, and no left-overs."""

    def broken() -> list[Record]:
        raise KnowledgeBaseError("the source broke off")

    before = sorted(path.name for path in kb.path.iterdir())
    with pytest.raises(KnowledgeBaseError, match="broke off"):
        build((record for _ in [1] for record in broken()), kb.path)
    assert sorted(path.name for path in kb.path.iterdir()) == before
    assert KnowledgeBase.open(kb.path).fingerprint == kb.fingerprint


def test_a_foreign_folder_is_not_touched(tmp_path: Path) -> None:
    """A folder with other files is refused, and a file too."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(KnowledgeBaseError, match=r"holds 'thesis\.txt' and no knowledge base"):
        build([A], tmp_path)
    with pytest.raises(KnowledgeBaseError, match="is a file"):
        build([A], tmp_path / "thesis.txt")


def test_an_index_in_the_folder_survives_a_build(kb: KnowledgeBase) -> None:
    """What others keep beside the columns is theirs; the replaced columns go."""
    (kb.path / "index").mkdir()
    build([A], kb.path)
    assert (kb.path / "index").is_dir()
    assert sorted(path.name for path in kb.path.glob("data-*")) == [read_manifest(kb.path).data]
