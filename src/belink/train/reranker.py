"""Train a set-wise re-ranker: each question once through a causal model, a softmax over its options.

The loss is the cross-entropy of the right option among all options and "none" (list-wise, as in ListNet,
doi:10.1145/1273496.1273513, with one right answer), read in-line: see `ChoiceNetwork`. All weights but the
token embeddings are trained, or low-rank adapters (LoRA, arXiv 2106.09685) that are merged at the end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from belink.errors import ConfigError, ModelError
from belink.train.averaging import average
from belink.train.checkpoint import add_to_curve, load_checkpoint, save_checkpoint
from belink.train.choice_network import ChoiceNetwork, load_choice_network
from belink.train.examples import Example, without_easy
from belink.train.instructions import Drawing
from belink.train.items import Item, make_item, tensors
from belink.train.reranker_dev import DevScores, measure

log = logging.getLogger(__name__)

LOG_STEPS = 10


@dataclass(frozen=True, slots=True)
class RerankerSettings:
    """What a run is made of.

    Attributes:
        base: a causal language model, by Hugging Face id or folder.
        layers: of its layers the first so many are kept; 0 keeps all.
        lora_rank: of the adapters; 0 trains all weights but the token embeddings.
        seed: of order, options and adapters.
        steps: batches in all.
        batch: questions a step.
        learning_rate: the highest; that of the score is `score_rate`.
        score_rate: see `learning_rate`.
        warmup_steps: over which the rate rises from 0 in a straight line.
        decay_steps: over which it falls to 0 in a straight line at the end.
        easy: share of the examples that are kept where retrieval is sure and right.
        drawing: how candidates become options.
        bf16: compute in bfloat16 where it is safe.
        threads: of torch.
        device: "cpu" or "cuda".
        dev_steps: between measurements.
        dev_examples: of each source measured on the way, chosen by the seed.
        tuned_share: this share of the trained weights is saved, and the rest of the base's (`average`);
            below 1 the base must be a re-ranker already.
        patience: measurements without a better one after which a run stops; 0 for never.
        checkpoint_s: seconds between checkpoints.
    """

    base: str
    layers: int = 0
    lora_rank: int = 0
    seed: int = 1
    steps: int = 1000
    batch: int = 16
    learning_rate: float = 2e-4
    score_rate: float = 2e-3
    warmup_steps: int = 40
    decay_steps: int = 500
    easy: float = 0.3
    drawing: Drawing = field(default_factory=Drawing)
    bf16: bool = True
    threads: int = 2
    device: str = "cpu"
    dev_steps: int = 250
    dev_examples: int = 60
    tuned_share: float = 1.0
    patience: int = 0
    checkpoint_s: float = 300.0


_MAY_DIFFER = frozenset(
    {
        "base",
        "threads",
        "device",
        "checkpoint_s",
        "dev_steps",
        "dev_examples",
        "steps",
        "decay_steps",
        "tuned_share",
        "patience",
    }
)
_WINDOW = 16


@dataclass(slots=True)
class _State:
    """Where a run stands; `best` is the best dev accuracy so far and `waited` the measurements since."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    best: float = 0.0
    waited: int = 0


def train_reranker(
    examples: Sequence[Example],
    dev: Sequence[Example],
    settings: RerankerSettings,
    out: Path,
) -> Path:
    """Train, or go on with the run in `out`, and give the folder of the trained network.

    Args:
        examples: to learn from; a run that is gone on with may be given others.
        dev: measured on the way, never learnt from.
        settings: the same as before for a run that is gone on with, but for what only steers it.
        out: folder of the run: `checkpoint.pt`, `curve.jsonl` and, at the end, `reranker/`.

    Raises:
        ConfigError: there are no examples, or the checkpoint has other settings.
        ModelError: the base cannot be loaded, or the loss is no longer a number.
    """
    if not examples:
        raise ConfigError("no examples to train on; make some with `belink train examples`")
    examples = without_easy(examples, settings.easy, settings.seed)
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    out.mkdir(parents=True, exist_ok=True)
    network = _trainable(load_choice_network(settings.base, settings.layers), settings)
    network.to(settings.device)
    optimiser = torch.optim.AdamW(_groups(network, settings), betas=(0.9, 0.98))
    state = _State(**load_checkpoint(out, network, optimiser, asdict(settings), _MAY_DIFFER))
    log.info("%d examples, %d dev examples, from step %d", len(examples), len(dev), state.step)
    saved_at = time.monotonic()
    for batch in _batches(examples, network, settings, state.step):
        if state.step >= settings.steps:
            break
        state.losses.append(_step(batch, network, optimiser, settings, state.step))
        state.step += 1
        if state.step % LOG_STEPS == 0:
            log.info(
                "step %d of %d, loss %.4f", state.step, settings.steps, np.mean(state.losses[-LOG_STEPS:])
            )
        last = state.step == settings.steps
        if last or state.step % settings.dev_steps == 0:
            scores = measure(network, _subset(dev, settings), settings.drawing, bf16=settings.bf16)
            _record(out, scores, state)
            last = last or 0 < settings.patience <= state.waited
        if last or time.monotonic() - saved_at > settings.checkpoint_s:
            save_checkpoint(out, network, optimiser, asdict(settings), asdict(state))
            saved_at = time.monotonic()
        if last:
            break
    network = _merged(network)
    if settings.tuned_share < 1:
        average(network, load_choice_network(settings.base, settings.layers), settings.tuned_share)
    network.save(out / "reranker")
    return out / "reranker"


