from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from belink.errors import InputError
from belink.rerank.prompt import read_prompt
from belink.train.examples import Example, read_examples, training_mentions, write_examples
from belink.train.instructions import Drawing, Question, draw
from belink.types import (
    Annotation,
    Candidate,
    Context,
    Document,
    Mention,
    Query,
    Span,
)

PLAIN = Drawing(dropped=0.0, shuffled=0.0, hidden=0.0, rescued=1.0)


def make_example(n: int = 12, right: int = 1) -> Example:
    """A question whose candidates are named "alias 0" on, of which one is right."""
    mention = Mention("d", (Span(0, 2),), "DM", "Disease")
    candidates = tuple(Candidate(f"X:{i}", f"alias {i}", f"name {i}", 0.5, "lexical") for i in range(n))
    texts = tuple(f"note {i}" for i in range(n))
    return Example(
        "corpus", Query(mention, Context("DM rose", Span(0, 2))), candidates, (f"X:{right}",), texts
    )


def question(example: Example, drawing: Drawing, seed: int = 0) -> Question:
    return draw(example, drawing, np.random.default_rng(seed), count_tokens=lambda text: 1)


def drawn(example: Example, drawing: Drawing, seed: int = 0) -> tuple[list[str], int]:
    found = question(example, drawing, seed)
    labels = [option.label.partition(" (")[0] for option in read_prompt(found.prompt.text).options]
    return labels, found.answer


def test_examples_round_trip(tmp_path: Path) -> None:
    """What is written is read, the same and in order."""
    examples = [make_example(right=i) for i in (0, 5, 30)]
    assert write_examples(tmp_path / "e.jsonl", examples) == 3
    assert list(read_examples(tmp_path / "e.jsonl")) == examples


