"""Ask an exported re-ranker the examples it is weighed by, and store with it what was fitted."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from belink.errors import ConfigError
from belink.link import open_cases
from belink.models.manifest import read_manifest, write_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.backends.onnx import GRAPH, TOKENIZER, inline_model
from belink.rerank.prompt import write_prompt
from belink.rerank.readout import probabilities
from belink.rerank.weighing import Weighing, is_settled, options_shown, write_weighing
from belink.train.examples import SURE, Example, read_examples
from belink.train.fit_weighing import Judged, Running, fit_cut, fit_weighing
from belink.train.instructions import Drawing
from belink.types import ChoiceModel, Failed, Prompt, Ranking

WEIGHING = "weighing.json"


def weigh_model(folder: Path, examples: Path) -> Weighing:
    """Fit how an exported model is weighed, and when it is asked, and store that with it.

    How many options are shown is set on training documents kept apart, the weights (three for a type of
    mention) on forms of development documents: of retrieval's scores on training documents one cannot tell
    how good they are on others (`belink.text.hand_made`).

    Args:
        folder: of the model.
        examples: folder with `weigh-*.jsonl`, `running-*.jsonl` and `dev-*.jsonl` of `belink train examples`.

    Raises:
        ConfigError: the folder holds no examples of some kind.
        ModelError: the model cannot be used.
    """
    weigh, running, unseen = (read_part(examples, part) for part in ("weigh", "running", "dev"))
    manifest = read_manifest(folder)
    tokenizer = open_tokenizer(folder / TOKENIZER)
    model = inline_model(open_session(folder / GRAPH, threads=1), tokenizer, workers=os.cpu_count() or 1)
    drawing = Drawing(options=manifest.max_options, max_tokens=manifest.max_tokens)

    def ask(asked: Sequence[Example], cut: float) -> list[Ranking | None]:
        found = judge(model, asked, drawing, lambda text: len(tokenizer.encode(text).ids), cut=cut)
        return [each if isinstance(each, Ranking) else None for each in found]

    def judged(asked: Sequence[Example], cut: float) -> list[Judged]:
        pairs = zip(asked, ask(asked, cut), strict=True)
        return [Judged(each, ranking) for each, ranking in pairs if ranking is not None]

    cut = fit_cut(judged(weigh, 0.0))
    linked, new = (
        _as_linked(each, partial(ask, cut=cut), manifest.max_options) for each in (running, unseen)
    )
    weighing = fit_weighing(judged(unseen, cut), linked, new, cut=cut)
    write_weighing(folder / WEIGHING, weighing)
    names = {file.name for file in manifest.files} | {WEIGHING}
    write_manifest(folder, replace(manifest, weighing=WEIGHING), sorted(names))
    return weighing


def _as_linked(
    examples: Sequence[Example], ask: Callable[[Sequence[Example]], list[Ranking | None]], options: int
) -> list[Running]:
    """Ask about mentions of running text as `link` does, each question once, but where retrieval is sure."""
    sure = [
        not each.candidates or is_settled([one.score for one in each.candidates], SURE) for each in examples
    ]
    queries, candidates = [each.query for each in examples], [each.candidates for each in examples]
    cases = open_cases(queries, candidates, sure, options)
    firsts: dict[int, Example] = {}
    for case, example in zip(cases, examples, strict=True):
        if case.question is not None:
            firsts.setdefault(case.question, example)
    rankings = ask(list(firsts.values()))
    return [
        Running(example, None if case.question is None else rankings[case.question])
        for case, example in zip(cases, examples, strict=True)
    ]


def judge(
    model: ChoiceModel,
    examples: Sequence[Example],
    drawing: Drawing,
    count_tokens: Callable[[str], int],
    *,
    cut: float = 0.0,
) -> list[Ranking | Failed]:
    """Ask a model each example once, its options in retrieval's order; aligned."""
    answers = model([as_prompt(each, drawing, count_tokens, cut=cut) for each in examples])
    found = (answer if isinstance(answer, Failed) else probabilities(answer) for answer in answers)
    return [each if isinstance(each, Failed) else Ranking(each[:-1], each[-1]) for each in found]


def as_prompt(
    example: Example, drawing: Drawing, count_tokens: Callable[[str], int], *, cut: float = 0.0
) -> Prompt:
    """Write an example as it is asked when linking with `TypeWeights.cut`."""
    most = example.candidates[: drawing.options]
    return write_prompt(
        example.query,
        most[: options_shown([each.score for each in most], cut)],
        max_tokens=drawing.max_tokens,
        count_tokens=count_tokens,
        describe=example.describe,
    )


def read_part(folder: Path, part: str) -> list[Example]:
    """Read all examples of a part, file by file in the order of their names.

    Raises:
        ConfigError: there is no such file.
    """
    files = sorted(folder.glob(f"{part}-*.jsonl"))
    if not files:
        raise ConfigError(f"{folder}: no {part}-*.jsonl; make examples with `belink train examples`")
    return [each for file in files for each in read_examples(file)]
