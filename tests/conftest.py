"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A machine under load may be slow at any example: time is no property of ours. Each run draws other examples,
# and `--hypothesis-profile thorough` many.
settings.register_profile("belink", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("belink")

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora and knowledge bases beside the checkout; skips where it is absent."""
    folder = PROJECT_ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real corpora are not on this machine: no {folder.name} folder beside the checkout")
    return folder
