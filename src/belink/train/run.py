"""A whole training run of the encoder: recipe and data in, trained weights and a model to ship out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from belink.train.dev import DevSet
from belink.train.encoder import train_encoder
from belink.train.export import Loss, export_encoder
from belink.train.labelled import LABELLED
from belink.train.names import Names
from belink.train.recipe import Recipe

SAMPLE = 2048


def run(
    recipe: Recipe, names: Names, dev: Sequence[DevSet], out: Path, labelled_weight: float | None = None
) -> tuple[Loss, ...]:
    """Train and export: `out/encoder` in float for PyTorch, `out/model` in int8 for BeLink.

    Args:
        recipe: see `belink.train.recipe`.
        names: the recipe's vocabularies, and labelled mentions as the last one where there are any.
        dev: measured on the way and when exporting.
        out: folder of the run; a run in it is gone on with.
        labelled_weight: share of the pairs that labelled mentions get; None for none.

    Returns:
        Recall of the float and the int8 encoder on each dev set.
    """
    pairs = recipe.pairs
    if labelled_weight is not None:
        pairs = replace(pairs, weights={**pairs.weights, LABELLED: labelled_weight})
    trained = train_encoder(names, pairs, recipe.encoder, out, dev)
    return export_encoder(
        str(trained),
        out / "model",
        sample=sample_of(names, recipe.encoder.seed),
        max_tokens=recipe.encoder.max_tokens,
        base_model=recipe.encoder.base,
        dev=dev,
    )


def sample_of(names: Names, seed: int) -> list[str]:
    """Draw `SAMPLE` different names, or all where there are fewer, in the order they stand."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(names.texts), size=min(SAMPLE, len(names.texts)), replace=False)
    return [names.texts[row] for row in sorted(rows.tolist())]