def test_faulty_line(tmp_path: Path) -> None:
    """A line that is no example is named by file and line."""
    write_examples(tmp_path / "e.jsonl", [make_example()])
    with (tmp_path / "e.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(InputError, match=r"e\.jsonl:2: not an example"):
        list(read_examples(tmp_path / "e.jsonl"))


def test_place() -> None:
    """The place is that of the first right candidate, -1 where retrieval missed it."""
    assert [make_example(right=i).place for i in (0, 11, 30)] == [0, 11, -1]


def test_options_in_retrieval_order() -> None:
    """Undisturbed, the first ten candidates are the options in their order, with their descriptions."""
    found = question(make_example(), PLAIN)
    options = read_prompt(found.prompt.text).options
    assert [option.label for option in options] == [f"alias {i} (name {i})" for i in range(10)]
    assert [option.description for option in options] == [f"note {i}" for i in range(10)]
    assert found.answer == 1


def test_hidden_answer() -> None:
    """Where the right option is hidden, "none" is right and the options are the wrong ones."""
    labels, answer = drawn(make_example(), replace(PLAIN, hidden=1.0))
    assert answer == len(labels) == 10
    assert "alias 1" not in labels


def test_missed_answer() -> None:
    """Where retrieval missed the right concept, "none" is right."""
    labels, answer = drawn(make_example(right=30), PLAIN)
    assert answer == len(labels)


def test_rescued_answer() -> None:
    """A right candidate ranked too low is shown in places of all sorts, or "none" is right."""
    found = [drawn(make_example(right=11), PLAIN, seed) for seed in range(40)]
    assert all(labels[answer] == "alias 11" for labels, answer in found)
    assert len({answer for _, answer in found}) > 5
    labels, answer = drawn(make_example(right=11), replace(PLAIN, rescued=0.0))
    assert answer == len(labels)


def test_shuffled_answer() -> None:
    """Shuffled options are the same ones, and the answer goes with its option."""
    labels, answer = drawn(make_example(), replace(PLAIN, shuffled=1.0), seed=3)
    assert sorted(labels) == [f"alias {i}" for i in range(10)]
    assert labels != sorted(labels) and labels[answer] == "alias 1"


def test_dropped_candidates() -> None:
    """Wrong candidates are dropped and lower ones move up; the right one stays."""
    labels, answer = drawn(make_example(20, right=3), replace(PLAIN, dropped=0.5), seed=1)
    assert labels[answer] == "alias 3"
    assert any(label == f"alias {i}" for label in labels for i in range(10, 20))


def scored(example: Example, *scores: float) -> Example:
    pairs = zip(example.candidates, scores, strict=True)
    return replace(example, candidates=tuple(replace(each, score=score) for each, score in pairs))


def test_cut_options() -> None:
    """Options that retrieval gives no more than the cut together are left out of the question."""
    example = scored(make_example(5), 0.6, 0.3, 0.06, 0.03, 0.01)
    assert drawn(example, replace(PLAIN, cut=0.1))[0] == ["alias 0", "alias 1"]
    assert len(drawn(example, replace(PLAIN, cut=0.05))[0]) == 3


def test_prior_goes_with_its_option() -> None:
    """What is added to a score is the logarithm of retrieval's, in whatever order options stand."""
    example = scored(make_example(4), 0.5, 0.3, 0.2, 0.0)
    for seed in range(5):
        found = question(example, replace(PLAIN, shuffled=1.0, prior=2.0), seed)
        places = [int(each.label[6]) for each in read_prompt(found.prompt.text).options]
        expected = [2 * np.log([0.5, 0.3, 0.2, 1e-4][place]) for place in places]
        assert found.prior[:-1] == pytest.approx(expected)
        assert found.prior[-1] == pytest.approx(2 * np.log(0.05))


def test_rescued_option_has_the_prior_of_the_place_it_takes() -> None:
    """A right candidate that is shown though ranked too low counts as the one did that it stands for."""
    example = scored(make_example(4, right=3), 0.5, 0.3, 0.2, 0.0)
    found = question(example, replace(PLAIN, options=3, prior=1.0))
    assert found.prior[:-1] == pytest.approx(np.log([0.5, 0.3, 0.2]))
    assert found.answer < 3


def make_doc(doc_id: str, *mentions: tuple[str, str]) -> Document:
    text = " ".join(name for name, _ in mentions)
    annotations, start = [], 0
    for name, ids in mentions:
        span = Span(start, start + len(name))
        concept_ids = tuple(filter(None, ids.split("|")))
        annotations.append(
            Annotation("", Mention(doc_id, (span,), name, "Disease"), "Disease", ids, concept_ids)
        )
        start += len(name) + 1
    return Document(doc_id, text, annotations=tuple(annotations))


def test_training_mentions() -> None:
    """Of a form and gold, mentions of distinct documents are taken; composite and unknown ones never."""
    docs = [
        make_doc("1", ("flu", "X:1"), ("Flu", "X:1"), ("a b", "X:1|X:2"), ("odd", ""), ("gone", "Y:9")),
        make_doc("2", ("flu", "X:1")),
        make_doc("3", ("flu", "X:1"), ("flu", "X:2")),
    ]
    chosen, left_out = training_mentions(
        docs,
        lambda id_: (id_,) if id_.startswith("X") else (),
        held_out=frozenset(),
        forms=frozenset(),
    )
    assert [(one.mention.document_id, one.mention.text, one.ids) for one in chosen] == [
        ("1", "flu", ("X:1",)),
        ("2", "flu", ("X:1",)),
        ("3", "flu", ("X:2",)),
    ]
    assert left_out == 0


def test_held_out_mentions() -> None:
    """Nothing is taken of scored documents, nor of scored forms of the same type."""
    docs = [make_doc("1", ("flu", "X:1"), ("cold", "X:2")), make_doc("2", ("fever", "X:3"))]
    chosen, left_out = training_mentions(
        docs, lambda id_: (id_,), held_out=frozenset({"2"}), forms=frozenset({("cold", "Disease")})
    )
    assert [one.mention.text for one in chosen] == ["flu"]
    assert left_out == 2
