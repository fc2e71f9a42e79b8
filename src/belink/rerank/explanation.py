"""What a person is told of a question to the re-ranker, and of the gate before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from belink.rerank.rerankers import Judgement
from belink.rerank.weighing import Weighing
from belink.types import Candidate, Mention, Prompt, Query


@dataclass(frozen=True, slots=True)
class GateReport:
    """Why the model was asked, or was not: see `belink.rerank.weighing.TypeWeights`.

    Attributes:
        settled: retrieval is sure enough, so that the model is not asked.
        first: retrieval's score of its first candidate, 0 where there is none.
        second: of its second candidate.
        threshold: what `first` must reach, and what `second` must be below 1 minus.
    """

    settled: bool
    first: float
    second: float
    threshold: float


@dataclass(frozen=True, slots=True)
class AskedOption:
    """An option of a question as asked, and what each stage makes of it.

    Attributes:
        letter: its label.
        text: its line, without the label.
        concept_id: None for "none of the above".
        retrieval: retrieval's score; None for "none of the above".
        model: natural logarithm of the model's probability; None for a probability of 0.
        probability: the two weighed.
    """

    letter: str
    text: str
    concept_id: str | None
    retrieval: float | None
    model: float | None
    probability: float


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as asked: the whole text, the mention it was asked with, and its options in their order.

    `mention` is not the one decided where an earlier one of the document was asked about for both.
    `degraded` tells that a served model did not report every option.
    """

    mention: Mention
    text: str
    options: tuple[AskedOption, ...]
    degraded: bool


def explain_gate(weighing: Weighing, query: Query, candidates: Sequence[Candidate]) -> GateReport:
    """Tell what the gate did with a query."""
    first, second = ([each.score for each in candidates[:2]] + [0.0, 0.0])[:2]
    threshold = weighing.of(query.mention.type).gate
    return GateReport(weighing.settles(query, candidates), first, second, threshold)


def explain_question(
    judgement: Judgement, mention: Mention, candidates: Sequence[Candidate]
) -> AskedQuestion | None:
    """Tell what was asked and answered; None where there was no candidate to ask about.

    Args:
        judgement: of the question.
        mention: it was asked with.
        candidates: it was asked about, at least as many as it has options.
    """
    if judgement.prompt is None:
        return None
    shown: list[Candidate | None] = [*candidates[: len(judgement.model.probabilities)], None]
    columns = zip(
        judgement.prompt.letters,
        option_texts(judgement.prompt),
        shown,
        (*judgement.model.probabilities, judgement.model.none_probability),
        (*judgement.ranking.probabilities[: len(shown) - 1], judgement.ranking.none_probability),
        strict=True,
    )
    options = tuple(
        AskedOption(
            letter,
            text,
            None if candidate is None else candidate.concept_id,
            None if candidate is None else candidate.score,
            math.log(model) if model > 0 else None,
            probability,
        )
        for letter, text, candidate, model, probability in columns
    )
    return AskedQuestion(mention, judgement.prompt.text, options, judgement.ranking.degraded)


def option_texts(prompt: Prompt) -> list[str]:
    """Give the options as they stand in a question, without letters and line breaks."""
    lines = prompt.text[: prompt.option_ends[-1]].splitlines()[-len(prompt.option_ends) :]
    return [line[len("A. ") :] for line in lines]
