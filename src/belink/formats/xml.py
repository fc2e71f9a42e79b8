"""XML read safely and one record at a time.

No entity is expanded, nothing is fetched, and a declaration of entities is refused before the parser
sees it, so a small file cannot grow in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from belink.errors import InputError
from belink.formats.problems import OnProblem
from belink.formats.streams import Opened
from belink.types import Problem

Element: TypeAlias = etree._Element

OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": True,
}
_PROLOG = re.compile(
    r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->)*"
    r"(?P<doctype><!DOCTYPE[^\[>]*(?P<subset>\[.*?\]\s*)?>)?"
    r"(?:\s+|<\?.*?\?>|<!--.*?-->)*<(?P<root>[^\s<>/!?]+)",
    re.DOTALL,
)
_ENCODING = re.compile(r"""<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")
_PLAIN_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|us-ascii|ascii|iso-8859-\d+|latin-?1|windows-125\d", re.I
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def root_name(head: bytes) -> str | None:
    """Give the name of the root element, None where the bytes do not begin as XML."""
    match = _PROLOG.match(_text(head))
    return match["root"] if match else None


class Prolog(NamedTuple):
    """What stands before the content: the document type, "" where there is none, and the root's name."""

    doctype: str
    root: str


def prolog(opened: Opened) -> Prolog:
    """Read the beginning of an XML file, having made sure that no entities are declared before its root.

    Raises:
        InputError: otherwise, or where the encoding could hide a declaration.
    """
    head = _text(opened.head)
    match = _PROLOG.match(head)
    if match is None:
        raise InputError(
            f"{opened.path}:1: no XML element found at the beginning, expected <collection> or alike"
        )
    if "<!ENTITY" in (match["doctype"] or ""):
        raise InputError(
            f"{opened.path}:1: declares XML entities, which are refused; write the text out in full"
        )
    encoding = _ENCODING.match(head.lstrip("\ufeff"))
    if encoding and not _PLAIN_ENCODINGS.fullmatch(encoding[1]):
        raise InputError(
            f"{opened.path}:1: encoding {encoding[1][:40]!r} is not known; convert the file to UTF-8"
        )
    return Prolog(" ".join((match["doctype"] or "").split()), match["root"])


def encoding_of(head: bytes) -> str:
    """Give the encoding of an XML file by its byte order mark or declaration, UTF-8 without either."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head[:2]:
        return "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
    said = _ENCODING.match(_text(head).lstrip("\ufeff"))
    name = said[1].lower() if said else "utf-8"
    return "utf-8" if name in ("utf8", "us-ascii", "ascii") else name


def _text(head: bytes) -> str:
    if head.startswith(b"\xff\xfe") or head[1:2] == b"\0":
        return head.decode("utf-16-le", errors="replace")
    if head.startswith(b"\xfe\xff") or head[:1] == b"\0":
        return head.decode("utf-16-be", errors="replace")
    return head.decode("utf-8", errors="replace")


def records_of(opened: Opened, tags: str | tuple[str, ...], on_problem: OnProblem) -> Iterator[Element]:
    """Give each element of these names and forget it afterwards.

    Broken XML ends the stream with a "rest" problem, after the elements before the break. An element with
    references to entities is left out.
    """
    try:
        for _, record in etree.iterparse(opened.stream, events=("end",), tag=tags, **OPTIONS):
            if record.getroottree().docinfo.doctype and next(record.iter(etree.Entity), None) is not None:
                where = f"{opened.path}:{record.sourceline}"
                message = f"<{record.tag}> uses an XML entity that the file does not explain: left out"
                on_problem(Problem(where, message, "document"))
            else:
                yield record
            forget(record)
    except etree.XMLSyntaxError as error:
        reason = str(error.msg).partition(", line")[0]
        message = f"XML is broken ({reason}): the file cannot be read beyond this line"
        on_problem(Problem(f"{opened.path}:{error.lineno or 1}", message, "rest"))


def forget(record: Element) -> None:
    """Free an element that was read and those before it."""
    record.clear()
    parent = record.getparent()
    if parent is not None:
        while parent[0] is not record:
            del parent[0]


def parse_one(content: bytes) -> Element:
    """Parse an element in UTF-8."""
    return etree.fromstring(content, etree.XMLParser(encoding="utf-8", collect_ids=False, **OPTIONS))


def to_bytes(tree: Element) -> bytes:
    """Serialise an element in UTF-8, without what follows it."""
    return etree.tostring(tree, encoding="utf-8", xml_declaration=False, with_tail=False)


def element(tag: str, text: str = "", **attributes: str) -> Element:
    """Make an element; characters that XML has no place for become spaces."""
    made = etree.Element(tag, {name: plain(value) for name, value in attributes.items()})
    if text:
        made.text = plain(text)
    return made


def plain(text: str) -> str:
    """Replace each character that XML has no place for by a space."""
    return _NOT_XML.sub(" ", text)
