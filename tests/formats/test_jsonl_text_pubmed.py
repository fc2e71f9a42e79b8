"""JSONL, plain text and PubMed XML."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from belink.errors import InputError
from belink.formats import default_output_format, read, write
from belink.types import Candidate, Decision, Document, Linked, Mention, Problem, Span

LINK = Decision(
    Mention("1", (Span(0, 4),), "Pain", "Disease"),
    (Candidate("MESH:D010146", "pain", "Pain", 0.5, "exact"),),
    Linked(("MESH:D010146",)),
    0.75,
    "exact",
)


def documents(content: bytes, **options: str) -> list[Document]:
    return list(read(io.BytesIO(content), **options).documents)  # type: ignore[arg-type]


def linked(content: bytes, decisions: list[Decision]) -> bytes:
    out = io.BytesIO()
    write(out, "jsonl", b"", [(doc, decisions) for doc in documents(content)])
    return out.getvalue()


def test_own_schema_is_read() -> None:
    """Passages and annotations of our schema become the document's."""
    record = {
        "id": "1",
        "text": "Pain. Ache",
        "passages": [{"name": "title", "start": 0, "end": 5}],
        "annotations": [
            {
                "id": "T1",
                "spans": [[0, 4], [6, 10]],
                "text": "Pain Ache",
                "type": "Disease",
                "identifier": "D1|D2",
            }
        ],
    }
    (doc,) = documents(json.dumps(record).encode())
    assert doc.passages[0].span == Span(0, 5)
    assert doc.annotations[0].mention.spans == (Span(0, 4), Span(6, 10))
    assert doc.annotations[0].identifier == "D1|D2"


def test_mentions_with_start_and_end() -> None:
    """The shape with "mentions", "start", "end" and a CURIE as "id" is read, its type implied by HP."""
    mention = {"start": 0, "end": 4, "text": "Pain", "id": "HP:0012531"}
    (doc,) = documents(json.dumps({"id": 7, "text": "Pain", "mentions": [mention]}).encode())
    assert doc.id == "7"
    assert doc.annotations[0].mention.type == "Phenotype"
    assert doc.annotations[0].concept_ids == ("HP:0012531",)


def test_text_as_a_list_of_parts() -> None:
    """Parts of a discontinuous mention given as a list are joined."""
    mention = {"ontology": "CL", "spans": [[0, 4], [6, 10]], "text": ["Pain", "Ache"], "id": "CL:1"}
    (doc,) = documents(json.dumps({"id": "1", "text": "Pain. Ache", "mentions": [mention]}).encode())
    assert doc.annotations[0].mention.text == "Pain Ache"
    assert doc.annotations[0].label == "CL"


def test_decision_adds_to_the_annotation_and_keeps_unknown_keys() -> None:
    """A decision updates the identifier, adds its own keys, and leaves unknown ones."""
    line = (
        b'{"id":"1","x":1,"text":"Pain","annotations":'
        b'[{"start":0,"end":4,"text":"Pain","type":"Disease","note":2}]}\r\n'
    )
    out = linked(line, [LINK])
    record = json.loads(out)
    assert out.endswith(b"\r\n")
    assert list(record) == ["id", "x", "text", "annotations"]
    (annotation,) = record["annotations"]
    assert annotation["note"] == 2
    assert annotation["identifier"] == "MESH:D010146"
    assert (annotation["concept_ids"], annotation["probability"]) == (["MESH:D010146"], 0.75)
    assert annotation["candidates"][0]["id"] == "MESH:D010146"


