"""Fetch a vocabulary from its publisher by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from belink.errors import KnowledgeBaseError
from belink.kb.addresses import ADDRESSES, KEY, Address, address
from belink.kb.fetching import Fetch, Progress, fetch_file, http_fetch
from belink.kb.sources.options import SourceFormat

__all__ = ["ADDRESSES", "Address", "Downloaded", "address", "download"]


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file in place. `format` is its format, `licence` the terms to show to the user."""

    path: Path
    url: str
    format: SourceFormat
    licence: str
    note: str
    bytes: int
    sha256: str


def download(
    name: str,
    folder: Path,
    *,
    key: str = "",
    fetch: Fetch = http_fetch,
    progress: Progress | None = None,
    first_wait_s: float = 1.0,
) -> tuple[Downloaded, ...]:
    """Fetch the files of a vocabulary into a folder, in the order of its addresses.

    A file that is there already is fetched again only where the publisher has a newer one.

    Args:
        name: one of the names in `belink.kb.addresses.ADDRESSES`.
        folder: made if need be.
        key: the user's own key (UMLS).
        fetch: how to reach the network.
        progress: told after every chunk.
        first_wait_s: seconds before the second try; each further wait is twice as long.

    Raises:
        KnowledgeBaseError: at an unknown name, where a key is missing, where the server refuses, or where it
            breaks off again and again; what came is kept for the next call.
    """
    found = address(name)
    if any(KEY in url for url in found.urls) and not key:
        raise KnowledgeBaseError(
            f"{name}: needs your own key, from https://uts.nlm.nih.gov/uts/profile; give it with --key"
        )
    made = []
    for url, format_ in zip(found.urls, found.formats, strict=True):
        path, size, sha256 = fetch_file(
            url.replace(KEY, key),
            folder / file_name(url),
            shown=url,
            fetch=fetch,
            progress=progress,
            first_wait_s=first_wait_s,
        )
        made.append(Downloaded(path, url, format_, found.licence, found.note, size, sha256))
    return tuple(made)


def file_name(url: str) -> str:
    """Give the name under which to store what a URL leads to: the last part of its (inner) path."""
    inner = url.partition("?url=")[2] or url
    return urlsplit(inner).path.partition("&")[0].rsplit("/", 1)[-1] or "download"
