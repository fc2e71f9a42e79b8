"""Train an encoder of names: texts of one concept close together, texts of different concepts apart.

The recipe is SapBERT's (Liu et al. 2021, arXiv 2010.11784) with the InfoNCE loss (van den Oord et al. 2018,
arXiv 1807.03748) over a batch that holds mined neighbours (`belink.train.batches`). It reads top to bottom:
draw pairs, arrange them with the current weights, take steps, measure on dev, keep checkpoints. A run that
was killed goes on from its last checkpoint and gives the numbers it would have given.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from belink.train.averaging import average
from belink.train.batches import arrange
from belink.train.checkpoint import add_to_curve, load_checkpoint, save_checkpoint
from belink.train.dev import DevSet, measure
from belink.train.names import Names
from belink.train.network import Network, load_network
from belink.train.pairs import Pair, PairSampler, PairSettings, not_negatives

log = logging.getLogger(__name__)

LOG_STEPS = 10


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """Everything that decides what a run gives, `threads` and the two intervals apart.

    Attributes:
        base: Hugging Face id or folder of the encoder to start from.
        seed: of pairs, order and dropout.
        steps: updates of the weights.
        batch_pairs: pairs a step; every text has `2 * batch_pairs - 2` possible negatives.
        segment_steps: steps between two minings of neighbours.
        group: pairs of mutual neighbours that come together; 1 mines none.
        temperature: the cosine is divided by it.
        learning_rate: its highest value.
        warmup_steps: steps in which it rises from 0.
        decay_steps: last steps in which it falls to 0, in a straight line.
        weight_decay: of AdamW, biases and norms left out.
        max_tokens: longer texts are cut.
        bf16: compute in bfloat16 where that is safe (weights stay float32).
        threads: of PyTorch; 0 leaves it to PyTorch.
        checkpoint_s: seconds between checkpoints.
        dev_steps: steps between two measurements on dev.
        tuned_share: what is saved is this share of the trained weights and the rest of the base's (WiSE-FT,
            Wortsman et al. 2022, arXiv 2109.01903); in [0, 1].
    """

    base: str
    seed: int = 0
    steps: int = 1500
    batch_pairs: int = 256
    segment_steps: int = 100
    group: int = 4
    temperature: float = 0.05
    learning_rate: float = 1e-4
    warmup_steps: int = 60
    decay_steps: int = 400
    weight_decay: float = 0.01
    max_tokens: int = 32
    bf16: bool = True
    threads: int = 0
    checkpoint_s: float = 300.0
    dev_steps: int = 250
    tuned_share: float = 1.0


def train_encoder(
    names: Names, pairs: PairSettings, settings: EncoderSettings, out: Path, dev: Sequence[DevSet] = ()
) -> Path:
    """Train, or go on training, and give the folder of the trained weights (`out/encoder`).

    `out` gets `checkpoint.pt`, `curve.jsonl` (a line for each measured step: loss, learning rate, recalls)
    and `encoder/` in the format of Hugging Face.

    Raises:
        ConfigError: where `out` holds a checkpoint of other settings.
        ModelError: where the base cannot be loaded.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    network = load_network(settings.base, settings.max_tokens)
    optimiser = torch.optim.AdamW(network.parameter_groups(settings.weight_decay), lr=settings.learning_rate)
    sampler = PairSampler(names, pairs)
    out.mkdir(parents=True, exist_ok=True)
    state = _as_read(load_checkpoint(out, network, optimiser, asdict(settings), _MAY_DIFFER))
    if state.step == 0 and not (out / "curve.jsonl").exists():
        _record(out, network, settings, dev, state)
    saved_at = time.monotonic()
    while state.step < settings.steps:
        for batch in _segment(sampler, network, names, settings, state):
            rate = learning_rate(state.step, settings)
            state.losses.append(_step(batch, network, optimiser, names, settings, rate))
            state.step += 1
            last = state.step == settings.steps
            if state.step % LOG_STEPS == 0:
                log.info("step %d of %d, loss %.4f", state.step, settings.steps, state.losses[-1])
            if last or state.step % settings.dev_steps == 0:
                _record(out, network, settings, dev, state)
                state.losses = []
            if last or time.monotonic() - saved_at > settings.checkpoint_s:
                save_checkpoint(out, network, optimiser, asdict(settings), _as_saved(state))
                saved_at = time.monotonic()
            if last:
                break
    average(network, load_network(settings.base, settings.max_tokens), settings.tuned_share)
    network.save(out / "encoder")
    return out / "encoder"


