"""What every re-ranker must do, run over each of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.rerank.fake_vllm import by_letter, fake_vllm
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from belink.rerank.backends.onnx import inline_model
from belink.rerank.backends.vllm import vllm_model
from belink.rerank.prompt import LETTERS, read_prompt
from belink.rerank.rerankers import Averaging, setwise
from belink.rerank.weighing import TypeWeights, Weighing
from belink.types import (
    Candidate,
    Context,
    Failed,
    Logits,
    Mention,
    Prompt,
    Query,
    Ranking,
    Reranker,
    Span,
)


def likeness(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
    """Score an option by the letters it shares with the mention; "none" by 0."""
    answers: list[Logits | Failed] = []
    for prompt in prompts:
        question = read_prompt(prompt.text)
        own = set(question.mention)
        shared = [float(len(own & set(option.label))) for option in question.options]
        answers.append(Logits((*shared, 0.0)))
    return answers


def fails_on_zeros(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
    """Fail where the mention has a "0"; NaN where it has a "1"."""
    answers = []
    for prompt, answer in zip(prompts, likeness(prompts), strict=True):
        mention = read_prompt(prompt.text).mention
        if "0" in mention:
            answer = Failed("zero")
        elif "1" in mention:
            answer = Logits((math.nan,) * len(prompt.letters))
        answers.append(answer)
    return answers


class SumOfTokens:
    """A session whose scores are the sums of the token ids up to each position."""

    def get_inputs(self) -> list[SimpleNamespace]:
        """Name the inputs."""
        names = ("input_ids", "option_positions")
        return [SimpleNamespace(name=name) for name in names]

    def get_outputs(self) -> list[SimpleNamespace]:
        """Name the output."""
        return [SimpleNamespace(name="scores")]

    def run(self, _: list[str], feeds: dict[str, NDArray[np.int64]]) -> list[NDArray[np.float64]]:
        """Score the positions."""
        sums = feeds["input_ids"].cumsum(axis=1) % 7
        return [np.take_along_axis(sums, feeds["option_positions"], axis=1).astype(np.float64)]


def letters_as_words() -> Tokenizer:
    words = {word: i for i, word in enumerate(["<unk>", *"ABCDEFGHIJKLMNOPQRSTUabc012"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def shared_letters(text: str) -> dict[int, float]:
    """Answer as `likeness` does, at the letters, but say nothing of B where the mention has a "2"."""
    question = read_prompt(text)
    own = set(question.mention)
    shared = [float(len(own & set(option.label))) for option in question.options]
    found = dict(zip(LETTERS, (*shared, 0.0), strict=False))
    return by_letter({letter: x for letter, x in found.items() if letter != "B" or "2" not in own})


RERANKERS: dict[str, Callable[[], Reranker]] = {
    "setwise": lambda: setwise(likeness),
    "few options": lambda: setwise(likeness, max_options=2),
    "tight budget": lambda: setwise(likeness, max_tokens=40),
    "averaged": lambda: setwise(likeness, averaging=Averaging(orders=3, margin=1.1)),
    "weighed": lambda: setwise(likeness, weighing=Weighing({"": TypeWeights(0.5, 0.5, -1.0, 2.0)})),
    "few shown": lambda: setwise(likeness, weighing=Weighing({"": TypeWeights(0.5, 0.5, 0.0, 2.0, cut=0.1)})),
    "prior": lambda: setwise(likeness, prior=[0.1] * 21),
    "failing": lambda: setwise(fails_on_zeros, averaging=Averaging(margin=1.1)),
    "in-line": lambda: setwise(inline_model(SumOfTokens(), letters_as_words(), workers=2)),
    "vLLM": lambda: setwise(vllm_model("m", api="completions", vllm=fake_vllm(shared_letters)[0])),
}
"""Every re-ranker of the package."""

NAMES = st.text("abc012 \n.«»|é病", max_size=8)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Query, tuple[Candidate, ...]]:
    mention = draw(NAMES)
    query = Query(Mention("d", (Span(0, 1),), mention, "Disease"), Context(mention, Span(0, len(mention))))
    found = draw(st.lists(NAMES, max_size=20))
    return query, tuple(
        Candidate(f"X:{i}", name, name, 0.5 / 2**i, "lexical") for i, name in enumerate(found)
    )


every_reranker = pytest.mark.parametrize("make", RERANKERS.values(), ids=RERANKERS)


@every_reranker
@settings(max_examples=30)
@given(st.lists(questions(), max_size=5))
def test_ranking(make: Callable[[], Reranker], asked: list[tuple[Query, tuple[Candidate, ...]]]) -> None:
    """A ranking has one probability in [0, 1] a candidate, and with that of "none" they add up to 1.

    So what is chosen is always one of the candidates given, by its place: an identifier cannot be invented.
    """
    rankings = make()([query for query, _ in asked], [found for _, found in asked])
    assert len(rankings) == len(asked)
    for ranking, (_, found) in zip(rankings, asked, strict=True):
        if isinstance(ranking, Ranking):
            values = (*ranking.probabilities, ranking.none_probability)
            assert len(ranking.probabilities) == len(found)
            assert all(0 <= value <= 1 for value in values)
            assert sum(values) == pytest.approx(1)
        else:
            assert ranking.reason


@every_reranker
@settings(max_examples=30)
@given(st.lists(questions(), max_size=5))
def test_batching_changes_nothing(
    make: Callable[[], Reranker], asked: list[tuple[Query, tuple[Candidate, ...]]]
) -> None:
    """Queries asked together have the rankings they have alone."""
    rerank = make()
    together = rerank([query for query, _ in asked], [found for _, found in asked])
    assert together == [rerank([query], [found])[0] for query, found in asked]


@every_reranker
def test_no_candidates(make: Callable[[], Reranker]) -> None:
    """Without candidates "none" is certain."""
    query = Query(Mention("d", (Span(0, 1),), "a", "Disease"), Context("a", Span(0, 1)))
    assert make()([query], [()]) == [Ranking((), 1.0)]


@every_reranker
def test_nothing_asked(make: Callable[[], Reranker]) -> None:
    """No queries give no rankings."""
    assert make()([], []) == []
