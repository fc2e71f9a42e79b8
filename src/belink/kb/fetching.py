"""Fetch one file over HTTP: resumed where it broke off, checked, and put in place whole.

A file grows as `NAME.part` and takes its name when it is complete; `NAME.json` beside it records where it
came from and its checksum. All traffic goes through one function, `Fetch`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from belink.errors import KnowledgeBaseError

MAX_REDIRECTS = 5
MAX_TRIES = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered.

    Attributes:
        status: HTTP status.
        headers: by lower-case name.
        chunks: the body as it comes; raises `BrokenOff` where the connection breaks.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class BrokenOff(Exception):  # noqa: N818 - an event that leads to another try, not an error of the user's
    """The connection could not be made, broke, or the server was out of breath: worth another try."""


Fetch = Callable[[str, Mapping[str, str]], AbstractContextManager[Response]]
"""Open a URL with these request headers, redirects not followed; raises `BrokenOff`."""

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, bytes so far, and bytes in all (None where the server does not tell)."""


@contextmanager
def http_fetch(url: str, headers: Mapping[str, str]) -> Iterator[Response]:
    """Open a URL by httpx, with a time limit of 30 seconds for each wait.

    Raises:
        BrokenOff: where the server cannot be reached, or the connection breaks.
        KnowledgeBaseError: where the address is none.
    """
    import httpx

    timeout = httpx.Timeout(30.0)
    try:
        with (
            httpx.Client(timeout=timeout) as client,
            client.stream("GET", url, headers=dict(headers)) as found,
        ):
            lower = {name.lower(): value for name, value in found.headers.items()}
            yield Response(found.status_code, lower, found.iter_raw())
    except (httpx.TimeoutException, httpx.NetworkError, httpx.ProtocolError) as error:
        raise BrokenOff(str(error) or type(error).__name__) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise KnowledgeBaseError(f"{url}: not an address that can be fetched ({error})") from error


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of a file: `validator` tells whether the server still has the same one."""

    url: str
    validator: str
    bytes: int = 0
    sha256: str = ""
    fetched: str = ""


def fetch_file(
    url: str,
    target: Path,
    *,
    shown: str = "",
    fetch: Fetch = http_fetch,
    progress: Progress | None = None,
    first_wait_s: float = 1.0,
) -> tuple[Path, int, str]:
    """Fetch one file; gives its path, size in bytes and sha256.

    Args:
        url: what to fetch.
        target: where to put it.
        shown: the address as messages and records show it, without the user's key; "" for `url`.
        fetch: how to reach the network.
        progress: told after every chunk.
        first_wait_s: seconds before the second try.

    Raises:
        KnowledgeBaseError: where the server refuses, or where it breaks off `MAX_TRIES` times in a row
            without a further byte; what came is kept for the next call.
    """
    from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

    shown = shown or url
    part = target.with_name(target.name + ".part")
    stalled = 0
    last_size = -1

    def give_up(_: RetryCallState) -> bool:
        nonlocal stalled, last_size
        size = _size(part)
        stalled = 1 if size > last_size else stalled + 1
        last_size = size
        return stalled >= MAX_TRIES

    tries = Retrying(
        retry=retry_if_exception_type(BrokenOff),
        wait=wait_exponential(multiplier=first_wait_s, max=60),
        stop=give_up,
        reraise=True,
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return tries(_attempt, url, target, part, shown, fetch, progress)
    except BrokenOff as error:
        raise KnowledgeBaseError(
            f"{shown}: broke off {MAX_TRIES} times at {_size(part):,} bytes ({error});"
            " the part is kept, run the same command again to go on"
        ) from error
    except OSError as error:
        raise KnowledgeBaseError(f"{target}: cannot be written ({error.strerror or error})") from error


def _attempt(
    url: str, target: Path, part: Path, shown: str, fetch: Fetch, progress: Progress | None
) -> tuple[Path, int, str]:
    started, present = _read_state(part), _read_state(target) if target.is_file() else None
    have = _size(part) if started is not None and started.url == shown and started.validator else 0
    headers = {"Accept-Encoding": "identity", "User-Agent": "belink"}
    if have and started is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": started.validator}
    elif present is not None and present.url == shown and present.validator.startswith('"'):
        headers["If-None-Match"] = present.validator
    with _followed(url, headers, shown, fetch) as response:
        if response.status == 304 and present is not None:
            return target, present.bytes, present.sha256
        if response.status == 416:
            if response.headers.get("content-range") == f"bytes */{have}":
                return _finish(part, target, shown, have)
            part.unlink(missing_ok=True)
            raise BrokenOff("the server has not the part that is missing; starting anew")
        _check_status(response.status, shown)
        offset, total = _offset_and_total(response, have)
        if offset not in (0, have):
            part.unlink(missing_ok=True)
            raise BrokenOff(f"the server went on at byte {offset:,}, asked for {have:,}; starting anew")
        _write_state(part, _State(shown, _validator(response.headers)))
        size = _receive(response, part, offset, total, target.name, progress)
    if total is not None and size < total:
        raise BrokenOff(f"{size:,} of {total:,} bytes came")
    if total is not None and size > total:
        part.unlink()
        raise KnowledgeBaseError(f"{shown}: {size:,} bytes came, {total:,} were announced; try again later")
    return _finish(part, target, shown, size)


def _offset_and_total(response: Response, have: int) -> tuple[int, int | None]:
    """Tell where in the file the body begins, and how long the file is."""
    if response.status == 206 and (found := _RANGE.match(response.headers.get("content-range", ""))):
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = response.headers.get("content-length", "")
    offset = have if response.status == 206 else 0
    return offset, offset + int(length) if length.isdecimal() else None


def _receive(
    response: Response, part: Path, offset: int, total: int | None, name: str, progress: Progress | None
) -> int:
    size = offset
    with part.open("r+b" if offset else "wb") as stream:
        stream.seek(offset)
        for chunk in response.chunks:
            stream.write(chunk)
            size += len(chunk)
            if progress is not None:
                progress(name, size, total)
        stream.truncate(size)
        stream.flush()
        os.fsync(stream.fileno())
    return size


def _finish(part: Path, target: Path, shown: str, size: int) -> tuple[Path, int, str]:
    with part.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    started = _read_state(part)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    validator = started.validator if started is not None else ""
    part.replace(target)
    _write_state(target, _State(shown, validator, size, sha256, now))
    _record(part).unlink(missing_ok=True)
    return target, size, sha256


@contextmanager
def _followed(url: str, headers: Mapping[str, str], shown: str, fetch: Fetch) -> Iterator[Response]:
    """Open a URL and follow its redirects, at most `MAX_REDIRECTS`, never from https to http."""
    for _ in range(MAX_REDIRECTS + 1):
        with fetch(url, headers) as response:
            if response.status not in _REDIRECTS:
                yield response
                return
            following = urljoin(url, response.headers.get("location", ""))
        secure, scheme = urlsplit(url).scheme == "https", urlsplit(following).scheme
        if scheme not in ("http", "https") or (secure and scheme == "http"):
            raise KnowledgeBaseError(f"{shown}: redirects to an insecure address ({scheme}); not followed")
        url = following
    raise KnowledgeBaseError(f"{shown}: more than {MAX_REDIRECTS} redirects; the address is broken")


def _check_status(status: int, shown: str) -> None:
    if status in _PASSING:
        raise BrokenOff(f"the server answered {status}")
    if status in (401, 403):
        raise KnowledgeBaseError(f"{shown}: the server refuses access ({status}); download the file by hand")
    if status not in (200, 206):
        raise KnowledgeBaseError(
            f"{shown}: the server answered {status}; has the file moved? Else download it by hand"
        )


def _validator(headers: Mapping[str, str]) -> str:
    """Give what tells one version of a file from another: a strong ETag, else the date it was changed."""
    etag = headers.get("etag", "")
    return etag if etag.startswith('"') else headers.get("last-modified", "")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read_state(path: Path) -> _State | None:
    try:
        return _State(**json.loads(_record(path).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write_state(path: Path, state: _State) -> None:
    scratch = _record(path).with_name(path.name + ".json.new")
    scratch.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    scratch.replace(_record(path))