def test_each_annotation_has_the_candidates_of_its_decision() -> None:
    """Decisions that share their candidates and such that do not are each written with their own."""
    ache = Decision(
        Mention("1", (Span(5, 9),), "Ache", "Disease"),
        (Candidate("MESH:D1", "ache", "Ache", 0.25, "lexical"),),
        Linked(("MESH:D1",)),
        0.5,
        "retrieved",
    )
    again = Decision(
        Mention("1", (Span(10, 14),), "Pain", "Disease"), LINK.candidates, LINK.verdict, 0.75, "exact"
    )
    record = json.loads(linked(b'{"id":"1","text":"Pain Ache Pain"}\n', [LINK, ache, again]))
    found = [annotation["candidates"] for annotation in record["annotations"]]
    assert [candidate["id"] for candidate in found[0]] == ["MESH:D010146"]
    assert found[2] == found[0]
    assert [candidate["id"] for candidate in found[1]] == ["MESH:D1"]


def test_new_decision_becomes_an_annotation() -> None:
    """A decision on a document without annotations is added and read back."""
    (doc,) = documents(linked(b'{"id":"1","text":"Pain"}\n', [LINK]))
    assert doc.annotations[0].mention == LINK.mention
    assert doc.annotations[0].id == "T1"


def test_blank_lines_come_back() -> None:
    """Blank lines and a missing last line end survive."""
    content = b'\n{"id":"1","text":"a"}\n\n\n{"id":"2","text":"b"}'
    assert linked(content, []) == content


def test_a_line_of_five_megabytes() -> None:
    """One very long line is one document."""
    text = "pain " * 1_000_000
    (doc,) = documents(json.dumps({"id": "1", "text": text}).encode())
    assert doc.text == text


def test_plain_text_is_one_document(tmp_path: Path) -> None:
    """A text file is a document named after the file, and comes back byte by byte."""
    content = "\ufeffPain\r\nand ataxia — α".encode()
    (tmp_path / "note.txt").write_bytes(content)
    source = read(tmp_path / "note.txt")
    docs = list(source.documents)
    assert [(doc.id, doc.text) for doc in docs] == [("note", "Pain\r\nand ataxia — α")]
    write(tmp_path / "out.txt", "text", source.header, [(docs[0], ())])
    assert (tmp_path / "out.txt").read_bytes() == content
    assert default_output_format("text") == "jsonl"


def test_standard_input_is_named_stdin() -> None:
    """Text of a stream has the id "stdin"."""
    assert documents(b"just text")[0].id == "stdin"


def test_plain_text_refuses_links() -> None:
    """Links would be lost in plain text, so writing them is an error that names other formats."""
    with pytest.raises(InputError, match="jsonl"):
        write(io.BytesIO(), "text", b"", [(Document("1", "Pain"), [LINK])])


PUBMED = """<?xml version="1.0"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://example.org/pubmed.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">11</PMID><Article>
<ArticleTitle>Ca<sup>2+</sup> in <i>E. coli</i></ArticleTitle>
<Abstract><AbstractText Label="AIM">To  see.</AbstractText><AbstractText>Seen
 it.</AbstractText></Abstract>
</Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>12</PMID><Article><ArticleTitle/><VernacularTitle>Über</VernacularTitle>
</Article></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID>13</PMID><Book><BookTitle>B</BookTitle></Book></BookDocument>
</PubmedBookArticle></PubmedArticleSet>"""


def test_pubmed_citations() -> None:
    """Titles and sections are passages, markup is flattened, a vernacular title stands in for none."""
    docs = documents(PUBMED.encode())
    assert [(doc.id, doc.text) for doc in docs] == [
        ("11", "Ca2+ in E. coli To see. Seen it."),
        ("12", "Über"),
        ("13", "B"),
    ]
    assert [p.name for p in docs[0].passages] == ["title", "AIM", "abstract"]


def test_pubmed_is_not_written() -> None:
    """Writing PubMed XML is an error that names what can be written."""
    with pytest.raises(InputError, match="bioc-xml, bioc-json, pubtator"):
        write(io.BytesIO(), "pubmed-xml", b"", [])


def test_decisions_file_is_told_from_documents() -> None:
    """A file of decisions is named as such."""
    problems: list[Problem] = []
    with pytest.raises(InputError, match="decisions"):
        read(io.BytesIO(b'{"document_id":"1","spans":[[0,4]],"text":"Pain"}\n'), on_problem=problems.append)
