"""A small tuned model under onnxruntime: in-line readout, all options of a question in one pass.

The graph reads `input_ids` [B, T], `attention_mask` [B, T] and `option_positions` [B, N] (int64) and gives
one float output, `scores` [B, N]: the score of each option, read at the last token of its line.

Legend: `B` questions of a batch, `T` tokens, `N` options with "none" last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.errors import ModelError
from belink.models.manifest import check_files, read_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.calibration import read_calibration
from belink.rerank.prompt import PROMPT_VERSION
from belink.rerank.rerankers import Averaging, setwise
from belink.types import ChoiceModel, Failed, Logits, Prompt, Reranker

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"
INPUTS = ("attention_mask", "input_ids", "option_positions")
BUCKET = 32
"""Questions are padded to a multiple of so many tokens: few distinct shapes, the same for a question
whatever its company."""

_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A question in tokens; `place` is its place among the questions asked."""

    place: int
    ids: list[int]
    positions: list[int]
    bucket: int


def inline_model(
    session: InferenceSession, tokenizer: Tokenizer, *, max_tokens: int = 2048, batch_size: int = 8
) -> ChoiceModel:
    """Make a `ChoiceModel` that reads all options of a question in one forward pass.

    Questions are padded to the next multiple of `BUCKET` tokens and batched only with others of that
    length, and scores are rounded to 4 decimals, so that an answer does not depend on its company. This
    holds for float and for weight-only quantised graphs; graphs that quantise activations over the whole
    batch need `batch_size=1` for it.

    Args:
        session: a graph with the inputs and output this module's docstring names.
        tokenizer: with offsets in code points, without padding or truncation.
        max_tokens: a longer question is `Failed`.
        batch_size: most questions of one pass.

    Raises:
        ModelError: the graph has other inputs or outputs.
    """
    _check_graph(session)

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        answers: list[Logits | Failed] = [
            Failed(f"the question is longer than the {max_tokens} tokens the model reads")
        ] * len(prompts)
        encodings = tokenizer.encode_batch([prompt.text for prompt in prompts])
        encoded = [
            _Encoded(i, encoding.ids, option_positions(encoding, prompt), -(-len(encoding.ids) // BUCKET))
            for i, (prompt, encoding) in enumerate(zip(prompts, encodings, strict=True))
            if len(encoding.ids) <= max_tokens
        ]
        for batch in _batches(encoded, batch_size):
            for item, row in zip(batch, _run(session, batch), strict=True):
                values = row[: len(item.positions)].tolist()
                answers[item.place] = Logits(tuple(round(value, _DECIMALS) for value in values))
        return answers

    return choose


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
    batch_size: int = 8,
    describe: Callable[[str], str] | None = None,
    averaging: Averaging | None = None,
) -> Reranker:
    """Load a tuned re-ranker from its folder: manifest, checksums, graph, tokeniser, calibration.

    Args:
        folder: with `manifest.json`, `model.onnx`, `tokenizer.json`.
        max_options: at most as many as the model was trained on, which is the default.
        threads: for one pass; 0 takes one a core.
        batch_size: most questions of one pass.
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
    check_files(folder, manifest)
    tokenizer = open_tokenizer(folder / TOKENIZER)
    session = open_session(folder / GRAPH, threads=threads)
    return setwise(
        inline_model(session, tokenizer, batch_size=batch_size),
        max_options=min(max_options or manifest.max_options, manifest.max_options),
        max_tokens=manifest.max_tokens,
        count_tokens=lambda text: len(tokenizer.encode(text).ids),
        describe=describe,
        averaging=averaging,
        calibration=read_calibration(folder / manifest.calibration) if manifest.calibration else None,
    )


def _check_graph(session: InferenceSession) -> None:
    inputs = tuple(sorted(node.name for node in session.get_inputs()))
    outputs = [node.name for node in session.get_outputs()]
    if inputs != INPUTS or outputs != ["scores"]:
        raise ModelError(
            f"the graph reads {', '.join(inputs)} and gives {', '.join(outputs)}; "
            f"expected {', '.join(INPUTS)} and scores"
        )


def _batches(encoded: Sequence[_Encoded], batch_size: int) -> list[list[_Encoded]]:
    """Group questions of one bucket, longest first, up to `batch_size` together."""
    batches: list[list[_Encoded]] = []
    for item in sorted(encoded, key=lambda item: (-item.bucket, item.place)):
        full = not batches or batches[-1][0].bucket != item.bucket or len(batches[-1]) == batch_size
        if full:
            batches.append([])
        batches[-1].append(item)
    return batches


def _run(session: InferenceSession, batch: Sequence[_Encoded]) -> NDArray[np.float32]:
    """Run one pass, [B, N]; scores beyond a question's own options mean nothing."""
    n_options = max(len(item.positions) for item in batch)
    ids = np.zeros((len(batch), batch[0].bucket * BUCKET), dtype=np.int64)
    mask = np.zeros_like(ids)
    positions = np.zeros((len(batch), n_options), dtype=np.int64)
    for row, item in enumerate(batch):
        ids[row, : len(item.ids)] = item.ids
        mask[row, : len(item.ids)] = 1
        positions[row, : len(item.positions)] = item.positions
    feeds = {"input_ids": ids, "attention_mask": mask, "option_positions": positions}
    scores: NDArray[np.float32] = session.run(["scores"], feeds)[0]
    return scores
