"""`read`: an input of any format becomes a stream of documents."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from belink.errors import InputError
from belink.formats import bioc_json, bioc_xml, brat, jsonl, pubmed_xml, pubtator, text
from belink.formats.problems import OnProblem, UnreadableError, raise_unless_warning
from belink.formats.sniff import CHOICES, FORMATS, Format, find_format
from belink.formats.streams import Opened, open_input
from belink.types import Annotation, Document, Problem

REMEMBERED = 100_000
"""Ids of so many documents are remembered to tell repeated ones; memory is bounded."""

_Reader = Callable[[Opened, OnProblem], Iterator[Document]]
_READERS: dict[Format, tuple[Callable[[Opened], bytes], _Reader]] = {
    "bioc-xml": (bioc_xml.header, bioc_xml.read),
    "bioc-json": (bioc_json.header, bioc_json.read),
    "pubtator": (pubtator.header, pubtator.read),
    "jsonl": (jsonl.header, jsonl.read),
    "text": (text.header, text.read),
    "pubmed-xml": (pubmed_xml.header, pubmed_xml.read),
}


@dataclass(frozen=True, slots=True)
class Source:
    """An input that was opened and whose format is known.

    Attributes:
        path: its name for messages.
        format: what it is written in.
        header: what it says of itself before the first document, for `write`; opaque.
        documents: its documents, read as they are asked for; to be gone through once.
        size_bytes: its size as it is stored, None where that is not known (standard input).
        position: tells how many of those bytes are used up.
    """

    path: str
    format: Format
    header: bytes
    documents: Iterator[Document]
    size_bytes: int | None
    position: Callable[[], int]


def read(
    source: Path | str | BinaryIO,
    *,
    format: Format | str | None = None,
    on_problem: OnProblem = raise_unless_warning,
) -> Source:
    """Open documents, plain or packed with gzip.

    Args:
        source: a file; a folder, whose files (sorted by name, all of one format) are read as one source; "-"
            or a binary stream.
        format: None finds it from the content.
        on_problem: takes what is wrong but does not stop the reading. By default everything but a warning
            raises `InputError`.

    Returns:
        A source that reads documents in constant memory, but for their ids: a repeated id becomes "ID#2",
        "ID#3" in the document, with a warning, and stays as it is in a file of the same format.

    Raises:
        InputError: the source cannot be opened, is empty, is of no known format, or a folder holds several.
    """
    if format is not None and format not in FORMATS:
        raise InputError(f"unknown format {format!r}: {CHOICES}")
    if source == "-":
        return _read_one(sys.stdin.buffer, format, on_problem)
    if not isinstance(source, Path | str):
        return _read_one(source, format, on_problem)
    path = Path(source)
    if path.is_dir():
        return _read_folder(path, format, on_problem)
    if _is_brat(path, format):
        return _read_brat(path, on_problem)
    return _read_one(path, format, on_problem)


def read_many(
    source: Path | str | BinaryIO,
    *,
    format: Format | str | None = None,
    on_problem: OnProblem = raise_unless_warning,
) -> Iterator[Source]:
    """Open each file of a folder as a source of its own, of whatever format; a brat folder is one source.

    Anything but a folder gives one source. A file of a folder that cannot be opened is a "document" problem.

    Raises:
        InputError: as `read` does for what is not in a folder.
    """
    path = Path(source) if isinstance(source, Path | str) and source != "-" else None
    if path is None or not path.is_dir() or _is_brat(path, format):
        yield read(source, format=format, on_problem=on_problem)
        return
    for file in _files(path):
        try:
            found = read(file, format=format, on_problem=on_problem)
        except InputError as error:
            on_problem(_as_problem(error, file))
        else:
            yield found


def _as_problem(error: InputError, file: Path) -> Problem:
    return Problem(str(file), str(error).removeprefix(f"{file}").lstrip(": "), "document")


def _files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    if not files:
        raise InputError(f"{folder}: holds no files, expected documents")
    return files


def _is_brat(path: Path, format: str | None) -> bool:
    """Tell brat by its pairs of files: a `.ann` in the folder or beside the `.txt`."""
    if format is not None:
        return format == "brat"
    if path.is_dir():
        return next(path.rglob("[!.]*.ann"), None) is not None
    return (
        path.suffix in (".txt", ".ann")
        and path.with_suffix(".ann").is_file()
        and path.with_suffix(".txt").is_file()
    )


def _read_one(source: Path | BinaryIO, format: str | None, on_problem: OnProblem) -> Source:
    opened = open_input(source)
    found = next((name for name in FORMATS if name == format), None) or find_format(opened)
    if found == "brat":
        raise InputError(
            f"{opened.path}: brat annotations need their text beside them, in a .txt file of this name"
        )
    header, reader = _READERS[found]
    documents = _unique(_guarded(opened, reader, on_problem), opened.path, on_problem)
    return Source(opened.path, found, header(opened), documents, opened.size_bytes, opened.position)


def _guarded(opened: Opened, reader: _Reader, on_problem: OnProblem) -> Iterator[Document]:
    """Read, telling of data that break off, and close the input at the end."""
    with opened.stream:
        try:
            yield from reader(opened, on_problem)
        except UnreadableError as error:
            on_problem(Problem(opened.path, str(error), "rest"))


def _unique(documents: Iterator[Document], path: str, on_problem: OnProblem) -> Iterator[Document]:
    """Give repeated document ids a number, where they repeat one of the last `REMEMBERED`."""
    seen: OrderedDict[str, None] = OrderedDict()
    counts: dict[str, int] = {}
    for doc in documents:
        if len(seen) > REMEMBERED:
            oldest, _ = seen.popitem(last=False)
            counts.pop(oldest, None)
        if doc.id not in seen:
            seen[doc.id] = None
            yield doc
            continue
        number = counts.get(doc.id, 1) + 1
        while f"{doc.id}#{number}" in seen:
            number += 1
        counts[doc.id] = number
        new_id = f"{doc.id}#{number}"
        seen[new_id] = None
        on_problem(
            Problem(path, f"document id {doc.id} is repeated: this one is read as {new_id}", "warning")
        )
        yield replace(doc, id=new_id, annotations=tuple(_renamed(a, new_id) for a in doc.annotations))


def _renamed(annotation: Annotation, document_id: str) -> Annotation:
    return replace(annotation, mention=replace(annotation.mention, document_id=document_id))


@dataclass(slots=True)
class _Done:
    """Bytes of the files of a folder that are read."""

    size: int = 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _read_brat(path: Path, on_problem: OnProblem) -> Source:
    pairs = brat.find_pairs(path)
    if not pairs:
        raise InputError(f"{path}: holds no .txt and .ann files, expected brat documents")
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    done = _Done()

    def documents() -> Iterator[Document]:
        for name, file in pairs:
            doc = brat.read_pair(name, file, on_problem)
            done.size += _size(file) + _size(file.with_suffix(".ann"))
            if doc is not None:
                yield doc

    total = sum(_size(file) + _size(file.with_suffix(".ann")) for _, file in pairs)
    return Source(str(path), "brat", b"", documents(), total, lambda: done.size)


def _read_folder(folder: Path, format: str | None, on_problem: OnProblem) -> Source:
    if _is_brat(folder, format):
        return _read_brat(folder, on_problem)
    files = _files(folder)
    first = read(files[0], format=format, on_problem=on_problem)
    done = _Done()
    current = [first]

    def documents() -> Iterator[Document]:
        yield from first.documents
        for file in files[1:]:
            done.size += current[0].position()
            try:
                current[0] = read(file, format=format, on_problem=on_problem)
            except InputError as error:
                on_problem(_as_problem(error, file))
                continue
            if current[0].format != first.format:
                raise InputError(
                    f"{file}: is {current[0].format}, while {files[0].name} is {first.format}:"
                    " give files of one format, or each as an input of its own"
                )
            yield from current[0].documents

    total = sum(_size(file) for file in files)
    stream = _unique(documents(), str(folder), on_problem)
    return Source(
        str(folder), first.format, first.header, stream, total, lambda: done.size + current[0].position()
    )
