"""Biomedical entity linking: from mentions in text to identifiers in a knowledge base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from belink.version import __version__

if TYPE_CHECKING:
    from belink.linker import Linker

__all__ = ["Linker", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Linker":
        from belink.linker import Linker

        return Linker
    raise AttributeError(f"module 'belink' has no attribute '{name}'")
