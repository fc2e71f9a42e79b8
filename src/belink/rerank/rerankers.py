"""The set-wise re-ranker: one question a mention, all candidates at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from belink.errors import ConfigError, ModelError
from belink.rerank.prompt import MAX_OPTIONS, write_prompt
from belink.rerank.readout import probabilities
from belink.rerank.weighing import Weighing
from belink.types import Candidate, ChoiceModel, Failed, Logits, Prompt, Query, Ranking


@dataclass(frozen=True, slots=True)
class Averaging:
    """Ask a close question again with its options in other orders, and average.

    Attributes:
        orders: how often a close question is asked in all: 2 forwards and backwards, more in rotations.
        margin: a question is close where its two best answers differ by less than this in probability.
    """

    orders: int = 2
    margin: float = 0.2


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a query was judged.

    Attributes:
        prompt: the question as asked, its options the first candidates; None where there were none.
        model: what the model makes of the options shown.
        ranking: of all candidates, weighed with retrieval's scores where the re-ranker does so.
    """

    prompt: Prompt | None
    model: Ranking
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class SetwiseReranker:
    """Shows a model the first candidates of a query in one question; see `setwise`."""

    model: ChoiceModel
    max_options: int
    write: Callable[[Query, Sequence[Candidate]], Prompt]
    prior: Sequence[float] | None
    averaging: Averaging | None
    weighing: Weighing | None

    def __call__(
        self, queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]:
        """Judge; see `belink.types.Reranker`."""
        found = self.judge(queries, candidates)
        return [each if isinstance(each, Failed) else each.ranking for each in found]

    def judge(
        self, queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]]
    ) -> list[Judgement | Failed]:
        """Judge as a `Reranker` does, and tell how."""
        pairs = list(zip(queries, candidates, strict=True))
        items = [(query, self._shown(query, found)) for query, found in pairs if found]
        prompts = [self.write(*item) for item in items]
        rankings = _judge(self.model, prompts, self.prior)
        if self.averaging is not None:
            rankings = _average(self.model, self.write, items, rankings, self.averaging, self.prior)
        answers = zip(prompts, rankings, strict=True)
        return [
            self._finish(*next(answers), found, query.mention.type) if found else _NOTHING_TO_ASK
            for query, found in pairs
        ]

    def _shown(self, query: Query, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        most = candidates[: self.max_options]
        return most if self.weighing is None else most[: self.weighing.shown(most, query.mention.type)]

    def _finish(
        self, prompt: Prompt, model: Ranking | Failed, candidates: tuple[Candidate, ...], type_: str
    ) -> Judgement | Failed:
        if isinstance(model, Failed):
            return model
        seen = model if self.weighing is None else self.weighing.apply(model, candidates, type_)
        padding = (0.0,) * (len(candidates) - len(seen.probabilities))
        ranking = Ranking((*seen.probabilities, *padding), seen.none_probability, seen.degraded)
        return Judgement(prompt, model, ranking)


_NOTHING_TO_ASK = Judgement(None, Ranking((), 1.0), Ranking((), 1.0))


def setwise(
    model: ChoiceModel,
    *,
    max_options: int = 10,
    max_tokens: int = 256,
    count_tokens: Callable[[str], int] | None = None,
    describe: Callable[[str], str] | None = None,
    prior: Sequence[float] | None = None,
    averaging: Averaging | None = None,
    weighing: Weighing | None = None,
) -> SetwiseReranker:
    """Make a re-ranker that shows `model` the first `max_options` candidates of a query in one question.

    All questions go to the model in one batch, identical ones once. Candidates that are not shown get
    probability 0. A query without candidates gets "none" with probability 1, and the model is not asked.
    A model chooses among options by their place, so an identifier that no candidate has cannot come out.

    Args:
        model: scores the options of questions.
        max_options: 1 to `MAX_OPTIONS`.
        max_tokens: budget of a question; see `write_prompt`.
        count_tokens: counts a text's tokens; see `write_prompt`.
        describe: tells a concept (by id) from its neighbours; see `write_prompt`.
        prior: the model's probability of each letter whatever it stands for; see `readout.probabilities`.
        averaging: asks close questions in several orders; None asks once.
        weighing: joins the model's probabilities with retrieval's scores, and leaves out of the question what
            retrieval finds too improbable; None leaves the model's and shows all.

    Raises:
        ConfigError: `max_options` is out of range. The re-ranker itself raises `ModelError` where the
            model does not give one answer a question.
    """
    if not 1 <= max_options <= MAX_OPTIONS:
        raise ConfigError(f"max_options is {max_options}, expected 1 to {MAX_OPTIONS}")

    def write(query: Query, candidates: Sequence[Candidate]) -> Prompt:
        return write_prompt(
            query, candidates, max_tokens=max_tokens, count_tokens=count_tokens, describe=describe
        )

    return SetwiseReranker(model, max_options, write, prior, averaging, weighing)


def _judge(
    model: ChoiceModel, prompts: Sequence[Prompt], prior: Sequence[float] | None
) -> list[Ranking | Failed]:
    """Ask each distinct question once; aligned with `prompts`."""
    distinct = list(dict.fromkeys(prompts))
    answers = model(distinct) if distinct else []
    if len(answers) != len(distinct):
        raise ModelError(f"the model gave {len(answers)} answers to {len(distinct)} questions")
    pairs = zip(distinct, answers, strict=True)
    rankings = {prompt: _read(prompt, answer, prior) for prompt, answer in pairs}
    return [rankings[prompt] for prompt in prompts]


def _read(prompt: Prompt, answer: Logits | Failed, prior: Sequence[float] | None) -> Ranking | Failed:
    if isinstance(answer, Failed):
        return answer
    if len(answer.values) != len(prompt.letters):
        return Failed(f"the model gave {len(answer.values)} scores for {len(prompt.letters)} options")
    found = probabilities(answer, prior=prior)
    if isinstance(found, Failed):
        return found
    return Ranking(found[:-1], found[-1], answer.degraded)


def _average(
    model: ChoiceModel,
    write: Callable[[Query, Sequence[Candidate]], Prompt],
    items: Sequence[tuple[Query, tuple[Candidate, ...]]],
    rankings: Sequence[Ranking | Failed],
    averaging: Averaging,
    prior: Sequence[float] | None,
) -> list[Ranking | Failed]:
    """Ask the close ones again in other orders; an order that fails is left out of the average."""
    asked = [
        (i, order)
        for i, ((_, seen), ranking) in enumerate(zip(items, rankings, strict=True))
        if isinstance(ranking, Ranking) and _margin(ranking) < averaging.margin
        for order in _other_orders(len(seen), averaging.orders)
    ]
    prompts = [write(items[i][0], [items[i][1][place] for place in order]) for i, order in asked]
    votes: dict[int, list[Ranking]] = {}
    for (i, order), ranking in zip(asked, _judge(model, prompts, prior), strict=True):
        if isinstance(ranking, Ranking):
            votes.setdefault(i, []).append(_in_first_order(ranking, order))
    return [
        _mean([ranking, *votes.get(i, ())]) if isinstance(ranking, Ranking) else ranking
        for i, ranking in enumerate(rankings)
    ]


def _margin(ranking: Ranking) -> float:
    best, second = sorted((*ranking.probabilities, ranking.none_probability), reverse=True)[:2]
    return best - second


def _other_orders(n: int, orders: int) -> list[tuple[int, ...]]:
    """Give up to `orders - 1` further orders of n options: backwards for two in all, else even rotations."""
    places = tuple(range(n))
    if orders == 2:
        found = [places[::-1]]
    else:
        shifts = (n * turn // orders for turn in range(1, orders))
        found = [places[shift:] + places[:shift] for shift in shifts]
    return [order for order in dict.fromkeys(found) if order != places]


def _in_first_order(ranking: Ranking, order: Sequence[int]) -> Ranking:
    back = sorted(range(len(order)), key=order.__getitem__)
    return Ranking(tuple(ranking.probabilities[i] for i in back), ranking.none_probability, ranking.degraded)


def _mean(rankings: Sequence[Ranking]) -> Ranking:
    n = len(rankings)
    columns = zip(*(ranking.probabilities for ranking in rankings), strict=True)
    return Ranking(
        tuple(sum(column) / n for column in columns),
        sum(ranking.none_probability for ranking in rankings) / n,
        any(ranking.degraded for ranking in rankings),
    )
