"""Where the indexes of a knowledge base lie: in its folder, or in the user's cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


def index_places(kb: KnowledgeBase, name: str) -> tuple[Path, Path]:
    """Give the places where an index of this name is looked for, in this order.

    The first is within the knowledge base's folder, the second in the user's cache under the knowledge
    base's fingerprint. An index must itself record the fingerprint it was built from.
    """
    from platformdirs import user_cache_path

    return kb.path / "index" / name, user_cache_path("belink") / "index" / kb.fingerprint / name


def place_to_build(kb: KnowledgeBase, name: str) -> Path:
    """Give the first of `index_places` that can be written."""
    inside, cached = index_places(kb, name)
    nearest = next(folder for folder in (inside, *inside.parents) if folder.exists())
    return inside if os.access(nearest, os.W_OK) else cached
