"""The field's corpora, read whole and written back."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from belink.formats import bioc_xml, read, write, xml
from belink.formats.bioc_xml_plain import plain_parts
from belink.formats.raw import unpack
from belink.types import Document, Problem

FILES = {
    "bc5cdr/traindev.PubTator": (1000, 18974, 0),
    "bioid-cellline/train.PubTator": (9704, 4137, 0),
    "biored/traindev.clean.PubTator": (404, 13244, 0),
    "craft/train+dev.jsonl.gz": (67, 70094, 0),
    "gnormplus/train.PubTator": (432, 5792, 1),
    "hpo/gsc_plus.dev.jsonl": (22, 194, 1),
    "hpo/phenobert_val30.jsonl": (30, 568, 1),
    "linnaeus/train.PubTator": (80, 2321, 0),
    "ncbi-disease/dev.PubTator": (100, 787, 0),
    "ncbi-disease/train.PubTator": (593, 5145, 0),
    "nlm-chem/traindev.bioc.xml.gz": (100, 24140, 0),
    "nlm-gene/train.PubTator": (450, 13797, 0),
    "s800/train.PubTator": (639, 3053, 0),
}


def check_document(doc: Document) -> None:
    for annotation in doc.annotations:
        mention = annotation.mention
        assert mention.document_id == doc.id
        assert mention.text == " ".join(doc.text[span.start : span.end] for span in mention.spans)
        assert all(":" in c or mention.type == "Variant" for c in annotation.concept_ids)


@pytest.mark.parametrize("name", FILES)
def test_corpus_is_read_whole_and_comes_back(shared_data: Path, name: str) -> None:
    """Every annotation but the few known misfits is read, fits its text, and the file comes back the same."""
    path = shared_data / "corpora" / name
    problems: list[Problem] = []
    source = read(path, on_problem=problems.append)
    out = io.BytesIO()
    docs = []
    for doc in source.documents:
        check_document(doc)
        docs.append(doc)
    write(out, source.format, source.header, ((doc, ()) for doc in docs))
    lost = sum(problem.severity != "warning" for problem in problems)
    assert (len(docs), sum(len(doc.annotations) for doc in docs), lost) == FILES[name]
    content = path.read_bytes()
    content = gzip.decompress(content) if name.endswith(".gz") else content
    if source.format != "bioc-xml":
        assert out.getvalue() == content
    else:
        again = list(read(io.BytesIO(out.getvalue()), on_problem=problems.append).documents)
        assert again == docs


def test_quick_and_tree_reading_agree(shared_data: Path) -> None:
    """Plain documents of NLM-Chem are all read the quick way, with what the tree gives."""
    source = read(shared_data / "corpora" / "nlm-chem" / "traindev.bioc.xml.gz", on_problem=lambda _: None)
    for doc in source.documents:
        content = unpack(doc.raw, "bioc-xml")
        assert content is not None
        parts = plain_parts(content)
        assert parts is not None
        assert parts == bioc_xml.parts_of(xml.parse_one(content))


@pytest.mark.parametrize("target", ["bioc-xml", "bioc-json", "jsonl"])
def test_corpus_in_another_format_keeps_text_and_annotations(shared_data: Path, target: str) -> None:
    """NCBI-Disease converted has the same texts, passages, mentions and concepts."""
    source = read(shared_data / "corpora" / "ncbi-disease" / "dev.PubTator")
    docs = list(source.documents)
    out = io.BytesIO()
    write(out, target, source.header, ((doc, ()) for doc in docs))
    again = list(read(io.BytesIO(out.getvalue())).documents)
    assert [(d.id, d.text, d.passages) for d in again] == [(d.id, d.text, d.passages) for d in docs]
    assert [[(a.mention, a.concept_ids) for a in d.annotations] for d in again] == [
        [(a.mention, a.concept_ids) for a in d.annotations] for d in docs
    ]
