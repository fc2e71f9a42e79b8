"""brat standoff: a text in `.txt`, its annotations in `.ann`, for each document.

Read are text-bound annotations (T), also discontinuous ones, and their normalisations (N); every other line
(E, R, A, M, #, *) is kept. brat cuts a mention at a line break ("0 5;6 10"): such parts are one span here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from belink.errors import InputError
from belink.formats.mentions import (
    Claim,
    Key,
    answers,
    check,
    free_ids,
    key_of,
    mention_text,
    new_answers,
)
from belink.formats.problems import OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import NotTextError, decode, write_atomically
from belink.types import Annotation, Decision, Document, Linked, Problem, Span

NAME = "brat"
_BOUND = re.compile(r"(T[^\t]*)\t(\S+) ([\d ;]+)\t?(.*)", re.DOTALL)
_NORMALISED = re.compile(r"(N[^\t]*)\t(\S+) (\S+) ([^\t]+)(.*)", re.DOTALL)


def find_pairs(path: Path) -> list[tuple[str, Path]]:
    """Give (id, `.txt` path) of each pair in and below a folder, or of one file's pair; sorted by id."""
    if not path.is_dir():
        return [(path.stem, path.with_suffix(".txt"))]
    found = {file.with_suffix(".txt") for ending in ("txt", "ann") for file in path.rglob(f"[!.]*.{ending}")}
    return sorted((file.relative_to(path).with_suffix("").as_posix(), file) for file in found)


def read_pair(document_id: str, path: Path, on_problem: OnProblem) -> Document | None:
    """Read a `.txt` and the `.ann` beside it, if there is one; None where it cannot be read."""
    notes = path.with_suffix(".ann")
    where = str(path)
    try:
        text = decode(path.read_bytes())
        content = notes.read_bytes() if notes.exists() else b""
        where = str(notes)
        decode(content)
    except OSError as error:
        on_problem(Problem(where, f"cannot be read: {error.strerror}: document left out", "document"))
        return None
    except NotTextError as error:
        on_problem(Problem(f"{where}:{error.line}", f"{error}: document left out", "document"))
        return None
    if not text.strip():
        on_problem(Problem(str(path), "document has no text", "warning"))
    found = parse(content, document_id, text, str(notes), on_problem)
    annotations = tuple(annotation for _, annotation in found)
    return Document(document_id, text, annotations=annotations, raw=pack(NAME, content))


def parse(
    content: bytes, document_id: str, text: str, path: str, on_problem: OnProblem
) -> list[tuple[int, Annotation]]:
    """Read the lines of an `.ann`; give the annotations with the numbers of their lines from 0."""
    rows = content.decode().removeprefix("\ufeff").split("\n")
    identifiers: dict[str, list[str]] = {}
    for row in rows:
        match = _NORMALISED.match(row.rstrip("\r"))
        if match:
            identifiers.setdefault(match[3], []).append(match[4])
    found = []
    for line, row in enumerate(rows):
        if not row.startswith("T"):
            continue
        match = _BOUND.match(row.rstrip("\r"))
        spans = _spans(match[3], text) if match else ()
        if match is None or not spans:
            on_problem(
                Problem(
                    _where(path, line),
                    f"{row[:60]!r} is no annotation such as 'T1\\tType 0 5\\ttext'",
                    "annotation",
                )
            )
            continue
        identifier = "|".join(identifiers.get(match[1], ()))
        claim = Claim(match[1], spans, match[4] or None, match[2], identifier)
        annotation = check(claim, document_id, text, partial(_where, path, line), on_problem)
        if annotation:
            found.append((line, annotation))
    return found


def _where(path: str, line: int) -> str:
    return f"{path}:{line + 1}"


def _spans(places: str, text: str) -> tuple[Span, ...]:
    """Read "0 5;6 10"; parts that only a line break parts are joined. Empty where it is not of this form."""
    spans: list[Span] = []
    for place in places.split(";"):
        ends = place.split()
        if len(ends) != 2 or not all(end.isascii() and end.isdigit() and len(end) < 16 for end in ends):
            return ()
        span = Span(int(ends[0]), int(ends[1]))
        if spans and text[spans[-1].end : span.start] in ("\n", "\r\n"):
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return tuple(spans)


