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
_END_TAG = b"</document"
_END = re.compile(_END_TAG + rb"\s*>")
_ROOT_END = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*</[\w:.-]+\s*>", re.DOTALL)
_EMPTY = re.compile(rb"<[\w:.-]+(?:\s[^<>]*)?/>\s*$|</[\w:.-]+\s*>\s*$")
_LONGEST_END_TAG = 64
NEW_LINE = b"\n"
_PIECE_BYTES = 1 << 16


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
        while (end := _end_of_document(content, searched)) >= 0:
            searched = end
            if not _is_open(content, begin, end):
                yield from _last_document(content, (begin, end), (opened.path, line), on_problem)
                line += content.count(NEW_LINE, begin, end)
                begin = end
                found = True
        content, searched = content[begin:], searched - begin
        searched = max(searched, len(content) - _LONGEST_END_TAG)
        if len(content) > MAX_RECORD_BYTES:
            raise UnreadableError(f"line {line}: a document is longer than {MAX_RECORD_BYTES >> 20} MB")
    if not (_ROOT_END.match(content) if found else _EMPTY.search(content)):
        line += content.rstrip().count(NEW_LINE)
        message = "XML ends or breaks before </collection>: what follows cannot be read"
        on_problem(Problem(f"{opened.path}:{line}", message, "rest"))


def _end_of_document(content: bytes, begin: int) -> int:
    """Find where the next end tag of a document ends, -1 where there is none."""
    while (place := content.find(_END_TAG, begin)) >= 0:
        if tag := _END.match(content, place):
            return tag.end()
        begin = place + 1
    return -1


def _is_open(content: bytes, begin: int, end: int) -> bool:
    """Tell whether a block ends inside of a comment or CDATA section, where an end tag is only text."""
    return content.find(b"!", begin, end) >= 0 and any(
        content.rfind(opening, begin, end) > content.rfind(closing, begin, end)
        for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))
    )


def _last_document(
    content: bytes, block: tuple[int, int], place: tuple[str, int], on_problem: OnProblem
) -> Iterator[tuple[int, bytes]]:
    """Give the document at the end of a block; what stands before it is the file's header or a comment."""
    begin, end = block
    path, line = place
    start = _START.search(content, begin, end)
    if start is None:
        line += content.count(NEW_LINE, begin, end)
        message = "</document> without <document>: what stands before it is left out"
        on_problem(Problem(f"{path}:{line}", message, "document"))
    else:
        yield line + content.count(NEW_LINE, begin, start.start()), content[start.start() : end]
