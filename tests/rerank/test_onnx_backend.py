from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE, WordLevel
from tokenizers.pre_tokenizers import ByteLevel, Split, Whitespace
from tokenizers.processors import ByteLevel as ByteLevelOffsets
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from belink.errors import ModelError
from belink.models.manifest import Manifest, Readout, write_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.backends.onnx import as_feed, inline_model, load_reranker, option_positions
from belink.rerank.prompt import PROMPT_VERSION, write_prompt
from belink.rerank.weighing import TypeWeights, Weighing, write_weighing
from belink.types import (
    Candidate,
    ChoiceModel,
    Context,
    Failed,
    Logits,
    Mention,
    Prompt,
    Query,
    Ranking,
    Span,
)

WORDS = {"<unk>": 0, "\n": 1, "gout": 2, "flu": 3, "pain": 4}
VALUES = (0.001, 0.0, 8.0, 1.0, -2.0)
"""What each word adds to a score."""


def save_tokenizer(path: Path) -> None:
    """A tokeniser of words, each line break a token of its own."""
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Split(Regex(r" |(?=\n)|(?<=\n)"), "removed")
    tokenizer.save(str(path))


def save_graph(path: Path, output: str = "scores") -> None:
    """A graph whose score at a position is the sum of the words' values from the text's start up to it."""
    ints, floats = TensorProto.INT64, TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["values", "input_ids"], ["each"]),
            helper.make_node("CumSum", ["each", "axis"], ["sums"]),
            helper.make_node("GatherElements", ["sums", "option_positions"], [output], axis=1),
        ],
        "tiny",
        [
            helper.make_tensor_value_info("input_ids", ints, [1, "T"]),
            helper.make_tensor_value_info("option_positions", ints, [1, "N"]),
        ],
        [helper.make_tensor_value_info(output, floats, [1, "N"])],
        [
            numpy_helper.from_array(np.array(VALUES, dtype=np.float32), "values"),
            numpy_helper.from_array(np.array(1, dtype=np.int64), "axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_graph(tmp_path / "model.onnx")
    save_tokenizer(tmp_path / "tokenizer.json")
    write_weighing(tmp_path / "weighing.json", Weighing({"": TypeWeights(1.0, 0.0, 0.0, 2.0)}))
    seal(tmp_path)
    return tmp_path


def seal(folder: Path, prompt_version: str = PROMPT_VERSION, readout: Readout = "in-line") -> None:
    manifest = Manifest(
        1,
        "reranker",
        prompt_version,
        readout,
        3,
        64,
        "none",
        "Apache-2.0",
        "weighing.json",
        (),
    )
    write_manifest(folder, manifest, ["model.onnx", "tokenizer.json", "weighing.json"])


@pytest.fixture
def model(folder: Path) -> ChoiceModel:
    session = open_session(folder / "model.onnx", threads=1)
    return inline_model(session, open_tokenizer(folder / "tokenizer.json"), workers=3)


def make_query(text: str = "word") -> Query:
    return Query(Mention("d", (Span(0, 1),), "x", "Disease"), Context(f"x {text}", Span(0, 1)))


def make_candidates(*aliases: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"X:{i}", alias, alias, 0.5, "lexical") for i, alias in enumerate(aliases))


def make_prompt(*aliases: str, text: str = "word") -> Prompt:
    return write_prompt(make_query(text), make_candidates(*aliases), max_tokens=10**6)


def steps(answer: Logits | Failed) -> list[float]:
    """What each option's own line adds to the score."""
    assert isinstance(answer, Logits)
    return [round(float(value)) for value in np.diff(np.array(answer.values), prepend=answer.values[0])]


def test_scores_are_read_at_line_ends(model: ChoiceModel) -> None:
    """Each option's score is read at the end of its own line, the last one's at "none of the above"."""
    [answer] = model([make_prompt("pain", "gout", "flu", "gout gout")])
    assert steps(answer) == [0, 8, 1, 16, 0]


def test_company_changes_nothing(model: ChoiceModel) -> None:
    """A question's scores are the same alone and among others of any length and number of options."""
    prompts = [make_prompt(*["gout", "flu", "pain"][: i % 4], text="word " * (i * 7 % 90)) for i in range(20)]
    assert model(prompts) == [model([prompt])[0] for prompt in prompts]


def test_nothing_is_read_behind_the_options(folder: Path) -> None:
    """Tokens end with the line of the last option."""
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    prompt = make_prompt("gout", "flu")
    encoding = tokenizer.encode(prompt.text)
    feed = as_feed(encoding, prompt)
    assert feed["option_positions"].tolist() == [option_positions(encoding, prompt)]
    assert feed["input_ids"].tolist() == [encoding.ids[:-1]]
    assert prompt.text[slice(*encoding.offsets[-1])] == "Answer:"


def test_no_questions(model: ChoiceModel) -> None:
    """No questions give no answers."""
    assert model([]) == []


def test_too_long(folder: Path) -> None:
    """A question longer than the model reads fails in its place; the others are answered."""
    session = open_session(folder / "model.onnx")
    model = inline_model(session, open_tokenizer(folder / "tokenizer.json"), max_tokens=60)
    answers = model([make_prompt("gout"), make_prompt("gout", text="word " * 100), make_prompt("gout")])
    assert answers[1] == Failed("the question is longer than the 60 tokens the model reads")
    assert steps(answers[0]) == steps(answers[2]) == [0, 0]


def words_without_line_breaks() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def line_breaks_joined_to_words() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Split(Regex(r"\S+\n?"), "isolated")
    return tokenizer


def with_specials() -> Tokenizer:
    tokenizer = words_without_line_breaks()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 5), ("</s>", 6)]
    )
    return tokenizer


