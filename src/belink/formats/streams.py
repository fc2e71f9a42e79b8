"""Bytes in and out: plain or gzip, file or standard input; output that appears whole or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import os
import secrets
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from belink.errors import InputError
from belink.formats.problems import UnreadableError

HEAD_BYTES = 65536
MAX_RECORD_BYTES = 1 << 28
"""The longest line or document that is read, 256 MB: more is a sign of a broken file, not of a document."""

_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 1 << 17


class _Reader(io.RawIOBase):
    """Reads `inner`, beginning with bytes already taken from it, and counts what `inner` gave.

    Errors of the file system and of gzip come out as `UnreadableError`.
    """

    def __init__(self, inner: BinaryIO, head: bytes = b"", *, owns: bool = True) -> None:
        self._inner = inner
        self._head = head
        self._owns = owns
        self.taken = len(head)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(cast(bytearray, buffer))
        if self._head:
            size = min(len(view), len(self._head))
            view[:size], self._head = self._head[:size], self._head[size:]
            return size
        piece = _read_some(self._inner, len(view))
        view[: len(piece)] = piece
        self.taken += len(piece)
        return len(piece)

    def close(self) -> None:
        if self._owns and not self.closed:
            self._inner.close()
        super().close()


def _read_some(inner: BinaryIO, size: int) -> bytes:
    read = getattr(inner, "read1", inner.read)
    try:
        return cast(bytes, read(size) or b"")
    except EOFError as error:
        raise UnreadableError("gzip data end too early: the file is cut off; get it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableError(f"gzip data are damaged ({error}); get the file again") from error
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _take(inner: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end; what came before a break in the data is given."""
    head = b""
    try:
        while len(head) < size and (piece := _read_some(inner, size - len(head))):
            head += piece
    except UnreadableError:
        if not head:
            raise
    return head


@dataclass(frozen=True, slots=True)
class Opened:
    """An input that was opened and looked into.

    Attributes:
        path: the name for messages.
        stream: the unpacked bytes from the beginning.
        head: the first `HEAD_BYTES` of `stream`, fewer only if it is shorter.
        size_bytes: size of the file as it is stored, None where it is not a file.
        position: bytes of the stored file used up so far.
    """

    path: str
    stream: BinaryIO
    head: bytes
    size_bytes: int | None
    position: Callable[[], int]


def open_input(source: Path | BinaryIO) -> Opened:
    """Open a file or binary stream, unpacking gzip where its magic bytes are found.

    Raises:
        InputError: the file is missing, cannot be opened, is empty, or is damaged from its first byte.
    """
    if isinstance(source, Path):
        name = str(source)
        try:
            file: BinaryIO = source.open("rb", buffering=0)
            size: int | None = source.stat().st_size if source.is_file() else None
        except (OSError, ValueError) as error:
            raise InputError(f"{name}: cannot be opened: {_reason(error)}") from error
        counted = _Reader(file)
    else:
        name = _stream_name(source)
        size = None
        counted = _Reader(source, owns=False)
    try:
        return _unpacked(name, counted, size)
    except UnreadableError as error:
        raise InputError(f"{name}: {error}") from error


def _stream_name(stream: BinaryIO) -> str:
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) and not name.startswith("<") else "standard input"


def _unpacked(name: str, counted: _Reader, size: int | None) -> Opened:
    stored: BinaryIO = cast(BinaryIO, io.BufferedReader(counted, _BUFFER_BYTES))
    magic = _take(stored, 2)
    stored = cast(BinaryIO, io.BufferedReader(_Reader(stored, magic), _BUFFER_BYTES))
    if magic == _GZIP_MAGIC:
        packed = stored
        stored = cast(BinaryIO, io.BufferedReader(_GzipReader(packed), _BUFFER_BYTES))
    head = _take(stored, HEAD_BYTES)
    if not head:
        raise InputError(f"{name}: is empty, expected documents")
    stream = cast(BinaryIO, io.BufferedReader(_Reader(stored, head), _BUFFER_BYTES))
    return Opened(name, stream, head, size, lambda: counted.taken)


class _GzipReader(_Reader):
    """Reads the unpacked bytes of a gzip file and closes the file with itself."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb")))
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def lines(opened: Opened) -> Iterator[tuple[int, bytes]]:
    r"""Give each line with its number from 1, its line end ("\n" or "\r\n") included.

    Raises:
        UnreadableError: the data break, or a line is longer than `MAX_RECORD_BYTES`.
    """
    number = 0
    while line := opened.stream.readline(MAX_RECORD_BYTES):
        number += 1
        if len(line) == MAX_RECORD_BYTES:
            raise UnreadableError(f"line {number} is longer than {MAX_RECORD_BYTES >> 20} MB")
        yield number, line


def decode(content: bytes, first_line: int = 1) -> str:
    """Decode UTF-8 text.

    Raises:
        ValueError: the bytes are not UTF-8, or hold a NUL; the message names the line and the byte in it.
    """
    try:
        text = content.decode()
        bad = content.find(b"\0")
        found = "a NUL byte"
    except UnicodeDecodeError as error:
        text, bad = "", error.start
        found = f"byte 0x{content[bad]:02x}, which is not UTF-8"
    if bad < 0:
        return text
    line = first_line + content.count(b"\n", 0, bad)
    column = bad - content.rfind(b"\n", 0, bad)
    raise NotTextError(f"{found}, at byte {column} of the line; convert the file to UTF-8 text", line)


class NotTextError(ValueError):
    """Bytes that are not UTF-8 text; `line` is where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name, whole, when the block ends without an error.

    It is written beside its final place and renamed; packed with gzip if the name ends in ".gz". A device
    or pipe is written directly. After an error the old file, if any, stands untouched.

    Raises:
        InputError: the file cannot be written (no folder, no permission, disk full).
    """
    target = Path(os.path.realpath(path))
    direct = target.exists() and not target.is_file()
    place = target if direct else target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with _opened(place, "wb" if direct else "xb", path) as file:
            yield from _filled(file, path)
            file.flush()
            if not direct:
                os.fsync(file.fileno())
        if not direct:
            _rename(place, target)
    except OSError as error:
        if error.errno not in _CANNOT_STORE:
            raise
        raise InputError(f"{path}: cannot be written: {_reason(error)}; nothing was changed") from error
    finally:  # opening is inside too: an interrupt may come when the file is there and not yet in our hands
        if not direct:
            with suppress(OSError):
                place.unlink()


def _opened(place: Path, mode: str, path: Path) -> IO[bytes]:
    try:
        return cast(IO[bytes], place.open(mode))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {_reason(error)}") from error


_CANNOT_STORE = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO})


def _filled(file: IO[bytes], path: Path) -> Iterator[BinaryIO]:
    if path.suffix == ".gz":
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
            yield cast(BinaryIO, packed)
    else:
        yield cast(BinaryIO, file)


def _rename(place: Path, target: Path) -> None:
    if target.exists():
        place.chmod(target.stat().st_mode & 0o777)
    place.replace(target)
