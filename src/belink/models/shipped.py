"""Where the models lie that ship with BeLink."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from belink.errors import ModelError
from belink.models.manifest import MANIFEST


def shipped(name: Literal["encoder", "reranker", "tagger"]) -> Path:
    """Give the folder of a model that ships with BeLink.

    An installed package holds it; in a checkout it lies in `models/` of the repository.

    Raises:
        ModelError: it is in neither place.
    """
    packaged = Path(__file__).parent / "weights" / name
    in_checkout = Path(__file__).parents[3] / "models" / name
    for folder in (packaged, in_checkout):
        if (folder / MANIFEST).is_file():
            return folder
    raise ModelError(
        f"the shipped {name} is neither in {packaged} nor in {in_checkout}: install BeLink again, "
        f"or name the folder of another {name}, or 'none'"
    )
