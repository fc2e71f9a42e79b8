"""PubTator and its variants."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from belink.formats import read, write
from belink.formats.reading import REMEMBERED
from belink.types import Candidate, Decision, Document, Failed, Linked, Mention, Nil, Problem, Span

ONE = (
    "1|t|Ataxia and | pain\n"
    "1|a|In A-T\tcells.\n"
    "1\t0\t6\tAtaxia\tSpecificDisease\t D001259\n"
    "1\t24\t27\tA-T\tDisease\n"
    "1\tCID\tD1\tD2\n"
    "\n"
)


def documents(content: str, problems: list[Problem] | None = None) -> list[Document]:
    found: list[Problem] = [] if problems is None else problems
    return list(read(io.BytesIO(content.encode()), format="pubtator", on_problem=found.append).documents)


def rewritten(content: str, decisions: list[Decision]) -> str:
    out = io.BytesIO()
    write(out, "pubtator", b"", [(doc, decisions) for doc in documents(content)])
    return out.getvalue().decode()


def decision(spans: list[tuple[int, int]], text: str, verdict: Linked | Nil | Failed) -> Decision:
    mention = Mention("1", tuple(Span(*span) for span in spans), text, "Disease")
    candidates = (Candidate("MESH:D001260", "A-T", "Ataxia Telangiectasia", 0.9, "exact"),)
    return Decision(mention, candidates, verdict, 0.91, "exact")


def test_fields_are_joined_by_one_space() -> None:
    """Title and abstract keep pipes and tabs and have one space between them, as offsets count."""
    (doc,) = documents(ONE)
    assert doc.text == "Ataxia and | pain In A-T\tcells."
    assert [(p.name, p.span.start) for p in doc.passages] == [("title", 0), ("abstract", 18)]


def test_annotation_is_moved_to_its_text() -> None:
    """An annotation that is off by a few code points goes where its text stands, with a warning."""
    problems: list[Problem] = []
    (doc,) = documents(ONE, problems)
    assert [(a.mention.text, a.mention.spans[0]) for a in doc.annotations] == [
        ("Ataxia", Span(0, 6)),
        ("A-T", Span(21, 24)),
    ]
    assert [(p.severity, p.where) for p in problems] == [("warning", "standard input:4")]


def test_annotation_that_fits_nowhere_is_left_out() -> None:
    """An annotation whose text is not near is a problem, and stays in the file that is written."""
    content = "1|t|Pain\n1\t0\t4\tAche\tDisease\tD1\n"
    problems: list[Problem] = []
    (doc,) = documents(content, problems)
    assert doc.annotations == ()
    assert [(p.severity, p.where) for p in problems] == [("annotation", "standard input:2")]
    assert rewritten(content, []) == content


def test_two_equally_near_places_are_no_place() -> None:
    """Where the text stands twice at one distance, the annotation is left out."""
    problems: list[Problem] = []
    (doc,) = documents("1|t|ab xx ab\n1\t3\t5\tab\tDisease\n", problems)
    assert doc.annotations == ()
    assert problems[0].severity == "annotation"


def test_far_repeats_are_not_remembered(tmp_path: Path) -> None:
    """An id that comes again after more than `REMEMBERED` documents is no repeat: memory stays bounded."""
    ids = ["1", *(f"x{i}" for i in range(REMEMBERED + 1)), "1", "1"]
    path = tmp_path / "many.PubTator"
    path.write_text("".join(f"{id_}|t|T\n\n" for id_ in ids))
    read_ids = [doc.id for doc in read(path, on_problem=lambda problem: None).documents]
    assert read_ids[0] == "1"
    assert read_ids[-2:] == ["1", "1#2"]


def test_repeated_id_is_numbered() -> None:
    """A repeated document id is read as ID#2 with a warning and written back as it was."""
    content = "1|t|Pain\n1|a|\n\n1|t|Ache\n1\t0\t4\tAche\tDisease\n"
    problems: list[Problem] = []
    docs = documents(content, problems)
    assert [doc.id for doc in docs] == ["1", "1#2"]
    assert docs[1].annotations[0].mention.document_id == "1#2"
    assert [p.severity for p in problems] == ["warning"]
    assert rewritten(content, []) == content


@pytest.mark.parametrize(
    "content",
    [
        "1|t|Pain\n2|t|Ache\n2|a|Sore\n",
        "1|t|Pain\r\n1|a|Sore\r\n1\t0\t4\tPain\tDisease\r\n\r\n2|t|x\r\n",
        "\n\n1|t|Pain\n\n\n2|t|\n2|a|\n",
        "\ufeff1|t|Pain\n1|a|more\n\n2|t|x",
        "1|t|Pain\n1|a|a\n1|b|more\n1|b|and more\n1\t0\t4\tPain\tDisease\tD010146\tPain\n\n2|t|x\n",
    ],
)
def test_variants_are_two_documents_and_come_back(content: str) -> None:
    """Missing blank lines or abstracts, CRLF, byte order marks and further fields survive a round trip."""
    parts = content.split("2|t|")
    expected = 2 if len(parts) == 2 else 1
    assert len(documents(content)) == expected
    assert rewritten(content, []) == content


def test_decision_updates_the_annotation_of_its_spans_and_type() -> None:
    """A decision replaces the identifier of the annotation with its spans and type and nothing else."""
    out = rewritten(ONE, [decision([(0, 6)], "Ataxia", Linked(("MESH:D001260", "MESH:D002524")))])
    assert out == ONE.replace(" D001259", "MESH:D001260|MESH:D002524")


def test_nil_is_a_dash_and_failure_changes_nothing() -> None:
    """Nil is written as "-"; a failed decision leaves its annotation as it was."""
    out = rewritten(ONE, [decision([(0, 6)], "Ataxia", Nil()), decision([(21, 24)], "A-T", Failed("down"))])
    assert out == ONE.replace(" D001259", "-")


def test_new_decision_becomes_a_line() -> None:
    """A decision about a mention without annotation becomes a line behind the others."""
    out = rewritten(ONE, [decision([(13, 17)], "pain", Linked(("MESH:D010146",)))])
    assert out == ONE[:-1] + "1\t13\t17\tpain\tDisease\tMESH:D010146\n\n"


def test_new_line_keeps_windows_line_ends() -> None:
    """A line added to a file with CRLF ends in CRLF, also when the last line had no end."""
    out = rewritten("1|t|Pain\r\n1|a|x", [decision([(0, 4)], "Pain", Linked(("MESH:D010146",)))])
    assert out == "1|t|Pain\r\n1|a|x\r\n1\t0\t4\tPain\tDisease\tMESH:D010146\r\n"


def test_document_made_in_memory_is_split_at_its_first_line() -> None:
    """Without passages the first line is the title; line breaks become spaces of the same width."""
    out = io.BytesIO()
    write(out, "pubtator", b"", [(Document("7", "Title\nOne\nTwo"), ())])
    assert out.getvalue() == b"7|t|Title\n7|a|One Two\n\n"
