from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")

from belink.train.averaging import average  # noqa: E402


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_mean_of_weights(share: float) -> None:
    """The weights become the given share of the trained ones and the rest of the base's."""
    base, trained = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    expected = (1 - share) * base.weight + share * trained.weight
    average(trained, base, share)
    assert torch.allclose(trained.weight, expected)
