"""Labelled mentions as more names of their concepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from belink.errors import InputError, KnowledgeBaseError
from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.dense_index import build_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import LexicalIndex, build_index
from belink.retrieve.learnt import default_fusion
from belink.retrieve.memory import Memory, labels_of, memory_folder, open_memory
from belink.retrieve.memory_files import read_labelled_mentions
from belink.retrieve.retriever import build_retriever, explain
from belink.types import Annotation, Concept, Context, Document, Mention, Problem, Query, Retriever, Span

Open = Callable[..., Memory]
WORDS = ("cold", "sugar", "sickness", "heart", "attack", "edema", "?", "infarction", "type", "2")
GENES = (
    Concept("G:1", "TP53", types=("Gene",), taxon="NCBITaxon:9606"),
    Concept("G:2", "Trp53", types=("Gene",), taxon="NCBITaxon:10090"),
)


class Counting:
    """Embeds a name by its letters, and keeps what it embedded."""

    dimensions = 26
    checksum = "c0ffeec0ffee9876"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, names: Sequence[str], /) -> NDArray[np.float32]:
        """Give letter counts, at unit length."""
        self.seen += names
        vectors = np.full((len(names), self.dimensions), 0.01, dtype=np.float32)
        for row, name in enumerate(names):
            for letter in name:
                vectors[row, ord(letter) % self.dimensions] += 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def query(text: str, type_: str = "Disease", organisms: tuple[tuple[str, float], ...] = ()) -> Query:
    span = Span(0, len(text))
    return Query(Mention("d", (span,), text, type_), Context(text, span), organisms=organisms)


def labelled(name: str, *pairs: tuple[str, str], text: str = "") -> Document:
    """Give a document with these mentions and identifiers."""
    annotations = []
    for mention, identifier in pairs:
        start = max(text.find(mention), 0)
        found = Mention(name, (Span(start, start + len(mention)),), mention, "Disease")
        annotations.append(Annotation("", found, "Disease", identifier, tuple(identifier.split("|"))))
    return Document(name, text, annotations=tuple(annotations))


@pytest.fixture
def remember(kb: KnowledgeBase, tmp_path: Path) -> Open:
    """Open the memory of documents."""
    return lambda *docs, dense=None: open_memory(kb, docs, tmp_path / "memory", dense)


@pytest.fixture
def retrieve(kb: KnowledgeBase, index: LexicalIndex) -> Callable[..., Retriever]:
    """Make a retriever with a memory."""
    return lambda memory=None, **others: build_retriever(kb, index, memory=memory, **others)


def test_a_labelled_mention_finds_its_concept(remember: Open, retrieve: Callable[..., Retriever]) -> None:
    """The candidate is marked as the memory's, with the concept's preferred name and a high score."""
    search = retrieve(remember(labelled("1", ("sugar sickness", "T:06"))))
    best = search([query("Sugar Sickness")], 3)[0][0]
    assert (best.concept_id, best.alias, best.name, best.source) == (
        "T:06",
        "sugar sickness",
        "Diabetes Mellitus, Type 2",
        "memory",
    )
    assert best.score > 0.5


def test_a_mention_like_a_labelled_one_is_found(remember: Open, retrieve: Callable[..., Retriever]) -> None:
    """Labelled names stand in the lexical list beside the others."""
    search = retrieve(remember(labelled("1", ("sugar sickness", "T:06"))))
    assert search([query("severe sugar sickness")], 3)[0][0].concept_id == "T:06"


def test_a_labelled_name_is_found_by_its_vector(
    kb: KnowledgeBase, index: LexicalIndex, remember: Open, tmp_path: Path
) -> None:
    """An anagram shares no 3-gram with the labelled mention, only its vector."""
    encoder = Counting()
    dense = Dense(build_dense_index(kb, encoder, cache=tmp_path), encoder)
    memory = remember(labelled("1", ("zyxw", "T:06")), dense=dense)
    search = build_retriever(kb, index, dense=dense, memory=memory)
    found = search([query("wxyz")], 3)[0][0]
    assert (found.concept_id, found.source) == ("T:06", "memory")


def test_the_knowledge_base_stays_as_it_is(kb: KnowledgeBase, remember: Open) -> None:
    """What is remembered is written to the memory's own folder alone."""
    before = {path: path.stat().st_mtime_ns for path in kb.path.rglob("*")}
    remember(labelled("1", ("sugar sickness", "T:06")))
    assert {path: path.stat().st_mtime_ns for path in kb.path.rglob("*")} == before


