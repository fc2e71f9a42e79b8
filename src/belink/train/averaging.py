"""The mean of a network's weights before and after training."""

from __future__ import annotations

import torch


def average(network: torch.nn.Module, base: torch.nn.Module, share: float) -> None:
    """Put `share` of the trained weights and the rest of the base's in the place of the trained ones.

    WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903): the mean keeps what the base knew and fine-tuning lost.

    Args:
        network: trained; changed in place.
        base: what its training began with, of the same layers.
        share: in [0, 1]; at 1 nothing changes.
    """
    before = base.state_dict()
    with torch.no_grad():
        for name, weights in network.state_dict().items():
            if weights.is_floating_point():
                weights.copy_(torch.lerp(before[name].to(weights), weights, share))