@dataclass(slots=True)
class _State:
    """Where a run stands: steps taken, the order of the current segment, losses since the last dev line."""

    step: int = 0
    order: NDArray[np.int64] | None = None
    losses: list[float] = field(default_factory=list)


def learning_rate(step: int, settings: EncoderSettings) -> float:
    """Give the learning rate of a step: up in a straight line, level, and down in a straight line to 0."""
    up = (step + 1) / max(settings.warmup_steps, 1)
    down = (settings.steps - step) / max(settings.decay_steps, 1)
    return settings.learning_rate * min(up, down, 1.0)


def info_nce(vectors: torch.Tensor, masked: torch.Tensor, temperature: float) -> torch.Tensor:
    """Give the mean InfoNCE loss of every text against its pair, all other texts being negatives.

    Args:
        vectors: [2 * B, D] unit vectors; row i and row B + i are a pair.
        masked: [B, B] True where two pairs are no negatives of each other.
        temperature: the cosines are divided by it.
    """
    pairs = len(masked)
    scores = vectors @ vectors.T / temperature
    partner = torch.cat([torch.arange(pairs, 2 * pairs), torch.arange(pairs)])
    hidden = masked.repeat(2, 2)
    hidden[torch.arange(2 * pairs), partner] = False
    return torch.nn.functional.cross_entropy(scores.masked_fill(hidden, float("-inf")), partner)


def _step(
    batch: Sequence[Pair],
    network: Network,
    optimiser: torch.optim.Optimizer,
    names: Names,
    settings: EncoderSettings,
    rate: float,
) -> float:
    for parameters in optimiser.param_groups:
        parameters["lr"] = rate
    masked = torch.from_numpy(not_negatives([pair.concept for pair in batch], names))
    texts = [pair.left for pair in batch] + [pair.right for pair in batch]
    network.train()
    vectors = network.embed(texts, bf16=settings.bf16)
    loss = info_nce(vectors, masked, settings.temperature)
    optimiser.zero_grad(set_to_none=False)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _segment(
    sampler: PairSampler, network: Network, names: Names, settings: EncoderSettings, state: _State
) -> Iterator[list[Pair]]:
    """Yield the batches that are left of the segment a run stands in."""
    segment, within = divmod(state.step, settings.segment_steps)
    drawn = sampler.draw(settings.segment_steps * settings.batch_pairs, _generator(settings, segment, 0))
    if within == 0 or state.order is None:
        state.order = _arranged(drawn, network, names, settings, segment)
    size = settings.batch_pairs
    for start in range(within * size, len(drawn), size):
        yield [drawn[place] for place in state.order[start : start + size]]


def _arranged(
    drawn: Sequence[Pair], network: Network, names: Names, settings: EncoderSettings, segment: int
) -> NDArray[np.int64]:
    started = time.monotonic()
    vectors = (
        network.encode([pair.left for pair in drawn], bf16=settings.bf16)
        if settings.group > 1
        else np.empty((len(drawn), 0), dtype=np.float32)
    )
    order = arrange(drawn, vectors, names, group=settings.group, rng=_generator(settings, segment, 1))
    log.info("segment %d: %d pairs arranged in %.0f s", segment, len(drawn), time.monotonic() - started)
    return order


def _generator(settings: EncoderSettings, segment: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng((settings.seed, segment, purpose))


def _record(
    out: Path, network: Network, settings: EncoderSettings, dev: Sequence[DevSet], state: _State
) -> None:
    """Add a line to the curve; lines of later steps, from before a run was killed, go."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return network.encode(texts, bf16=settings.bf16)

    recalls = [measure(encode, each) for each in dev]
    line = {
        "step": state.step,
        "loss": float(np.mean(state.losses)) if state.losses else None,
        "learning_rate": learning_rate(max(state.step - 1, 0), settings),
        "dev": {each.name: {"n": each.queries, "@1": each.at_1, "@20": each.at_20} for each in recalls},
    }
    add_to_curve(out, line)


_MAY_DIFFER = frozenset({"threads", "checkpoint_s", "dev_steps", "steps", "decay_steps", "tuned_share"})


def _as_saved(state: _State) -> dict[str, object]:
    order = None if state.order is None else torch.from_numpy(state.order)
    return {"step": state.step, "losses": state.losses, "order": order}


def _as_read(saved: dict[str, Any]) -> _State:
    if not saved:
        return _State()
    order = saved["order"]
    return _State(saved["step"], None if order is None else order.numpy(), saved["losses"])