def test_one_more_label_embeds_one_more_name(kb: KnowledgeBase, remember: Open, tmp_path: Path) -> None:
    """Names that the memory had are not embedded again."""
    encoder = Counting()
    dense = Dense(build_dense_index(kb, encoder, cache=tmp_path), encoder)
    old = labelled("1", ("sugar sickness", "T:06"), ("wet lungs", "T:08"))
    remember(old, dense=dense)
    encoder.seen.clear()
    remember(old, labelled("2", ("ticker trouble", "T:01")), dense=dense)
    assert encoder.seen == ["ticker trouble"]


def test_labels_of_the_form_outvote_a_name(remember: Open, retrieve: Callable[..., Retriever]) -> None:
    """Where three documents call "cold" what the knowledge base calls otherwise, they are believed."""
    docs = [labelled(str(number), ("cold", "T:05")) for number in range(3)]
    assert retrieve()([query("cold")], 1)[0][0].concept_id != "T:05"
    assert retrieve(remember(*docs))([query("cold")], 1)[0][0].concept_id == "T:05"


def test_labels_of_a_short_form_do_not_outvote_what_the_document_calls_it(
    remember: Open, retrieve: Callable[..., Retriever]
) -> None:
    """Elsewhere it may have been short for something else; where the document does not say, they vote."""
    memory = remember(*(labelled(number, ("ZZ", "T:06")) for number in "123"))
    defined = replace(query("ZZ"), expansion="Myocardial Infarction")
    first = [retrieve(memory)([asked], 1)[0][0].concept_id for asked in (defined, query("ZZ"))]
    assert first == ["T:01", "T:06"]


def test_a_document_votes_once(kb: KnowledgeBase) -> None:
    """However often it has the mention."""
    docs = [
        labelled("1", ("cold", "T:05"), ("Cold", "T:05"), ("cold", "T:03")),
        labelled("2", ("cold", "T:05")),
    ]
    votes = {(label.form, label.concept_id): label.documents for label in labels_of(kb, docs)}
    assert votes == {("cold", "T:05"): 2, ("cold", "T:03"): 1}


def test_composite_and_unknown_mentions_are_left_out(kb: KnowledgeBase) -> None:
    """As are those of nothing but punctuation."""
    docs = [labelled("1", ("colds", "T:03|T:04"), ("foo", "X:1"), ("--", "T:03"), ("rheum", "T:03"))]
    assert [label.form for label in labels_of(kb, docs)] == ["rheum"]


def test_the_long_form_of_an_abbreviation_is_remembered_too(kb: KnowledgeBase) -> None:
    """As the document defines it."""
    doc = labelled("1", ("CPV", "T:03"), text="Catarrhal pulmonary vexation (CPV) is common. CPV passes.")
    assert [label.form for label in labels_of(kb, [doc])] == ["catarrhal pulmonary vexation", "cpv"]


def test_filters_hold_for_what_is_remembered(remember: Open, retrieve: Callable[..., Retriever]) -> None:
    """A denied concept is not found by its labels, nor one of another type than the mention."""
    memory = remember(labelled("1", ("sugar sickness", "T:06"), ("wet lungs", "T:08")))
    denied = retrieve(memory, filter=Filter(deny=frozenset({"T:06"})))
    assert "T:06" not in {each.concept_id for each in denied([query("sugar sickness")], 20)[0]}
    assert "T:06" not in {
        each.concept_id for each in retrieve(memory)([query("sugar sickness", "Chemical")], 20)[0]
    }
    none_left = retrieve(memory, filter=Filter(allow=frozenset({"T:09"})))
    assert none_left([query("sugar sickness")], 20)[0] == ()


