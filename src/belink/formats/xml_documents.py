"""Cut BioC XML into its `document` elements, so that each is parsed by itself.

This keeps each document's bytes as they stand, and lets the reader go on behind a broken one. The parser
never sees a document type, so no entity can grow.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from belink.formats import xml
from belink.formats.problems import OnProblem, UnreadableError
from belink.formats.streams import MAX_RECORD_BYTES, Opened
from belink.types import Problem

_START = re.compile(rb"<document(?:\s[^<>]*)?>")
_END = re.compile(rb"</document\s*>")
_ROOT_END = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*</[\w:.-]+\s*>", re.DOTALL)
_EMPTY = re.compile(rb"<[\w:.-]+(?:\s[^<>]*)?/>\s*$|</[\w:.-]+\s*>\s*$")
_LONGEST_END_TAG = 64
NEW_LINE = b"\n"
_PIECE_BYTES = 1 << 18


def documents(opened: Opened, on_problem: OnProblem) -> Iterator[tuple[int, bytes]]:
    """Give each document's line and bytes in UTF-8.

    A file that ends before its root element does ends with a "rest" problem.
    """
    encoding = xml.encoding_of(opened.head)
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors="replace")
    content, line, searched = b"", 1, 0
    found = False
    while piece := opened.stream.read(max(_PIECE_BYTES, len(content))):
        content += piece if decoder is None else decoder.decode(piece).encode()
        begin = 0
        while end := _END.search(content, searched):
            searched = end.end()
            block = content[begin:searched]
            if not _is_open(block):
                yield from _last_document(block, line, opened.path, on_problem)
                line += block.count(NEW_LINE)
                begin = searched
                found = True
        content, searched = content[begin:], searched - begin
        searched = max(searched, len(content) - _LONGEST_END_TAG)
        if len(content) > MAX_RECORD_BYTES:
            raise UnreadableError(f"line {line}: a document is longer than {MAX_RECORD_BYTES >> 20} MB")
    if not (_ROOT_END.match(content) if found else _EMPTY.search(content)):
        line += content.rstrip().count(NEW_LINE)
        message = "XML ends or breaks before </collection>: what follows cannot be read"
        on_problem(Problem(f"{opened.path}:{line}", message, "rest"))


def _is_open(block: bytes) -> bool:
    """Tell whether a block ends inside of a comment or CDATA section, where an end tag is only text."""
    return any(
        begin in block and block.rfind(begin) > block.rfind(end)
        for begin, end in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))
    )


def _last_document(block: bytes, line: int, path: str, on_problem: OnProblem) -> Iterator[tuple[int, bytes]]:
    """Give the document at the end of a block; what stands before it is the file's header or a comment."""
    start = _START.search(block)
    if start is None:
        line += block.count(NEW_LINE)
        message = "</document> without <document>: what stands before it is left out"
        on_problem(Problem(f"{path}:{line}", message, "document"))
    else:
        yield line + block.count(NEW_LINE, 0, start.start()), block[start.start() :]
