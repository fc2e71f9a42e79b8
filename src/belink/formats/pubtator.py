"""PubTator: `PMID|t|title`, `PMID|a|abstract`, then one tab-separated line an annotation or relation.

The fields are laid out with one space between them, as offsets count them. Files in the wild differ: the
abstract or the blank line between documents may be missing, lines may end in CRLF, annotation lines have
4 (no type) to 7 columns (the names in a composite mention). The format has no place for discontinuous
mentions: they are written from their first to their last code point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from belink.formats.mentions import Claim, Key, answers, check, identifier_of, key_of, new_answers
from belink.formats.problems import MalformedError, OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import NotTextError, Opened, decode, lines
from belink.types import Annotation, Decision, Document, Passage, Problem, Span

NAME = "pubtator"
FIELD = re.compile(rb"(?:\xef\xbb\xbf)?([^|\t\r\n]*)\|([A-Za-z])\|")
_FIELD_OF_TEXT = re.compile(r"\ufeff?([^|\t\r\n]*)\|([A-Za-z])\|")
_NAMES = {"t": "title", "a": "abstract"}
_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(slots=True)
class _Block:
    """Lines of one document as they come."""

    first_line: int
    lines: list[bytes] = field(default_factory=list)
    id: bytes | None = None
    letters: list[bytes] = field(default_factory=list)
    in_fields: bool = True

    def ends_before(self, line: bytes) -> bool:
        """Tell whether a line begins the next document: another id, or a field this one already has."""
        found = FIELD.match(line)
        if not found:
            return False
        if self.id is None:
            return False
        repeated = found[2] == b"t" or not self.in_fields
        return found[1] != self.id or (found[2] in self.letters and repeated)

    def add(self, line: bytes) -> None:
        """Take a line."""
        self.lines.append(line)
        found = FIELD.match(line)
        if found:
            self.id = found[1]
            self.letters.append(found[2])
        elif self.id is not None:
            self.in_fields = False


def header(_opened: Opened) -> bytes:
    """Give the header: PubTator has none."""
    return b""


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read documents one after another; a bad one is a `Problem` and the next one follows."""
    for block in _blocks(opened):
        where = f"{opened.path}:{block.first_line}"
        try:
            doc, _ = parse(b"".join(block.lines), where, on_problem)
        except NotTextError as error:
            on_problem(Problem(f"{opened.path}:{error.line}", f"{error}: document left out", "document"))
        except MalformedError as error:
            on_problem(Problem(where, f"{error}: left out", "document"))
        else:
            yield doc


def _blocks(opened: Opened) -> Iterator[_Block]:
    block = _Block(1)
    for number, line in lines(opened):
        if block.ends_before(line):
            yield block
            block = _Block(number)
        block.add(line)
    if block.id is not None or any(line.strip() for line in block.lines):
        yield block


def parse(content: bytes, where: str, on_problem: OnProblem) -> tuple[Document, list[tuple[int, Annotation]]]:
    """Read the lines of one document; give it and its annotations with the numbers of their lines from 0.

    Raises:
        MalformedError: there is no title or other field.
        NotTextError: the lines are not UTF-8.
    """
    path, _, first = where.rpartition(":")
    first_line = int(first)
    rows = decode(content, first_line).split("\n")
    doc_id, fields = _fields(rows)
    text, passages = _lay_out(fields)
    if not text.strip():
        on_problem(Problem(where, f"document {doc_id} has no text", "warning"))
    found: list[tuple[int, Annotation]] = []
    for number, row in enumerate(rows):
        if _field(row) or not row.strip():
            continue
        annotation = _annotation(row, doc_id, text, f"{path}:{first_line + number}", on_problem)
        if annotation:
            found.append((number, annotation))
    annotations = tuple(annotation for _, annotation in found)
    return Document(doc_id, text, passages, annotations, pack(NAME, content)), found


def _field(row: str) -> re.Match[str] | None:
    return _FIELD_OF_TEXT.match(row)


def _fields(rows: list[str]) -> tuple[str, list[tuple[str, str]]]:
    doc_id = ""
    fields = []
    for row in rows:
        match = _field(row)
        if match:
            doc_id = match[1].strip()
            fields.append((match[2], row[match.end() :].rstrip("\r")))
    if not fields:
        raise MalformedError("expected a line like '123|t|Title' before annotations")
    return doc_id, fields


def _lay_out(fields: list[tuple[str, str]]) -> tuple[str, tuple[Passage, ...]]:
    passages = []
    start = 0
    for letter, content in fields:
        passages.append(Passage(_NAMES.get(letter, letter), Span(start, start + len(content)), start))
        start += len(content) + 1
    return " ".join(content for _, content in fields), tuple(passages)


