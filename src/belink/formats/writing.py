"""`write`: documents and the decisions about them become a file of any format but PubMed XML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from belink.errors import InputError
from belink.formats import bioc_json, bioc_xml, bioc_xml_output, brat, jsonl, pubtator, text
from belink.formats.sniff import Format
from belink.formats.streams import write_atomically
from belink.types import Decision, Document

WRITABLE: tuple[Format, ...] = ("bioc-xml", "bioc-json", "pubtator", "brat", "jsonl", "text")
"""The formats `write` knows."""

_WRITERS: dict[str, Callable[[Document, Sequence[Decision]], bytes]] = {
    "bioc-xml": bioc_xml_output.to_bytes,
    "bioc-json": bioc_json.to_bytes,
    "pubtator": pubtator.to_bytes,
    "jsonl": jsonl.to_bytes,
    "text": text.to_bytes,
}


def default_output_format(source_format: str) -> Format:
    """Give the format to write links in where the user names none: the input's if it can hold them."""
    if source_format == "text":
        return "jsonl"
    return next((name for name in WRITABLE if name == source_format), "bioc-xml")


def write(
    out: Path | BinaryIO,
    format: Format | str,
    header: bytes,
    linked: Iterable[tuple[Document, Sequence[Decision]]],
) -> None:
    """Write documents with their decisions, one after another as they come.

    A decision changes the identifier of each annotation with its spans and type; where there is none, it
    becomes a new annotation. A failed one changes nothing. Whatever else a file of the same format held
    stays as it was.

    Args:
        out: a file, which appears whole under its name or not at all (packed if it ends in ".gz"); for brat
            a folder; or a binary stream.
        format: one of `WRITABLE`.
        header: `Source.header` of where the documents came from, of any format; b"" for none.
        linked: each document with the decisions about it.

    Raises:
        InputError: the format cannot be written, cannot hold links (plain text), or `out` is not writable.
    """
    if format not in WRITABLE:
        raise InputError(f"format {format!r} cannot be written: choose one of {', '.join(WRITABLE)}")
    if format == "brat":
        if not isinstance(out, Path):
            raise InputError("brat is written to a folder of .txt and .ann files: name it with --out")
        brat.write(out, linked)
        return
    with write_atomically(out) if isinstance(out, Path) else nullcontext(out) as file:
        _write_stream(file, format, header, linked)


def _write_stream(
    file: BinaryIO,
    format: str,
    header: bytes,
    linked: Iterable[tuple[Document, Sequence[Decision]]],
) -> None:
    to_bytes = _WRITERS[format]
    before, between, after = _frame(format, header)
    file.write(before)
    last = b""
    for doc, decisions in linked:
        if last:
            file.write(between if format.startswith("bioc") or not last.endswith(b"\n") else b"")
        last = to_bytes(doc, decisions)
        file.write(last)
    file.write(after)


def _frame(format: str, header: bytes) -> tuple[bytes, bytes, bytes]:
    if not format.startswith("bioc"):
        return b"", b"\n\n" if format == "pubtator" else b"\n", b""
    model = bioc_xml.header_model(header) or bioc_json.header_model(header)
    return bioc_xml_output.frame(header, model) if format == "bioc-xml" else bioc_json.frame(header, model)
