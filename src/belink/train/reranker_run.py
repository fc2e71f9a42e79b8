"""A whole training run of the re-ranker: examples in, trained weights and a model to ship out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from belink.errors import ConfigError
from belink.models.manifest import read_manifest, write_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.backends.onnx import GRAPH, TOKENIZER, inline_model
from belink.rerank.prompt import write_prompt
from belink.rerank.readout import probabilities
from belink.rerank.weighing import Weighing, write_weighing
from belink.train.examples import Example, read_examples
from belink.train.export_reranker import export_reranker
from belink.train.fit_weighing import Judged, fit_weighing
from belink.train.instructions import Drawing
from belink.train.reranker import RerankerSettings, train_reranker
from belink.types import ChoiceModel, Failed, Prompt, Ranking

WEIGHING = "weighing.json"
SAMPLE = 128
CHECKED = 400


def run_reranker(settings: RerankerSettings, examples: Path, out: Path) -> Path:
    """Train, export and weigh: `out/reranker` in float for PyTorch, `out/model` for BeLink.

    Args:
        settings: see `RerankerSettings`.
        examples: folder with `train-*.jsonl`, `weigh-*.jsonl` and `dev-*.jsonl` of `belink train examples`.
        out: folder of the run; a run in it is gone on with.

    Raises:
        ConfigError: the folder holds no examples of some kind.
        ModelError: the base cannot be loaded, or quantising it loses too much.
    """
    train, weigh, dev = (read_part(examples, part) for part in ("train", "weigh", "dev"))
    trained = train_reranker(train, dev, settings, out)
    tokenizer = open_tokenizer(trained / TOKENIZER)

    def count(text: str) -> int:
        return len(tokenizer.encode(text).ids)

    questions = _spread([each for each in dev if each.place >= 0], settings, CHECKED)
    export_reranker(
        trained,
        out / "model",
        sample=[as_prompt(each, settings.drawing, count) for each in _spread(train, settings, SAMPLE)],
        dev=[
            (as_prompt(each, settings.drawing, count), each.place)
            for each in questions
            if each.place < settings.drawing.options
        ],
        max_options=settings.drawing.options,
        max_tokens=settings.drawing.max_tokens,
        base_model=settings.base,
        licence="Apache-2.0",
    )
    weigh_model(out / "model", weigh, dev, settings.drawing)
    return out / "model"


def weigh_model(folder: Path, weigh: Sequence[Example], dev: Sequence[Example], drawing: Drawing) -> Weighing:
    """Fit the weights of an exported model by `weigh`, its gates by `dev`, and store both with it."""
    tokenizer = open_tokenizer(folder / TOKENIZER)
    model = inline_model(open_session(folder / GRAPH, threads=1), tokenizer, workers=os.cpu_count() or 1)

    def judged(examples: Sequence[Example]) -> list[Judged]:
        rankings = judge(model, examples, drawing, lambda text: len(tokenizer.encode(text).ids))
        pairs = zip(examples, rankings, strict=True)
        return [Judged(each, found) for each, found in pairs if isinstance(found, Ranking)]

    weighing = fit_weighing(judged(weigh), judged(dev))
    write_weighing(folder / WEIGHING, weighing)
    manifest = read_manifest(folder)
    names = {file.name for file in manifest.files} | {WEIGHING}
    write_manifest(folder, replace(manifest, weighing=WEIGHING), sorted(names))
    return weighing


def judge(
    model: ChoiceModel, examples: Sequence[Example], drawing: Drawing, count_tokens: Callable[[str], int]
) -> list[Ranking | Failed]:
    """Ask a model each example once, its options in retrieval's order; aligned."""
    answers = model([as_prompt(each, drawing, count_tokens) for each in examples])
    found = (answer if isinstance(answer, Failed) else probabilities(answer) for answer in answers)
    return [each if isinstance(each, Failed) else Ranking(each[:-1], each[-1]) for each in found]


def as_prompt(example: Example, drawing: Drawing, count_tokens: Callable[[str], int]) -> Prompt:
    """Write an example as it is asked when linking."""
    return write_prompt(
        example.query,
        example.candidates[: drawing.options],
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


def _spread(examples: Sequence[Example], settings: RerankerSettings, n: int) -> list[Example]:
    order = np.random.default_rng(settings.seed).permutation(len(examples))[:n]
    return [examples[i] for i in sorted(order.tolist())]
