"""Other names of mentions from a served model: a local server that is slow, wrong, empty and down."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.retrieve.served import Says, always, chat, serving

from belink.config import ReformulateSettings
from belink.errors import ConfigError, ModelError
from belink.kb.store import KnowledgeBase
from belink.models.endpoint import open_endpoint
from belink.retrieve.answers import Answers
from belink.retrieve.dense_index import build_dense_index
from belink.retrieve.dense_list import Dense, Rocchio, dense_lists, moved_lists
from belink.retrieve.index import LexicalIndex
from belink.retrieve.reformulate import MAX_ANSWERS, Asking, Reformulator, Use, question, read_answer
from belink.retrieve.retriever import build_retriever, explain
from belink.stages.retrieval import build_reformulator
from belink.types import Context, Mention, Query, Span

NOWHERE = "http://127.0.0.1:9"


def asking(
    url: str,
    answers: Answers | None = None,
    use: Use = "variants",
    asking: Asking = "name",
    timeout_s: float = 5.0,
) -> Reformulator:
    endpoint = open_endpoint(url, timeout_s=timeout_s, attempts=2, first_wait_s=0.01)
    return Reformulator(endpoint, "tiny", use, asking=asking, answers=answers)


def query(text: str, context: str = "", expansion: str | None = None) -> Query:
    whole = context or text
    start = whole.index(text)
    span = Span(start, start + len(text))
    return Query(Mention("d", (span,), text, "Disease"), Context(whole, span), expansion)


class Letters:
    """Embeds a name by its letters."""

    dimensions = 64
    checksum = "abcdefabcdef0123"

    def __call__(self, names: Sequence[str], /) -> NDArray[np.float32]:
        """Give letter counts, at unit length."""
        vectors = np.full((len(names), self.dimensions), 0.01, dtype=np.float32)
        for row, name in enumerate(names):
            for letter in name:
                vectors[row, ord(letter) % self.dimensions] += 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@pytest.fixture
def dense(kb: KnowledgeBase, tmp_path: Path) -> Dense:
    encoder = Letters()
    return Dense(build_dense_index(kb, encoder, cache=tmp_path), encoder)


def test_a_question_shows_the_mention_in_its_context() -> None:
    """Marked, with its type and its long form."""
    asked = question(query("DM", "In DM,\n muscles stiffen.", "myotonic dystrophy"), "name")
    assert asked == (
        "Text: In «DM», muscles stiffen.\n"
        "Which disease entity does «DM» (short for myotonic dystrophy) name here? "
        "Answer with the standard name that a biomedical vocabulary gives it, and nothing else."
    )


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("Myocardial Infarction", ("Myocardial Infarction",)),
        ('**"Myocardial Infarction".**\nIt is a disease.', ("Myocardial Infarction",)),
        ("<think>Heart? Or lung?</think>\n\nMyocardial Infarction", ("Myocardial Infarction",)),
        ("<think>Heart? Or lung? I will never end", ()),
        ("Unknown.", ()),
        ("N/A", ()),
        ("?!", ()),
        ("", ()),
        ("I cannot say what this is, since " + "there is so little to go by, and " * 9, ()),
    ],
)
def test_the_first_line_of_an_answer_is_the_name(content: str, read: tuple[str, ...]) -> None:
    """What could be no name is left out."""
    assert read_answer(content, "name") == read


def test_synonyms_are_parted_by_semicolons_or_lines() -> None:
    """Each once, no more than so many."""
    assert read_answer("heart attack; MI;\n- coronary; MI; none", "synonyms") == (
        "heart attack",
        "MI",
        "coronary",
    )
    assert len(read_answer(";".join(map(str, range(20))), "synonyms")) == MAX_ANSWERS


def test_answers_are_aligned_with_the_queries_and_equal_questions_asked_once() -> None:
    """Whatever order they come in."""

    def says(text: str) -> tuple[int, bytes]:
        if "«slow»" in text:
            time.sleep(0.2)
        return chat("name of " + text.split("«")[1].split("»", maxsplit=1)[0])

    with serving(says) as server:
        found = asking(server.url)([query("slow"), query("gout"), query("slow"), query("flu")])
        assert found == [("name of slow",), ("name of gout",), ("name of slow",), ("name of flu",)]
        assert len(server.asked) == 3


def test_a_question_is_greedy_and_short() -> None:
    """The body names the model."""
    with serving(always("Gout")) as server:
        asking(server.url)([query("podagra")])
    assert server.asked[0] | {"messages": 0} == {
        "model": "tiny", "messages": 0, "max_tokens": 48, "temperature": 0,
    }  # fmt: skip


def test_no_queries_need_no_server() -> None:
    """Nothing is counted either."""
    reformulate = asking(NOWHERE)
    assert reformulate([]) == []
    assert reformulate.outcomes.total() == 0


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (always(""), "of no use"),
        (always(None), "of no use"),
        (always("Unknown"), "of no use"),
        (lambda _: (200, b'{"choices": []}'), "of no use"),
        (lambda _: (200, b"<html>busy</html>"), "failed"),
        (lambda _: (200, b'{"choices": [{"text": 7}]}'), "failed"),
        (lambda _: (400, b"context too long"), "failed"),
        (lambda _: (500, b"oops"), "failed"),
        (lambda _: None, "failed"),
    ],
)
@pytest.mark.parametrize("use", ["variants", "vector"])
def test_bad_and_empty_answers_change_nothing(
    kb: KnowledgeBase, index: LexicalIndex, dense: Dense, says: Says, outcome: str, use: Use
) -> None:
    """They are counted."""
    queries = [query("swelling of the heart"), query("cold")]
    with serving(says) as server:
        reformulate = asking(server.url, use=use)
        found = build_retriever(kb, index, dense=dense, reformulate=reformulate)(queries, 10)
    assert found == build_retriever(kb, index, dense=dense)(queries, 10)
    assert dict(+reformulate.outcomes) == {outcome: 2}


def test_a_slow_server_changes_nothing(kb: KnowledgeBase, index: LexicalIndex) -> None:
    """It is not waited for."""
    enough = Event()

    def says(text: str) -> tuple[int, bytes]:
        enough.wait(60)
        return chat("Edema")

    with serving(says) as server:
        reformulate = asking(server.url, timeout_s=0.05)
        found = build_retriever(kb, index, reformulate=reformulate)([query("swelling")], 10)
        enough.set()
    assert found == build_retriever(kb, index)([query("swelling")], 10)
    assert reformulate.outcomes["failed"] == 1


@pytest.mark.parametrize("model", ["tiny", ""])
def test_a_server_that_is_down_changes_nothing(
    kb: KnowledgeBase, index: LexicalIndex, caplog: pytest.LogCaptureFixture, model: str
) -> None:
    """The log says how many answers are missing, and why."""
    endpoint = open_endpoint(NOWHERE, attempts=1)
    reformulate = Reformulator(endpoint, model, "variants")
    with caplog.at_level(logging.WARNING):
        found = build_retriever(kb, index, reformulate=reformulate)([query("swelling")], 10)
    assert found == build_retriever(kb, index)([query("swelling")], 10)
    assert reformulate.outcomes["failed"] == 1
    assert "no answer to 1 of 1 questions" in caplog.text
    assert "ConnectError" in caplog.text


def test_a_refused_key_is_an_error() -> None:
    """The set-up is broken then."""
    with serving(lambda _: (401, b"")) as server, pytest.raises(ModelError, match="refuses the API key"):
        asking(server.url)([query("gout")])


def test_the_only_model_served_is_found(tmp_path: Path) -> None:
    """Where none is named."""
    with serving(always("Gout")) as server:
        settings = ReformulateSettings(url=server.url, use="variants", cache=tmp_path / "answers")
        reformulate = build_reformulator(settings)
        assert reformulate is not None
        assert reformulate([query("podagra")]) == [("Gout",)]
        assert server.asked[0]["model"] == "tiny"


def test_no_url_means_no_reformulation() -> None:
    """And what is no URL is an error."""
    assert build_reformulator(ReformulateSettings()) is None
    with pytest.raises(ConfigError, match="no address of a model server"):
        build_reformulator(ReformulateSettings(url="localhost"))


def test_a_right_answer_finds_the_concept(kb: KnowledgeBase, index: LexicalIndex) -> None:
    """As a variant, beside the mention."""
    queries = [query("puffiness")]
    assert "T:08" not in {each.concept_id for each in build_retriever(kb, index)(queries, 3)[0]}
    with serving(always("Edema")) as server:
        found = build_retriever(kb, index, reformulate=asking(server.url))(queries, 3)[0]
    assert found[0].concept_id == "T:08"


def test_a_right_answer_moves_the_vector(kb: KnowledgeBase, index: LexicalIndex, dense: Dense) -> None:
    """The concept that the answer names is nearer then."""
    queries = [query("bbbb")]
    with serving(always("Edema")) as server:
        reformulate = asking(server.url, use="vector")
        (before,) = explain(kb, index, dense, queries)
        (after,) = explain(kb, index, dense, queries, reformulate=reformulate)
    edema = kb.ordinals(["T:08"])["T:08"]
    column = 3  # "dense"
    assert after.features[after.concepts == edema, column] > before.features[before.concepts == edema, column]


def test_a_moved_vector_is_the_weighed_sum_at_unit_length(kb: KnowledgeBase, dense: Dense) -> None:
    """Of the text's and the mean of the others': the formula written out."""
    vectors, _ = dense_lists(dense, kb, ["cold", "edema", "dropsy"], None, 5)
    asked = [(vectors["cold"], ["Edema", "Dropsy"])]
    ((moved, near),) = moved_lists(dense, kb, asked, Rocchio(0.6, 0.4), None, 5)
    expected = 0.6 * vectors["cold"] + 0.4 * (vectors["edema"] + vectors["dropsy"]) / 2
    np.testing.assert_allclose(moved, expected / np.linalg.norm(expected), rtol=1e-5)
    assert len(near.concepts) == 5


def test_a_weight_of_nought_leaves_the_candidates_as_they_were(
    kb: KnowledgeBase, index: LexicalIndex, dense: Dense
) -> None:
    """Whatever the answer."""
    queries = [query("swelling"), query("heart attack")]
    with serving(always("Edema")) as server:
        reformulate = asking(server.url, use="vector")
        reformulate.weights = Rocchio(1.0, 0.0)
        found = build_retriever(kb, index, dense=dense, reformulate=reformulate)(queries, 10)
    plain = build_retriever(kb, index, dense=dense)(queries, 10)
    assert [[each.concept_id for each in some] for some in found] == [
        [each.concept_id for each in some] for some in plain
    ]


def test_the_same_mention_elsewhere_may_have_another_answer(kb: KnowledgeBase, index: LexicalIndex) -> None:
    """Candidates are remembered by what was asked, not by the mention alone."""

    def says(text: str) -> tuple[int, bytes]:
        return chat("Edema" if "legs" in text else "Common Cold")

    queries = [query("it", "it is in the legs"), query("it", "it is in the nose")]
    with serving(says) as server:
        found = build_retriever(kb, index, reformulate=asking(server.url))(queries, 1)
    assert [candidates[0].concept_id for candidates in found] == ["T:08", "T:03"]


def test_an_answer_on_disk_is_not_asked_for_again(tmp_path: Path) -> None:
    """Nor is an empty one; another model, wish or context is another question."""
    answers = Answers(tmp_path / "answers.sqlite")
    with serving(lambda text: chat("Gout" if "podagra" in text else "")) as server:
        first = asking(server.url, answers)([query("podagra"), query("thing")])
        second = asking(server.url, answers)
        assert second([query("podagra"), query("thing")]) == first == [("Gout",), ()]
        assert len(server.asked) == 2
        assert dict(+second.outcomes) == {"used": 1, "of no use": 1}
        second([query("podagra", "podagra again")])
        asking(server.url, answers, asking="synonyms")([query("podagra")])
        assert len(server.asked) == 4


def test_a_question_of_the_same_run_is_counted_and_asked_once() -> None:
    """Even where no file keeps the answers."""
    with serving(always("Gout")) as server:
        reformulate = asking(server.url)
        assert reformulate([query("podagra")]) == reformulate([query("podagra")]) == [("Gout",)]
        assert len(server.asked) == 1
    assert dict(+reformulate.outcomes) == {"used": 1}


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    """The next run asks again."""
    answers = Answers(tmp_path / "answers.sqlite")
    with serving(lambda _: (500, b"")) as server:
        assert asking(server.url, answers)([query("podagra")]) == [()]
    with serving(always("Gout")) as server:
        assert asking(server.url, answers)([query("podagra")]) == [("Gout",)]


def test_answers_are_kept_by_several_at_once(tmp_path: Path) -> None:
    """The first of two answers to one question stays."""
    answers = Answers(tmp_path / "sub" / "answers.sqlite")

    def work(number: int) -> None:
        answers.put({f"{number}-{place}": "x" for place in range(50)} | {"shared": str(number)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    found = answers.get([f"{number}-{place}" for number in range(8) for place in range(50)])
    assert len(found) == 400
    kept = answers.get(["shared"])["shared"]
    answers.put({"shared": "later"})
    assert answers.get(["shared", "missing"]) == {"shared": kept}


def test_a_file_that_is_no_cache_is_an_error(tmp_path: Path) -> None:
    """It is named."""
    path = tmp_path / "answers.sqlite"
    path.write_text("this is a letter, and no database at all", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"answers\.sqlite: cannot keep answers there"):
        Answers(path).get(["x"])


def test_what_the_query_says_already_is_left_out() -> None:
    """An answer that is the mention, or its long form, adds nothing."""
    with serving(always("Myotonic  dystrophy")) as server:
        assert asking(server.url)([query("DM", expansion="myotonic dystrophy")]) == [()]