def annotation_lines(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write the `.ann` of a document with its decisions; lines that were there stay but for these."""
    kept = answers(decisions)
    content = unpack(doc.raw, NAME)
    if content is None:
        rows = _rows_of(doc)
        content = "".join(f"{row}\n" for row in rows).encode(errors="replace")
    if not kept:
        return content
    found = parse(content, doc.id, doc.text, "", lambda _: None)
    return _answered(content, found, doc.text, kept)


def _rows_of(doc: Document) -> Iterator[str]:
    """Give the lines of annotations that were not read from brat: T, and N for each concept."""
    names = free_ids(set(), len(doc.annotations))
    numbers = count(1)
    for annotation, name in zip(doc.annotations, names, strict=True):
        mention = annotation.mention
        yield _bound(name, annotation.label or mention.type, mention.spans, doc.text)
        for concept_id in annotation.concept_ids:
            yield _normalised(next(numbers), name, concept_id, mention.text)


def _answered(
    content: bytes, found: Sequence[tuple[int, Annotation]], text: str, kept: Mapping[Key, Decision]
) -> bytes:
    rows = content.decode().split("\n")
    decided = {
        annotation.id: kept[key_of(annotation.mention)]
        for _, annotation in found
        if key_of(annotation.mention) in kept
    }
    numbers = _free_numbers(rows)
    staying = [row for row in rows if not _is_about(row, decided)]
    added = [row for name, decision in decided.items() for row in _concept_rows(name, decision, numbers)]
    new = new_answers(kept, [annotation for _, annotation in found])
    names = free_ids({row.partition("\t")[0] for row in rows}, len(new))
    for decision, name in zip(new, names, strict=True):
        added.append(_bound(name, decision.mention.type, decision.mention.spans, text))
        added += _concept_rows(name, decision, numbers)
    while staying and not staying[-1].strip():
        staying.pop()
    end = "\r\n" if rows[0].endswith("\r") else "\n"
    return "".join([f"{row}\n" for row in staying] + [f"{row}{end}" for row in added]).encode()


def _is_about(row: str, decided: Mapping[str, Decision]) -> bool:
    match = _NORMALISED.match(row)
    return match is not None and match[3] in decided


def _free_numbers(rows: Iterable[str]) -> Iterator[int]:
    taken = {row.partition("\t")[0] for row in rows}
    return (number for number in count(1) if f"N{number}" not in taken)


def _concept_rows(name: str, decision: Decision, numbers: Iterator[int]) -> list[str]:
    """Give a normalisation line for each concept of a verdict; none where no concept fits."""
    if not isinstance(decision.verdict, Linked):
        return []
    names = {candidate.concept_id: candidate.name for candidate in decision.candidates}
    return [
        _normalised(next(numbers), name, concept_id, names.get(concept_id, decision.mention.text))
        for concept_id in decision.verdict.concept_ids
    ]


def _normalised(number: int, name: str, concept_id: str, concept_name: str) -> str:
    return f"N{number}\tReference {name} {'_'.join(concept_id.split())}\t{' '.join(concept_name.split())}"


def _bound(name: str, label: str, spans: Sequence[Span], text: str) -> str:
    """Write a text-bound annotation, cut at line breaks as brat does."""
    parts = [part for span in spans for part in _without_breaks(span, text)] or list(spans)
    places = ";".join(f"{part.start} {part.end}" for part in parts)
    shown = mention_text(text, parts).replace("\n", " ").replace("\r", " ")
    return f"{name}\t{'_'.join(label.split()) or 'Entity'} {places}\t{shown}"


def _without_breaks(span: Span, text: str) -> Iterator[Span]:
    for match in re.finditer(r"[^\r\n]+", text[span.start : span.end]):
        yield Span(span.start + match.start(), span.start + match.end())


def write(out: Path, linked: Iterable[tuple[Document, Sequence[Decision]]]) -> None:
    """Write pairs of files into a folder, or to the stem of a `.txt` or `.ann` name if there is one document.

    Each file appears by rename, the `.ann` behind its `.txt`.

    Raises:
        InputError: a file cannot be written, or there are several documents for one name.
    """
    single = out.suffix in (".txt", ".ann") and not out.is_dir()
    written: set[str] = set()
    for doc, decisions in linked:
        if single and written:
            raise InputError(f"{out}: brat keeps one document a pair of files: name a folder for several")
        name = out.stem if single else _file_name(doc.id, written)
        written.add(name.casefold())
        text = out.with_suffix(".txt") if single else out / f"{name}.txt"
        try:
            text.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{text.parent}: cannot be made: {error.strerror}") from error
        for path, content in (
            (text, doc.text.encode(errors="replace")),
            (text.with_suffix(".ann"), annotation_lines(doc, decisions)),
        ):
            with write_atomically(path) as file:
                file.write(content)
    if not single:
        out.mkdir(parents=True, exist_ok=True)


def _file_name(document_id: str, written: set[str]) -> str:
    """Make a path below the folder of a document's id, new in this run."""
    parts = [part for part in document_id.replace("\0", "_").split("/") if part not in ("", ".", "..")]
    name = "/".join(part[:80].lstrip(".") or "_" for part in parts) or "document"
    free = name
    for number in count(2):
        if free.casefold() not in written:
            break
        free = f"{name}#{number}"
    return free
