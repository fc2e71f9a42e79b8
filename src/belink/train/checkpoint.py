"""Checkpoints and the curve of a training run."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from belink.errors import ConfigError

log = logging.getLogger(__name__)

CHECKPOINT, CURVE = "checkpoint.pt", "curve.jsonl"


def save_checkpoint(
    out: Path,
    network: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    settings: Mapping[str, Any],
    state: Mapping[str, Any],
) -> None:
    """Write where a run stands; the checkpoint before is replaced only by a whole one."""
    saved = {
        "settings": dict(settings),
        "state": dict(state),
        "weights": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "torch_rng": torch.get_rng_state(),
    }
    partial = out / f"{CHECKPOINT}.partial"
    torch.save(saved, partial)
    partial.replace(out / CHECKPOINT)
    log.info("checkpoint at step %d", state["step"])


def load_checkpoint(
    out: Path,
    network: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    settings: Mapping[str, Any],
    may_differ: frozenset[str],
) -> dict[str, Any]:
    """Bring network, optimiser and torch's random numbers to where a run stopped, and give its state.

    Args:
        out: folder of the run.
        network: of the run.
        optimiser: of the run.
        settings: asked for now.
        may_differ: those that may have changed since.

    Returns:
        What `save_checkpoint` was given as `state`; empty where there is no checkpoint.

    Raises:
        ConfigError: another setting has changed.
    """
    path = out / CHECKPOINT
    if not path.is_file():
        return {}
    saved = torch.load(path, weights_only=True)
    for key, value in settings.items():
        if key not in may_differ and saved["settings"].get(key) != value:
            raise ConfigError(
                f"{path}: a checkpoint with {key} = {saved['settings'].get(key)!r}, asked for {value!r};"
                " give the same settings to go on, or another folder to start anew"
            )
    network.load_state_dict(saved["weights"])
    optimiser.load_state_dict(saved["optimiser"])
    torch.set_rng_state(saved["torch_rng"])
    state: dict[str, Any] = saved["state"]
    return state


def add_to_curve(out: Path, line: Mapping[str, Any]) -> None:
    """Add a measurement to the curve; lines of its step and later, from before a run was killed, go."""
    path = out / CURVE
    before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [each for each in before if json.loads(each)["step"] < line["step"]]
    path.write_text("\n".join([*kept, json.dumps(line)]) + "\n", encoding="utf-8")
    log.info("dev: %s", json.dumps(line))
