"""A whole training run of the re-ranker: examples in, trained weights and a model to ship out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from belink.models.manifest import read_manifest
from belink.models.onnx import open_tokenizer
from belink.rerank.backends.onnx import GRAPH, TOKENIZER
from belink.train.examples import Example
from belink.train.export_reranker import export_reranker
from belink.train.reranker import RerankerSettings, train_reranker
from belink.train.weigh_model import as_prompt, read_part, weigh_model

SAMPLE = 128
CHECKED = 400


def run_reranker(settings: RerankerSettings, examples: Path, out: Path) -> Path:
    """Train, export and weigh: `out/reranker` in float for PyTorch, `out/model` for BeLink.

    Args:
        settings: see `RerankerSettings`.
        examples: folder of `belink train examples`.
        out: folder of the run; a run in it is gone on with.

    Raises:
        ConfigError: the folder holds no examples of some kind.
        ModelError: the base cannot be loaded, or quantising it loses too much.
    """
    train, dev = (read_part(examples, part) for part in ("train", "dev"))
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
        base_model=_base_model(settings.base),
        licence="Apache-2.0",
    )
    weigh_model(out / "model", examples)
    return out / "model"


def _base_model(base: str) -> str:
    """Give the language model behind a base: a re-ranker that is gone on with tells its own."""
    folder = Path(base)
    return read_manifest(folder).base_model if (folder / GRAPH).is_file() else base


def _spread(examples: Sequence[Example], settings: RerankerSettings, n: int) -> list[Example]:
    order = np.random.default_rng(settings.seed).permutation(len(examples))[:n]
    return [examples[i] for i in sorted(order.tolist())]