@pytest.mark.parametrize("trim", [True, False])
def test_positions_under_bytes(trim: bool) -> None:
    """A byte-level tokeniser, as GPT-2's and its heirs', is read at the line break itself."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = ByteLevelOffsets(trim_offsets=trim)
    alphabet = ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["gout flu pain"], BpeTrainer(initial_alphabet=alphabet, show_progress=False)
    )
    prompt = make_prompt("gout", "flu (β 痛)", "pain")
    encoding = tokenizer.encode(prompt.text)
    assert [encoding.tokens[i] for i in option_positions(encoding, prompt)] == ["Ċ"] * 4
    ends = [encoding.offsets[i][1] for i in option_positions(encoding, prompt)]
    assert ends == list(prompt.option_ends)


@pytest.mark.parametrize("make", [words_without_line_breaks, line_breaks_joined_to_words, with_specials])
def test_positions_under_other_tokenisers(make: Callable[[], Tokenizer]) -> None:
    """Whatever a tokeniser does with line breaks and special tokens, a position is the line's last token."""
    prompt = make_prompt("gout", "flu", "pain «β» 痛")
    encoding = make().encode(prompt.text)
    texts = [prompt.text[slice(*encoding.offsets[i])].strip() for i in option_positions(encoding, prompt)]
    assert texts == ["gout", "flu", "痛", "above"]


def test_other_outputs(tmp_path: Path) -> None:
    """A graph with other outputs is an error that names what it has and what it must have."""
    save_graph(tmp_path / "model.onnx", output="logits")
    save_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match=r"gives logits; expected .*option_positions and scores"):
        inline_model(open_session(tmp_path / "model.onnx"), open_tokenizer(tmp_path / "tokenizer.json"))


def rank(found: Sequence[Ranking | Failed]) -> list[float]:
    [ranking] = found
    assert isinstance(ranking, Ranking)
    return [round(p, 3) for p in (*ranking.probabilities, ranking.none_probability)]


def test_load_reranker(folder: Path) -> None:
    """A folder gives a re-ranker with the options, budget and weighing of its manifest."""
    rerank = load_reranker(folder, threads=1)
    found = rank(rerank([make_query()], [make_candidates("pain", "flu", "gout", "gout")]))
    assert found == pytest.approx([0.0, 0.0, 0.5, 0.0, 0.5], abs=0.01)


def test_fewer_options(folder: Path) -> None:
    """Fewer options than the model was trained on can be asked for, more cannot."""
    rerank = load_reranker(folder, max_options=1)
    assert rank(rerank([make_query()], [make_candidates("pain", "gout")]))[1] == 0.0
    more = load_reranker(folder, max_options=20)
    assert rank(more([make_query()], [make_candidates("a", "b", "c", "gout")]))[3] == 0.0


def test_other_prompt_version(folder: Path) -> None:
    """A model trained on another version of the question is an error that names both versions."""
    seal(folder, prompt_version="0")
    with pytest.raises(ModelError, match=f"prompt version 0, this BeLink writes version {PROMPT_VERSION}"):
        load_reranker(folder)


def test_letters_model(folder: Path) -> None:
    """A model read at letters is an error that says how to use it."""
    seal(folder, readout="letters")
    with pytest.raises(ModelError, match="the readout is 'letters', expected 'in-line'"):
        load_reranker(folder)


def test_truncated_model(folder: Path) -> None:
    """A truncated graph is found by its length before it is opened."""
    graph = folder / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-10])
    with pytest.raises(ModelError, match="truncated or replaced"):
        load_reranker(folder)
