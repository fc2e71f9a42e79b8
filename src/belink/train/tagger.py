"""Train the tagger on corpora that annotate different types.

Each type has its own labels, and a type that a document's corpus does not annotate counts in no loss (as in
Greenberg et al. 2018, doi 10.18653/v1/D18-1306, of whose marginalisation nothing is left where types are
tagged apart). A run that was killed goes on from its last checkpoint.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from belink.detect.pieces import FEATURES, SHAPES, TAGGED_TYPES, WINDOW
from belink.models.encoder import MODEL
from belink.train.averaging import average
from belink.train.checkpoint import add_to_curve, load_checkpoint, save_checkpoint
from belink.train.exported_tagger import load_exported
from belink.train.tagger_corpora import MASKED, LabelledText
from belink.train.tagger_dev import measure_tagger
from belink.train.tagger_network import TaggerNetwork, load_tagger_network

log = logging.getLogger(__name__)

LOG_STEPS = 20
_POOL = 16
"""Batches over which windows are sorted by length."""


@dataclass(frozen=True, slots=True)
class TaggerSettings:
    """Everything that decides what a run gives, `threads` and the two intervals apart.

    Attributes:
        base: Hugging Face id or folder of the encoder to start from.
        seed: of windows, order and dropout.
        steps: updates of the weights.
        batch_windows: windows a step, of at most `WINDOW` word pieces.
        learning_rate: of the encoder, its highest value.
        head_learning_rate: of the new layers.
        warmup_steps: steps in which the rates rise from 0; they fall to 0 in a straight line from there.
        weight_decay: of AdamW, biases and norms left out.
        dropout: before the outputs.
        dictionary_dropout: share of windows in which the dictionary's hits of a type are hidden, so that
            the tagger also works with other vocabularies and with none.
        bf16: compute in bfloat16 where that is safe (weights stay float32).
        threads: of PyTorch; 0 leaves it to PyTorch.
        checkpoint_s: seconds between checkpoints.
        dev_steps: steps between two measurements on dev.
        exported: folder of an exported tagger (`belink.train.export_tagger`) of this base, whose weights
            training begins with; "" begins with the base's.
        copies: copies of each document in which mentions are others of their type (`belink.train.swaps`); of
            them a pass learns twice as much as of the documents.
        tuned_share: of the trained weights in what is saved; the rest is that of the weights training began
            with (`belink.train.averaging`).
    """

    base: str
    seed: int = 0
    steps: int = 2000
    batch_windows: int = 16
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    dropout: float = 0.1
    dictionary_dropout: float = 0.25
    bf16: bool = True
    threads: int = 0
    checkpoint_s: float = 300.0
    dev_steps: int = 500
    exported: str = ""
    copies: int = 0
    tuned_share: float = 1.0


_MAY_DIFFER = frozenset({"threads", "checkpoint_s", "dev_steps", "steps", "tuned_share"})


@dataclass(frozen=True, slots=True)
class _Window:
    text: int
    start: int
    end: int


@dataclass(slots=True)
class _State:
    """Where a run stands: steps taken, the pass over the texts, its batches done, losses since dev."""

    step: int = 0
    turn: int = 0
    done: int = 0
    losses: list[float] = field(default_factory=list)


def train_tagger(
    texts: Sequence[LabelledText],
    settings: TaggerSettings,
    out: Path,
    dev: Mapping[str, Sequence[LabelledText]],
) -> Path:
    """Train, or go on training, and give the folder of the trained weights (`out/tagger`).

    `out` gets `checkpoint.pt`, `curve.jsonl` (a line for each measured step: loss, strict span figures) and
    `tagger/`, which `load_tagger_network` reads.

    Raises:
        ConfigError: where `out` holds a checkpoint of other settings.
        ModelError: where the base cannot be loaded.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    network = load_tagger_network(settings.base, settings.dropout)
    if settings.exported:
        load_exported(network, Path(settings.exported) / MODEL)
    before = deepcopy(network)
    groups = network.parameter_groups(
        settings.learning_rate, settings.head_learning_rate, settings.weight_decay
    )
    optimiser = torch.optim.AdamW(groups)
    out.mkdir(parents=True, exist_ok=True)
    state = _State(**load_checkpoint(out, network, optimiser, asdict(settings), _MAY_DIFFER))
    saved_at = time.monotonic()
    while state.step < settings.steps:
        for batch in _batches(texts, settings, state):
            _set_rates(optimiser, state.step, settings)
            state.losses.append(_step(_collate(texts, batch, settings, state), network, optimiser, settings))
            state.step += 1
            state.done += 1
            last = state.step == settings.steps
            if state.step % LOG_STEPS == 0:
                log.info("step %d of %d, loss %.4f", state.step, settings.steps, np.mean(state.losses[-20:]))
            if last or state.step % settings.dev_steps == 0:
                _record(out, network, dev, state, bf16=settings.bf16)
                state.losses = []
            if last or time.monotonic() - saved_at > settings.checkpoint_s:
                save_checkpoint(out, network, optimiser, asdict(settings), asdict(state))
                saved_at = time.monotonic()
            if last:
                break
        else:
            state.turn, state.done = state.turn + 1, 0
    average(network, before, settings.tuned_share)
    network.save(out / "tagger")
    return out / "tagger"


