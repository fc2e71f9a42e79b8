"""A small tuned model under onnxruntime: in-line readout, all options of a question in one pass.

The graph reads one question, `input_ids` [1, T] and `option_positions` [1, N] (int64), and gives one float
output, `scores` [1, N]: the score of each option, read at the last token of its line. It may take the tokens
for granted that all questions of its prompt version begin with.

Questions are not put together in batches: they are some 200 tokens long, enough to keep a core busy, and
padding would be computed for nothing. Each core takes a question of its own instead.

Legend: `T` tokens, `N` options with "none" last.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.errors import ModelError
from belink.models.manifest import check_files, read_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.prompt import PROMPT_VERSION
from belink.rerank.rerankers import Averaging, SetwiseReranker, setwise
from belink.rerank.weighing import read_weighing
from belink.types import ChoiceModel, Failed, Logits, Prompt

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"
INPUTS = ("input_ids", "option_positions")
MOST_TOKENS = 2048
"""Longest question a graph need read."""

_DECIMALS = 4


def inline_model(
    session: InferenceSession, tokenizer: Tokenizer, *, max_tokens: int = MOST_TOKENS, workers: int = 1
) -> ChoiceModel:
    """Make a `ChoiceModel` that reads all options of a question in one forward pass.

    Each question has a pass of its own, so its answer cannot depend on its company. Scores are rounded to
    4 decimals.

    Args:
        session: a graph with the inputs and output this module's docstring names.
        tokenizer: with offsets in code points, without padding or truncation.
        max_tokens: a longer question is `Failed`.
        workers: questions answered at the same time.

    Raises:
        ModelError: the graph has other inputs or outputs.
    """
    _check_graph(session)

    def score(encoding: Encoding, prompt: Prompt) -> Logits | Failed:
        feed = as_feed(encoding, prompt)
        if feed["input_ids"].size > max_tokens:
            return Failed(f"the question is longer than the {max_tokens} tokens the model reads")
        values = session.run(["scores"], feed)[0][0].tolist()
        return Logits(tuple(round(value, _DECIMALS) for value in values))

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        encodings = tokenizer.encode_batch([prompt.text for prompt in prompts])
        if workers == 1 or len(prompts) < 2:
            return [score(*pair) for pair in zip(encodings, prompts, strict=True)]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(score, encodings, prompts))

    return choose


def as_feed(encoding: Encoding, prompt: Prompt) -> dict[str, NDArray[np.int64]]:
    """Give what the graph reads; what stands behind the last option decides nothing and is left out."""
    positions = option_positions(encoding, prompt)
    return {
        "input_ids": np.array([encoding.ids[: positions[-1] + 1]], dtype=np.int64),
        "option_positions": np.array([positions], dtype=np.int64),
    }


def option_positions(encoding: Encoding, prompt: Prompt) -> list[int]:
    """Give for each option the index of the last token that ends by the end of the option's line.

    That is the line break where the tokeniser keeps it (alone or with what stands before it), else the
    last token of the option's own text.
    """
    own = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    offsets = encoding.offsets
    ends = [offsets[i][1] for i in own]
    return [own[max(bisect_right(ends, end) - 1, 0)] for end in prompt.option_ends]


def load_reranker(
    folder: Path,
    *,
    max_options: int | None = None,
    threads: int = 0,
    describe: Callable[[str], str] | None = None,
    averaging: Averaging | None = None,
) -> SetwiseReranker:
    """Load a tuned re-ranker from its folder: manifest, checksums, graph, tokeniser, weighing.

    Args:
        folder: with `manifest.json`, `model.onnx`, `tokenizer.json`.
        max_options: at most as many as the model was trained on, which is the default.
        threads: questions answered at the same time; 0 takes one a core.
        describe: tells a concept (by id) from its neighbours; see `write_prompt`.
        averaging: asks close questions in several orders.

    Raises:
        ModelError: a file is missing, damaged or of another version, or the model is of another kind.
    """
    manifest = read_manifest(folder)
    if manifest.prompt_version != PROMPT_VERSION:
        raise ModelError(
            f"{folder}: trained on prompt version {manifest.prompt_version}, this BeLink writes version "
            f"{PROMPT_VERSION}; get the model made for it or train it again"
        )
    if manifest.readout != "in-line":
        raise ModelError(
            f"{folder}: the readout is '{manifest.readout}', expected 'in-line'; serve a model of letters "
            "over an OpenAI-compatible endpoint and give its URL"
        )
    check_files(folder, manifest.files)
    tokenizer = open_tokenizer(folder / TOKENIZER)
    session = open_session(folder / GRAPH, threads=1)
    return setwise(
        inline_model(session, tokenizer, workers=threads or os.cpu_count() or 1),
        max_options=min(max_options or manifest.max_options, manifest.max_options),
        max_tokens=manifest.max_tokens,
        count_tokens=lambda text: len(tokenizer.encode(text).ids),
        describe=describe,
        averaging=averaging,
        weighing=read_weighing(folder / manifest.weighing) if manifest.weighing else None,
    )


def _check_graph(session: InferenceSession) -> None:
    inputs = tuple(sorted(node.name for node in session.get_inputs()))
    outputs = [node.name for node in session.get_outputs()]
    if inputs != INPUTS or outputs != ["scores"]:
        raise ModelError(
            f"the graph reads {', '.join(inputs)} and gives {', '.join(outputs)}; "
            f"expected {', '.join(INPUTS)} and scores"
        )