def _annotation(row: str, doc_id: str, text: str, where: str, on_problem: OnProblem) -> Annotation | None:
    """Read one line behind the fields; None for a relation and for what is no annotation."""
    columns = row.rstrip("\r").split("\t")
    if len(columns) < 4 or not _is_number(columns[1]):
        if len(columns) < 3:
            on_problem(Problem(where, f"{row[:60]!r} is neither text, annotation nor relation", "warning"))
        return None
    if columns[0].strip() != doc_id:
        message = f"annotation of document {columns[0]} stands in document {doc_id}: left out"
        on_problem(Problem(where, message, "annotation"))
        return None
    if not _is_number(columns[2]):
        message = f"annotation ends at {columns[2][:40]!r}, expected a number: left out"
        on_problem(Problem(where, message, "annotation"))
        return None
    label, identifier = (*columns[4:6], "", "")[:2]
    spans = (Span(int(columns[1]), int(columns[2])),)
    return check(
        Claim("", spans, columns[3], label.strip(), identifier), doc_id, text, lambda: where, on_problem
    )


def _is_number(column: str) -> bool:
    column = column.strip()
    return column.isascii() and column.isdigit() and len(column) < 16


def to_bytes(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write a document with its decisions: its own lines where it was read from PubTator, else new ones."""
    content = unpack(doc.raw, NAME)
    kept = answers(decisions)
    if content is None:
        return _new_document(doc, kept)
    if not kept:
        return content
    return _updated(content, kept)


def _updated(content: bytes, kept: dict[Key, Decision]) -> bytes:
    read_back, found = parse(content, "document:1", lambda _: None)
    rows = content.decode().split("\n")
    for number, annotation in found:
        decision = kept.get(key_of(annotation.mention))
        if decision:
            rows[number] = _with_identifier(rows[number], decision)
    end = "\r" if rows[0].endswith("\r") else ""
    last = max(number for number, row in enumerate(rows) if row.strip())
    ending = rows[last + 1 :] or [""]
    if end and not rows[last].endswith(end):
        rows[last] += end
    added = [_row(read_back.id, read_back.text, d) + end for d in new_answers(kept, read_back.annotations)]
    return "\n".join([*rows[: last + 1], *added, *ending]).encode()


def _with_identifier(row: str, decision: Decision) -> str:
    end = "\r" if row.endswith("\r") else ""
    columns = row.removesuffix("\r").split("\t")
    columns += [decision.mention.type, ""][len(columns) - 4 :] if len(columns) < 6 else []
    columns[5] = identifier_of(decision)
    return "\t".join(columns) + end


def _row(doc_id: str, text: str, decision: Decision) -> str:
    mention = decision.mention
    span = Span(mention.spans[0].start, mention.spans[-1].end)
    return _line(doc_id, span, text, mention.type, identifier_of(decision))


def _line(doc_id: str, span: Span, text: str, label: str, identifier: str) -> str:
    covered = _flat(text[span.start : span.end])
    columns = [doc_id, str(span.start), str(span.end), covered, _flat(label)]
    return "\t".join([*columns, _flat(identifier)] if identifier else columns)


def _flat(text: str) -> str:
    return _LINE_BREAK.sub(" ", text).replace("\t", " ")


def _new_document(doc: Document, kept: dict[Key, Decision]) -> bytes:
    doc_id = _LINE_BREAK.sub(" ", doc.id).replace("|", "_").replace("\t", " ").strip()
    title_end = _title_end(doc)
    text = _LINE_BREAK.sub(" ", doc.text)
    rows = [f"{doc_id}|t|{text[:title_end]}"]
    if title_end < len(text):
        rows.append(f"{doc_id}|a|{text[title_end + 1 :]}")
    for annotation in doc.annotations:
        mention = annotation.mention
        decision = kept.get(key_of(mention))
        span = Span(mention.spans[0].start, mention.spans[-1].end)
        identifier = identifier_of(decision) if decision else annotation.identifier
        rows.append(_line(doc_id, span, text, annotation.label or mention.type, identifier))
    rows += [_row(doc_id, text, decision) for decision in new_answers(kept, doc.annotations)]
    return "".join(f"{row}\n" for row in [*rows, ""]).encode(errors="replace")


def _title_end(doc: Document) -> int:
    """Tell where the title ends: with the first passage, else the first line, else with the text."""
    if doc.passages:
        end = doc.passages[0].span.end
        return end if doc.text[end : end + 1].isspace() else len(doc.text)
    end = doc.text.find("\n")
    return end if end >= 0 else len(doc.text)
