"""Lines of text files, plain or gzip, with their numbers, in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from belink.errors import KnowledgeBaseError
from belink.kb.sources.options import SourceOptions, at, refuse

if TYPE_CHECKING:
    from lxml import etree

MAX_LINE_BYTES = 64 * 1024 * 1024
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading damaged gzip data raises."""

_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 256
_BOM = "\ufeff"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain or gzip file (told by its first bytes) for reading.

    Raises:
        KnowledgeBaseError: where the file cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(2)
            stream.seek(0)
            if magic != _GZIP_MAGIC:
                yield stream
                return
            with gzip.open(stream) as unpacked:
                yield unpacked  # type: ignore[misc]
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        raise KnowledgeBaseError(f"{path}: cannot be read ({error.strerror or error})") from error


def numbered_lines(path: Path, options: SourceOptions) -> Iterator[tuple[int, str]]:
    """Yield every line with its number, from 1, without its line end (LF or CR LF) and byte order mark.

    Only LF ends a line: other separators of Unicode stay inside. An empty file yields nothing.

    Raises:
        KnowledgeBaseError: where the file cannot be opened, and, unless lenient, where a line is not UTF-8
            or gzip data end too early.
    """
    with open_bytes(path) as stream:
        yield from numbered_lines_of(stream, path, options)


def numbered_lines_of(stream: IO[bytes], place: Path, options: SourceOptions) -> Iterator[tuple[int, str]]:
    """Yield every line of an open stream as `numbered_lines` does; `place` stands in messages."""
    number = 0
    try:
        while raw := stream.readline(MAX_LINE_BYTES):
            number += 1
            if len(raw) >= MAX_LINE_BYTES:
                refuse(options, at(place, number), f"a line of more than {MAX_LINE_BYTES} bytes", "rest")
                return
            line = _decoded(raw, place, number, options)
            if line is not None:
                yield number, line.removeprefix(_BOM) if number == 1 else line
    except DAMAGED as error:
        message = f"the packed data are broken off or damaged behind this line ({error}); get the file again"
        refuse(options, at(place, number), message, "rest")


def _decoded(raw: bytes, place: Path, number: int, options: SourceOptions) -> str | None:
    try:
        return raw.decode("utf-8").rstrip("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        message = (
            f"not UTF-8: byte 0x{byte:02x} at byte {error.start + 1} of the line; convert the file to UTF-8"
        )
        refuse(options, at(place, number), message)
        return None


def head(path: Path, size: int = 65536) -> str:
    """Give the first `size` bytes of a file, unpacked, as text; undecodable bytes are replaced.

    Of damaged gzip data it gives what stands before the damage.

    Raises:
        KnowledgeBaseError: where the file cannot be opened.
    """
    found = bytearray()
    with open_bytes(path) as stream, suppress(*DAMAGED):
        while len(found) < size and (part := stream.read(_HEAD_BYTES)):
            found += part
    return found[:size].decode("utf-8", errors="replace").removeprefix(_BOM)


def source_line(element: etree._Element) -> int:
    """Give the line an XML element starts on; 0 beyond line 65,534, up to which libxml2 counts reliably."""
    line = element.sourceline
    return line if isinstance(line, int) and line < 65535 else 0
