"""Plain text: a file is a document, and holds no annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from belink.errors import InputError
from belink.formats.problems import OnProblem, UnreadableError
from belink.formats.raw import pack, unpack
from belink.formats.streams import MAX_RECORD_BYTES, NotTextError, Opened, decode
from belink.types import Decision, Document, Failed, Problem

NAME = "text"


def header(_opened: Opened) -> bytes:
    """Give the header: plain text has none."""
    return b""


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read the one document; its id is the file's name without its ending, or "stdin"."""
    content = opened.stream.read(MAX_RECORD_BYTES)
    if len(content) == MAX_RECORD_BYTES:
        raise UnreadableError(f"a text longer than {MAX_RECORD_BYTES >> 20} MB is too long for one document")
    try:
        text = decode(content).removeprefix("\ufeff")
    except NotTextError as error:
        on_problem(Problem(f"{opened.path}:{error.line}", f"{error}: document left out", "document"))
        return
    if not text.strip():
        on_problem(Problem(opened.path, "document has no text", "warning"))
    yield Document(document_id(opened.path), text, raw=pack(NAME, content))


def document_id(path: str) -> str:
    """Give the id of the document that a file holds."""
    if path == "standard input":
        return "stdin"
    return PurePath(path.removesuffix(".gz")).stem


def to_bytes(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write the text.

    Raises:
        InputError: there are decisions, for which plain text has no place.
    """
    if any(not isinstance(decision.verdict, Failed) for decision in decisions):
        raise InputError("plain text cannot hold links: choose another output format, such as jsonl or brat")
    content = unpack(doc.raw, NAME)
    return doc.text.encode(errors="replace") if content is None else content
