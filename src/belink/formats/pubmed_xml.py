"""PubMed XML: titles and abstracts of MedlineCitation records; read only."""

from __future__ import annotations

from collections.abc import Iterator

from belink.formats import xml
from belink.formats.problems import OnProblem
from belink.formats.streams import Opened
from belink.formats.xml import Element
from belink.types import Document, Passage, Problem, Span

NAME = "pubmed-xml"


def header(opened: Opened) -> bytes:
    """Give the header: none is kept, as PubMed XML is not written."""
    xml.prolog(opened)
    return b""


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read citations and book chapters one after another; one without a PMID is a `Problem`."""
    for record in xml.records_of(opened, ("MedlineCitation", "BookDocument"), on_problem):
        where = f"{opened.path}:{record.sourceline}"
        pmid = _flat(record.find("PMID"))
        if not pmid:
            on_problem(Problem(where, "citation without a PMID: document left out", "document"))
            continue
        doc = _document(pmid, list(_parts(record)))
        if not doc.text:
            on_problem(Problem(where, f"document {pmid} has no text", "warning"))
        yield doc


def _parts(record: Element) -> Iterator[tuple[str, str]]:
    """Give names and texts: the title (the vernacular one where there is no other), then the abstract."""
    article = record.find("Article")
    article = record if article is None else article
    titles = (("title", "ArticleTitle"), ("title", "Book/BookTitle"), ("vernacular title", "VernacularTitle"))
    for name, path in titles:
        title = _flat(article.find(path))
        if title:
            yield name, title
            break
    for section in article.iterfind("Abstract/AbstractText"):
        text = _flat(section)
        if text:
            yield section.get("Label") or "abstract", text


def _flat(element: Element | None) -> str:
    """Give the text of an element without its markup, white space made single."""
    return "" if element is None else " ".join("".join(str(part) for part in element.itertext("*")).split())


def _document(pmid: str, parts: list[tuple[str, str]]) -> Document:
    passages = []
    start = 0
    for name, text in parts:
        passages.append(Passage(name, Span(start, start + len(text)), start))
        start += len(text) + 1
    return Document(pmid, " ".join(text for _, text in parts), tuple(passages))