def test_votes_count_by_the_organism_of_the_gene(tmp_path: Path) -> None:
    """A form labelled as a human gene is believed in a text about humans, not in one about mice."""
    build(iter(GENES), tmp_path / "genes")
    kb = KnowledgeBase.open(tmp_path / "genes")
    index = build_index(kb, tmp_path / "index")
    doc = labelled("1", ("p53", "G:1"), ("p53", "G:2"))
    docs = [doc, labelled("2", ("p53", "G:1")), labelled("3", ("p53", "G:1"))]
    search = build_retriever(kb, index, memory=open_memory(kb, docs, tmp_path / "memory"))
    human, mouse = (
        (("NCBITaxon:9606", 0.98), ("NCBITaxon:10090", 0.02)),
        (
            ("NCBITaxon:10090", 0.98),
            ("NCBITaxon:9606", 0.02),
        ),
    )
    found = search([query("p53", "Gene", human), query("p53", "Gene", mouse)], 2)
    assert [candidates[0].concept_id for candidates in found] == ["G:1", "G:2"]


def test_mentions_over_lines_and_of_any_length_are_remembered_as_names(
    remember: Open, retrieve: Callable[..., Retriever]
) -> None:
    """White space is one space; what is too long for a name is left out, and the rest stays."""
    memory = remember(labelled("1", ("sugar\n sick\x07ness", "T:06"), ("very " * 2000 + "ill", "T:08")))
    best = retrieve(memory)([query("sugar sick ness")], 1)[0][0]
    assert (best.concept_id, best.alias) == ("T:06", "sugar sick ness")