def learning_rate(step: int, settings: RerankerSettings) -> float:
    """Give the share in [0, 1] of the highest rate: up in a straight line, level, and down to 0."""
    up = (step + 1) / max(settings.warmup_steps, 1)
    down = (settings.steps - step) / max(settings.decay_steps, 1)
    return min(up, down, 1.0)


def _trainable(network: ChoiceNetwork, settings: RerankerSettings) -> ChoiceNetwork:
    if settings.lora_rank:
        from peft import LoraConfig, get_peft_model

        adapters = LoraConfig(
            r=settings.lora_rank, lora_alpha=2 * settings.lora_rank, target_modules="all-linear"
        )
        network.transformer = get_peft_model(network.transformer, adapters)
    else:
        network.transformer.get_input_embeddings().requires_grad_(False)
    return network


def _merged(network: ChoiceNetwork) -> ChoiceNetwork:
    merge = getattr(network.transformer, "merge_and_unload", None)
    if merge is not None:
        network.transformer = merge()
    return network


def _groups(network: ChoiceNetwork, settings: RerankerSettings) -> list[dict[str, object]]:
    trained = [each for each in network.transformer.parameters() if each.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01, "peak": settings.learning_rate},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0, "peak": settings.learning_rate},
        {"params": list(network.score.parameters()), "weight_decay": 0.0, "peak": settings.score_rate},
    ]


def _batches(
    examples: Sequence[Example],
    network: ChoiceNetwork,
    settings: RerankerSettings,
    step: int,
) -> Iterator[list[Item]]:
    """Yield batches from `step` on, for ever; the same whatever was done before in this process.

    Questions of like length come together: batches are cut from windows of `_WINDOW` batches.
    """
    per_window = _WINDOW * settings.batch
    while True:
        window, within = divmod(step, _WINDOW)
        rng = np.random.default_rng((settings.seed, window))
        start = window * per_window
        chosen = [_example_at(examples, settings.seed, start + i) for i in range(per_window)]
        items = [make_item(each, network, settings.drawing, rng) for each in chosen]
        items.sort(key=lambda item: len(item.ids))
        for place in rng.permutation(_WINDOW)[within:].tolist():
            yield items[place * settings.batch : (place + 1) * settings.batch]
            step += 1


def _example_at(examples: Sequence[Example], seed: int, number: int) -> Example:
    """Give the example asked as number so much: each epoch is its own permutation."""
    epoch, place = divmod(number, len(examples))
    return examples[int(_permutation(len(examples), seed, epoch)[place])]


_permutations: dict[tuple[int, int, int], np.ndarray] = {}


def _permutation(n: int, seed: int, epoch: int) -> np.ndarray:
    key = (n, seed, epoch)
    if key not in _permutations:
        _permutations.clear()
        _permutations[key] = np.random.default_rng((seed, epoch, n)).permutation(n)
    return _permutations[key]


def _step(
    items: Sequence[Item],
    network: ChoiceNetwork,
    optimiser: torch.optim.Optimizer,
    settings: RerankerSettings,
    step: int,
) -> float:
    share = learning_rate(step, settings)
    for group in optimiser.param_groups:
        group["lr"] = share * group["peak"]
    ids, mask, places, prior = (each.to(settings.device) for each in tensors(items))
    answers = torch.tensor([each.answer for each in items], device=settings.device)
    network.train()
    with torch.autocast(settings.device, dtype=torch.bfloat16, enabled=settings.bf16):
        scores = network(ids, mask, places)
    loss = torch.nn.functional.cross_entropy(scores.float() + prior, answers)
    if not torch.isfinite(loss):
        raise ModelError(f"step {step}: the loss is {float(loss)}; lower the learning rate and start anew")
    optimiser.zero_grad(set_to_none=False)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
    optimiser.step()
    return float(loss.detach())


def _subset(dev: Sequence[Example], settings: RerankerSettings) -> list[Example]:
    """Choose the same dev examples of each source every time."""
    rng = np.random.default_rng(settings.seed)
    chosen: list[Example] = []
    for source in sorted({each.source for each in dev}):
        of_source = [each for each in dev if each.source == source]
        picked = rng.permutation(len(of_source))[: settings.dev_examples]
        chosen += [of_source[i] for i in sorted(picked.tolist())]
    return chosen


def _record(out: Path, scores: Sequence[DevScores], state: _State) -> None:
    """Add a line to the curve; lines of later steps, from before a run was killed, go."""
    asked = sum(each.n for each in scores)
    accuracy = sum(each.accuracy * each.n for each in scores) / max(asked, 1)
    state.waited = 0 if accuracy > state.best else state.waited + 1
    state.best = max(state.best, accuracy)
    line = {
        "step": state.step,
        "loss": float(np.mean(state.losses)) if state.losses else None,
        "accuracy@1": round(accuracy, 4),
        "dev": {each.source: each.as_dict() for each in scores},
    }
    state.losses = []
    add_to_curve(out, line)
