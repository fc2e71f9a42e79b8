"""Where labelled mentions come from: annotated documents, or a table of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from belink.errors import InputError
from belink.formats.labels import understand
from belink.formats.problems import OnProblem, raise_unless_warning
from belink.formats.reading import read_many
from belink.formats.streams import NotTextError, decode, lines, open_input
from belink.types import Annotation, Document, Mention, Problem, Span

_COLUMNS = 2
_COMMENT = "#"


def read_labelled_mentions(
    paths: Sequence[Path], on_problem: OnProblem = raise_unless_warning
) -> list[Document]:
    """Read labelled mentions as annotated documents.

    Args:
        paths: annotated files or folders of any format that BeLink reads, and tables whose lines are a
            mention, a tab and its identifier ("sugar sickness<TAB>MESH:D003920"; "#" begins a comment). Each
            line of a table is a document of its own, whose mention has no type.
        on_problem: takes what is wrong in the files. By default everything but a warning raises.

    Raises:
        InputError: a file cannot be read, or none holds an annotation.
    """
    docs = [doc for path in paths for doc in _read(path, on_problem)]
    if paths and not any(doc.annotations for doc in docs):
        raise InputError(
            f"{', '.join(map(str, paths))}: no labelled mention; expected annotated documents, "
            "or lines of a mention, a tab and its identifier"
        )
    return docs


def _read(path: Path, on_problem: OnProblem) -> Iterator[Document]:
    if path.is_file() and _is_table(path):
        yield from _pairs(path, on_problem)
        return
    for source in read_many(path, on_problem=on_problem):
        yield from (replace(doc, raw=b"") for doc in source.documents)


def _is_table(path: Path) -> bool:
    """Tell whether the first line that says something is a pair."""
    for _, line in lines(open_input(path)):
        if line.strip() and not line.startswith(_COMMENT.encode()):
            return len(line.strip(b"\r\n").split(b"\t")) == _COLUMNS
    return False


def _pairs(path: Path, on_problem: OnProblem) -> Iterator[Document]:
    for number, line in lines(open_input(path)):
        where = f"{path}:{number}"
        try:
            text = decode(line, number).strip("\r\n")
        except NotTextError as error:
            raise InputError(f"{where}: {error}") from error
        if not text.strip() or text.startswith(_COMMENT):
            continue
        columns = [column.strip() for column in text.split("\t")]
        if len(columns) != _COLUMNS or not all(columns):
            found = f"found {text!r}, expected a mention, a tab and its identifier"
            on_problem(Problem(where, found, "document"))
            continue
        yield _pair(where, *columns)


def _pair(where: str, text: str, identifier: str) -> Document:
    _, concept_ids = understand("", identifier)
    mention = Mention(where, (Span(0, len(text)),), text, "")
    return Document(where, text, annotations=(Annotation("", mention, "", identifier, concept_ids),))
