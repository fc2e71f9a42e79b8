"""Where the indexes of a knowledge base lie: in its folder, or in the user's cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from platformdirs import user_cache_path

from belink.errors import KnowledgeBaseError

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


def read_index_manifest(path: Path, index: str, remedy: str) -> dict[str, object]:
    """Read the manifest of an index.

    Args:
        path: of the manifest.
        index: what to call the index in a message.
        remedy: what makes it ("the next run builds it").

    Raises:
        KnowledgeBaseError: it is missing or cannot be read.
    """
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise KnowledgeBaseError(f"no {index} in {path.parent}: expected {path.name}; {remedy}") from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise KnowledgeBaseError(
            f"damaged {index}: {path}: {error}; delete the folder, then {remedy}"
        ) from error
    return found if isinstance(found, dict) else {}