def rate_share(step: int, settings: TaggerSettings) -> float:
    """Give the share of the highest learning rate at a step: up in a straight line, then down to 0."""
    up = (step + 1) / max(settings.warmup_steps, 1)
    down = (settings.steps - step) / max(settings.steps - settings.warmup_steps, 1)
    return min(up, down, 1.0)


def _set_rates(optimiser: torch.optim.Optimizer, step: int, settings: TaggerSettings) -> None:
    for group in optimiser.param_groups:
        group["lr"] = group["highest"] * rate_share(step, settings)


def _batches(
    texts: Sequence[LabelledText], settings: TaggerSettings, state: _State
) -> Iterator[list[_Window]]:
    """Yield the batches that are left of the pass a run stands in, windows of like length together."""
    rng = np.random.default_rng((settings.seed, state.turn))
    drawn = list(_windows(texts, rng))
    order = rng.permutation(len(drawn)).tolist()
    size = settings.batch_windows
    batches: list[list[_Window]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(
            (drawn[place] for place in order[start : start + size * _POOL]),
            key=lambda window: (window.end - window.start, window.text, window.start),
        )
        batches.extend(pool[place : place + size] for place in range(0, len(pool), size))
    yield from (batches[place] for place in rng.permutation(len(batches)).tolist()[state.done :])


def _windows(texts: Sequence[LabelledText], rng: np.random.Generator) -> Iterator[_Window]:
    """Cut every text into windows, the first of which ends anywhere, and drop those above a share."""
    for number, text in enumerate(texts):
        count = len(text.pieces.ids)
        first = int(rng.integers(1, WINDOW + 1)) if count > WINDOW else WINDOW
        edges = [0, *range(first, count, WINDOW), count]
        for start, end in pairwise(edges):
            if end > start and rng.random() < text.share:
                yield _Window(number, start, end)


_Batch = tuple[torch.Tensor, ...]
"""Tokens, mask, features and labels of the windows of a step."""


def _collate(
    texts: Sequence[LabelledText], batch: Sequence[_Window], settings: TaggerSettings, state: _State
) -> _Batch:
    rng = np.random.default_rng((settings.seed, state.step, 1))
    length = max(window.end - window.start for window in batch) + 2
    ids: NDArray[np.int64] = np.zeros((len(batch), length), dtype=np.int64)
    mask = np.zeros_like(ids)
    features: NDArray[np.float32] = np.zeros((len(batch), length, FEATURES), dtype=np.float32)
    labels = np.full((len(batch), length, len(TAGGED_TYPES)), MASKED, dtype=np.int64)
    for row, window in enumerate(batch):
        text = texts[window.text]
        end = window.end - window.start + 1
        ids[row, 1:end] = text.pieces.ids[window.start : window.end]
        ids[row, [0, end]] = text.pieces.edges
        mask[row, : end + 1] = 1
        features[row, 1:end] = text.features[window.start : window.end]
        labels[row, 1:end] = text.labels[window.start : window.end]
    hidden = rng.random((len(batch), len(TAGGED_TYPES))) < settings.dictionary_dropout
    features[..., SHAPES:] *= ~np.repeat(hidden, 2, axis=1)[:, None, :]
    return tuple(torch.from_numpy(each) for each in (ids, mask, features, labels))


def _step(
    batch: _Batch, network: TaggerNetwork, optimiser: torch.optim.Optimizer, settings: TaggerSettings
) -> float:
    ids, mask, features, labels = batch
    network.train()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bf16):
        logits = network(ids, mask, features)
    loss = torch.nn.functional.cross_entropy(
        logits.float().reshape(-1, 3), labels.reshape(-1), ignore_index=MASKED
    )
    optimiser.zero_grad(set_to_none=False)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _record(
    out: Path,
    network: TaggerNetwork,
    dev: Mapping[str, Sequence[LabelledText]],
    state: _State,
    *,
    bf16: bool,
) -> None:
    line: dict[str, Any] = {
        "step": state.step,
        "loss": float(np.mean(state.losses)) if state.losses else None,
        "dev": {name: measure_tagger(network, texts, bf16=bf16) for name, texts in dev.items()},
    }
    add_to_curve(out, line)
