"""Cut JSON of any size into the objects of its list of documents, without parsing it as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from belink.formats.problems import OnProblem, UnreadableError
from belink.formats.streams import MAX_RECORD_BYTES, Opened
from belink.types import Problem

DOCUMENTS = re.compile(rb'"(?:documents|PubTator3)"\s*:\s*\[')
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]"]', re.DOTALL)
_LIST_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[?")
_NO_OBJECT = "JSON is broken: expected nothing but documents (objects) in their list"
_PIECE_BYTES = 1 << 18


def closing(opening: bytes) -> bytes:
    """Give the brackets that close what a text opens."""
    stack: list[bytes] = []
    for token in _TOKEN.findall(opening):
        if token in (b"{", b"["):
            stack.append(b"}" if token == b"{" else b"]")
        elif token in (b"}", b"]") and stack:
            stack.pop()
    return b"".join(reversed(stack))


def objects(opened: Opened, on_problem: OnProblem) -> Iterator[tuple[int, bytes]]:
    """Give each object of the list of documents, or of the whole text if it has none, with its line.

    Text that is cut off or has something else between objects ends the stream with a "rest" problem.
    """
    begin = DOCUMENTS.search(opened.head) or _LIST_BEGIN.match(opened.head)
    cutter = _Cutter(opened.stream)
    is_list = begin is not None and begin[0].endswith(b"[")
    cutter.skip(begin.end() if begin else 0)
    while True:
        yield from cutter.cut()
        if cutter.problem or (is_list and not cutter.closed):
            message = cutter.problem or "JSON ends before its list of documents does: the file is cut off"
            on_problem(Problem(f"{opened.path}:{cutter.line}", message, "rest"))
            return
        behind = cutter.rest()
        following = DOCUMENTS.search(behind)
        if b'"' in behind:
            message = "what stands behind the documents (source, infons, ...) is not kept on writing"
            on_problem(Problem(f"{opened.path}:{cutter.line}", message, "warning"))
        if not following:
            return
        cutter.skip(following.end())


class _Cutter:
    """Walks over the brackets of a stream.

    `closed` tells that the list's closing bracket was met, `problem` what else ended the walk.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self.line = 1
        self.closed = False
        self.problem = ""

    def skip(self, size: int) -> None:
        """Go forward by some bytes."""
        while len(self._buffer) < size and self._more():
            pass
        self._drop(size)

    def rest(self) -> bytes:
        """Look at what comes next, up to 64 KB."""
        while len(self._buffer) < 1 << 16 and self._more():
            pass
        return self._buffer

    def _drop(self, size: int) -> None:
        self.line += self._buffer.count(b"\n", 0, size)
        self._buffer = self._buffer[size:]

    def _more(self) -> bool:
        if len(self._buffer) > MAX_RECORD_BYTES:
            raise UnreadableError(f"line {self.line}: a document is longer than {MAX_RECORD_BYTES >> 20} MB")
        piece = self._stream.read(max(_PIECE_BYTES, len(self._buffer)))
        self._buffer += piece
        return bool(piece)

    def cut(self) -> Iterator[tuple[int, bytes]]:
        """Give objects with their lines until the list is closed or the text ends."""
        self.closed = False
        position = depth = 0
        while True:
            taken = 0
            line = self.line
            for token in _TOKEN.finditer(self._buffer, position):
                kind = token[0]
                if kind == b'"':
                    break
                position = token.end()
                if kind in (b"{", b"["):
                    if depth == 0:
                        if self._buffer[taken : token.start()].strip(b" \t\r\n,") or kind == b"[":
                            self.problem = _NO_OBJECT
                            return
                        line += self._buffer.count(b"\n", taken, token.start())
                        taken = token.start()
                    depth += 1
                elif kind in (b"}", b"]"):
                    depth -= 1
                    if depth < 0:
                        if self._buffer[taken : token.start()].strip(b" \t\r\n,"):
                            self.problem = _NO_OBJECT
                            return
                        self._drop(token.start())
                        self.closed = True
                        return
                    if depth == 0:
                        yield line, self._buffer[taken:position]
                        line += self._buffer.count(b"\n", taken, position)
                        taken = position
            self._drop(taken)
            position -= taken
            if not self._more():
                if depth or self._buffer.strip(b" \t\r\n,"):
                    self.problem = "JSON is cut off or broken here: the file cannot be read beyond"
                return
