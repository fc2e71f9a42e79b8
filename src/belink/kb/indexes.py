"""Where the indexes of a knowledge base lie: in its folder, or in the user's cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


def index_places(kb: KnowledgeBase, name: str, cache: Path | None = None) -> tuple[Path, Path]:
    """Give the places where an index of this name is looked for and, where it is missing, built, in order.

    The first is within the knowledge base's folder. The second, for a folder that cannot be written, is in
    the cache under the knowledge base's fingerprint. An index records the fingerprint it was built from.

    Args:
        kb: the knowledge base.
        name: of the index.
        cache: folder of caches; None takes the user's.
    """
    cached = (cache or user_cache_path("belink")) / "index" / kb.fingerprint / name
    return kb.path / "index" / name, cached
