"""Find the format of an input from its first bytes."""

from __future__ import annotations

import re
from typing import Literal, get_args

import orjson

from belink.errors import InputError
from belink.formats import json_objects, pubtator, xml
from belink.formats.streams import Opened

Format = Literal["bioc-xml", "bioc-json", "pubtator", "brat", "jsonl", "text", "pubmed-xml"]
FORMATS: tuple[Format, ...] = get_args(Format)

CHOICES = f"name the format with --format, one of {', '.join(FORMATS)}"
_PUBMED_ROOTS = (
    "PubmedArticleSet", "PubmedArticle", "MedlineCitationSet", "MedlineCitation", "PubmedBookArticleSet",
)  # fmt: skip
_BRAT = re.compile(rb"(?:[A-Z*#]\d*\t[^\n]*\r?\n)*?T\d+\t\S+ \d+ \d+(?:;\d+ \d+)*\t")
_PASSAGES = re.compile(rb'"passages"\s*:\s*\[\s*\{(?:(?!\{)[^}])*?"(?:offset|infons)"\s*:')
_BOM = b"\xef\xbb\xbf"


def find_format(opened: Opened) -> Format:
    """Tell the format by content; text that is nothing else is "text".

    Raises:
        InputError: the content is of no known format, or could be of several.
    """
    head = opened.head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and xml.root_name(head) is None:
        raise InputError(f"{opened.path}: is UTF-16 text, expected UTF-8: convert it first")
    begin = head.removeprefix(_BOM).lstrip()
    if begin.startswith(b"<") or head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:2] in (b"\0<", b"<\0"):
        return _xml(opened)
    if begin.startswith((b"{", b"[")):
        found = _json(begin, opened.path)
        if found:
            return found
    if pubtator.FIELD.match(begin):
        return "pubtator"
    if _BRAT.match(begin):
        return "brat"
    if b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise InputError(f"{opened.path}:{line}: holds a NUL byte, so it is not text; {CHOICES}")
    return "text"


def _xml(opened: Opened) -> Format:
    root = xml.root_name(opened.head)
    if root == "collection":
        return "bioc-xml"
    if root in _PUBMED_ROOTS:
        return "pubmed-xml"
    what = f"XML of <{root[:40]}>" if root else "'<' but no XML element"
    raise InputError(f"{opened.path}:1: found {what}, expected <collection> (BioC) or PubMed XML; {CHOICES}")


def _json(begin: bytes, path: str) -> Format | None:
    if json_objects.DOCUMENTS.search(begin) or b'"bioctype"' in begin[:2000]:
        return "bioc-json"
    first = begin.partition(b"\n")[0].strip()
    try:
        record = orjson.loads(first)
    except orjson.JSONDecodeError:
        return _partial_json(begin, path)
    if isinstance(record, list):
        record = record[0] if record and isinstance(record[0], dict) else {}
        if "text" in record:
            raise InputError(f"{path}:1: found a JSON list, expected one document a line (jsonl)")
    if not isinstance(record, dict):
        return None
    if "text" in record and "document_id" in record and "spans" in record:
        raise InputError(f"{path}:1: holds decisions, expected documents; `belink evaluate` reads decisions")
    if isinstance(record.get("text"), str):
        return "jsonl"
    if "passages" in record:
        return "bioc-json"
    raise InputError(f'{path}:1: found JSON without "documents", "passages" or "text"; {CHOICES}')


def _partial_json(begin: bytes, path: str) -> Format | None:
    """Judge JSON whose first line is longer than the head, spread over lines, or broken."""
    if _PASSAGES.search(begin):
        return "bioc-json"
    if not re.search(rb'"text"\s*:', begin):
        return None
    first, line_end, _ = begin.partition(b"\n")
    if line_end and not re.search(rb'"text"\s*:', first):
        raise InputError(f"{path}:1: found JSON spread over lines, expected one document a line (jsonl)")
    return "jsonl"