def test_a_folder_that_cannot_be_made_is_an_error(kb: KnowledgeBase, tmp_path: Path) -> None:
    """It is named."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(KnowledgeBaseError, match=r"cannot write the memory .*memory"):
        open_memory(kb, [labelled("1", ("rheum", "T:03"))], tmp_path / "file" / "memory")


def test_nothing_of_the_vocabulary_is_an_error(remember: Open) -> None:
    """Which names the knowledge base."""
    with pytest.raises(InputError, match=r"no labelled mention names one concept of .*small"):
        remember(labelled("1", ("sugar sickness", "MESH:D1")))


@pytest.fixture(scope="module")
def known(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Memory:
    pairs = (("sugar sickness", "T:06"), ("cold", "T:05"), ("heart attack", "T:11"), ("type 2", "T:06"))
    return open_memory(kb, [labelled("1", *pairs)], tmp_path_factory.mktemp("memory") / "known")


@settings(max_examples=50)
@given(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), st.integers(0, 15))
def test_candidates_stay_distinct_best_first_and_probable(
    kb: KnowledgeBase, index: LexicalIndex, known: Memory, text: str, k: int
) -> None:
    """Ties are by id; scores are probabilities, at most 1 together."""
    found = build_retriever(kb, index, memory=known)([query(text)], k)[0]
    keys = [(-each.score, each.concept_id) for each in found]
    assert keys == sorted(keys)
    assert len({each.concept_id for each in found}) == len(found) <= k
    assert all(each.score >= 0 for each in found)
    assert sum(each.score for each in found) <= 1 + 1e-9


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), max_size=5))
def test_a_batch_gives_each_query_what_it_gets_alone(
    kb: KnowledgeBase, index: LexicalIndex, known: Memory, texts: list[str]
) -> None:
    """With a memory too."""
    together = build_retriever(kb, index, memory=known)([query(text) for text in texts], 5)
    alone = build_retriever(kb, index, memory=known)
    assert together == [alone([query(text)], 5)[0] for text in texts]


def test_evidence_is_of_the_concepts_of_both(kb: KnowledgeBase, index: LexicalIndex, known: Memory) -> None:
    """Ascending, and each name that matched best is one of the knowledge base or of the memory."""
    (found,) = explain(kb, index, None, [query("sugar sickness")], memory=known)
    assert found.concepts.tolist() == sorted(set(found.concepts.tolist()))
    assert kb.ordinals(["T:06"])["T:06"] in found.concepts
    assert found.rows.max() >= kb.name_count


def test_what_is_like_a_label_is_judged_with_and_without_the_memory(
    kb: KnowledgeBase, index: LexicalIndex, known: Memory
) -> None:
    """And the probabilities are averaged, where the form itself was never labelled."""
    asked = query("cold sugar sickness")
    weights = default_fusion().weights("Disease", dense=False)
    expected: dict[str, float] = {}
    for memory in (None, known):
        (found,) = explain(kb, index, None, [asked], memory=memory)
        for id_, score in zip(kb.concept_ids(found.concepts), weights.scores(found), strict=True):
            expected[id_] = expected.get(id_, 0.0) + float(score) / 2
    candidates = build_retriever(kb, index, memory=known)([asked], 25)[0]
    assert {each.concept_id: each.score for each in candidates} == pytest.approx(expected)


def test_a_table_of_pairs_is_read(tmp_path: Path) -> None:
    """A comment and blank lines are passed over, identifiers become CURIEs, each line is a document."""
    path = tmp_path / "pairs.tsv"
    path.write_text("# mine\nsugar sickness\tD003920\n\nwobbles\tMESH:D001259\n", encoding="utf-8")
    docs = read_labelled_mentions([path])
    assert [(doc.annotations[0].mention.text, doc.annotations[0].concept_ids) for doc in docs] == [
        ("sugar sickness", ("MESH:D003920",)),
        ("wobbles", ("MESH:D001259",)),
    ]
    assert [doc.id for doc in docs] == [f"{path}:2", f"{path}:4"]


def test_annotated_documents_are_read(tmp_path: Path) -> None:
    """Of any format that BeLink reads."""
    path = tmp_path / "gold.pubtator"
    path.write_text(
        "1|t|Sugar sickness.\n1|a|\n1\t0\t14\tSugar sickness\tDisease\tD003920\n", encoding="utf-8"
    )
    (doc,) = read_labelled_mentions([path])
    assert doc.annotations[0].concept_ids == ("MESH:D003920",)


def test_a_line_that_is_no_pair_is_a_problem(tmp_path: Path) -> None:
    """Named by file and line; the others are read."""
    path = tmp_path / "pairs.tsv"
    path.write_text("sugar sickness\tD003920\nwobbles\n\tD001259\n", encoding="utf-8")
    problems: list[Problem] = []
    assert len(read_labelled_mentions([path], problems.append)) == 1
    assert [problem.where for problem in problems] == [f"{path}:2", f"{path}:3"]
    with pytest.raises(InputError, match=r"pairs\.tsv:2"):
        read_labelled_mentions([path])


def test_a_file_without_labels_is_an_error(tmp_path: Path) -> None:
    """It says what was expected."""
    path = tmp_path / "plain.txt"
    path.write_text("Sugar sickness is bad.\n", encoding="utf-8")
    with pytest.raises(InputError, match="no labelled mention; expected"):
        read_labelled_mentions([path])


def test_each_set_of_files_has_its_folder(kb: KnowledgeBase, tmp_path: Path) -> None:
    """In the cache, the same each time."""
    one, other = Path("a.tsv"), Path("b.tsv")
    assert memory_folder(kb, [one], tmp_path) == memory_folder(kb, [one], tmp_path)
    assert memory_folder(kb, [one], tmp_path) != memory_folder(kb, [one, other], tmp_path)


def test_an_alias_of_the_knowledge_base_speaks_for_itself(
    tmp_path: Path, kb: KnowledgeBase, index: LexicalIndex
) -> None:
    """Where a label is no better a match than a name, the name is shown."""
    memory = open_memory(kb, [labelled("1", ("heart attack", "T:01"))], tmp_path / "memory")
    best = build_retriever(kb, index, memory=memory)([query("heart attack")], 1)[0][0]
    assert (best.alias, best.source) == ("Heart Attack", "exact")
