"""brat standoff files."""

from __future__ import annotations

from pathlib import Path

import pytest

from belink.errors import InputError
from belink.formats import read, write
from belink.types import Annotation, Candidate, Decision, Document, Linked, Mention, Nil, Problem, Span

TEXT = "Breast or ovarian cancer\nand ataxia.\n"
NOTES = (
    "T1\tDisease 0 6;18 24\tBreast cancer\n"
    "N1\tReference T1 MESH:D001943\tBreast Neoplasms\n"
    "T2\tDisease 18 24;25 28\tcancer and\n"
    "E1\tBinding:T1 Theme:T2\n"
    "#1\tAnnotatorNotes T1\tsure\n"
    "*\tEquiv T1 T2\n"
    "A1\tNegation E1\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in" / "sub"
    place.mkdir(parents=True)
    (place / "one.txt").write_bytes(TEXT.encode())
    (place / "one.ann").write_bytes(NOTES.encode())
    (tmp_path / "in" / "two.txt").write_bytes("Zwei\r\nα".encode())
    (tmp_path / "in" / "two.ann").write_bytes(b"")
    return tmp_path / "in"


def decision(spans: tuple[Span, ...], text: str, verdict: Linked | Nil) -> Decision:
    candidates = (Candidate("MESH:D001260", "ataxia", "Ataxia\tTelangiectasia", 0.9, "exact"),)
    return Decision(Mention("x", spans, text, "Disease"), candidates, verdict, 0.5, "exact")


def rewritten(source: Path, out: Path, decisions: list[Decision]) -> str:
    write(out, "brat", b"", ((doc, decisions) for doc in read(source).documents))
    return (out / "sub" / "one.ann").read_text()


def test_folder_is_read_by_name_and_comes_back(folder: Path, tmp_path: Path) -> None:
    """Pairs below a folder have their relative path as id, and are written back byte by byte."""
    source = read(folder)
    docs = list(source.documents)
    assert [doc.id for doc in docs] == ["sub/one", "two"]
    assert source.format == "brat"
    assert source.position() == source.size_bytes
    write(tmp_path / "out", "brat", source.header, ((doc, ()) for doc in docs))
    for file in folder.rglob("*.*"):
        assert (tmp_path / "out" / file.relative_to(folder)).read_bytes() == file.read_bytes()


def test_parts_that_a_line_break_parts_are_one_span(folder: Path) -> None:
    """Discontinuous parts are spans, but where only a line break stands between them they are one."""
    doc = next(read(folder).documents)
    assert [a.mention.spans for a in doc.annotations] == [(Span(0, 6), Span(18, 24)), (Span(18, 28),)]
    assert doc.annotations[0].concept_ids == ("MESH:D001943",)


def test_decision_replaces_the_normalisation(folder: Path, tmp_path: Path) -> None:
    """The old N line goes, one N line a concept comes with the concept's name; other lines stay."""
    verdict = Linked(("MESH:D001260", "MESH:D002524"))
    out = rewritten(folder, tmp_path / "out", [decision((Span(0, 6), Span(18, 24)), "", verdict)])
    kept = NOTES.replace("N1\tReference T1 MESH:D001943\tBreast Neoplasms\n", "")
    assert out == (
        f"{kept}N2\tReference T1 MESH:D001260\tAtaxia Telangiectasia\nN3\tReference T1 MESH:D002524\t\n"
    )


def test_nil_takes_the_normalisation_away(folder: Path, tmp_path: Path) -> None:
    """A mention without a concept has no N line."""
    out = rewritten(folder, tmp_path / "out", [decision((Span(0, 6), Span(18, 24)), "", Nil())])
    assert "N1" not in out
    assert "T1\tDisease 0 6;18 24\tBreast cancer\n" in out


def test_new_decision_becomes_lines(folder: Path, tmp_path: Path) -> None:
    """A new mention gets the next free T and N numbers."""
    new = decision((Span(29, 35),), "ataxia", Linked(("MESH:D001260",)))
    out = rewritten(folder, tmp_path / "out", [new])
    assert out == NOTES + "T3\tDisease 29 35\tataxia\nN2\tReference T3 MESH:D001260\tAtaxia Telangiectasia\n"


def test_document_of_another_format_keeps_its_annotations(tmp_path: Path) -> None:
    """Annotations over a line break and with several concepts survive."""
    mention = Mention("a/../b", (Span(18, 28),), TEXT[18:28], "Disease")
    note = Annotation("", mention, "Disease", "D1|D2", ("MESH:D1", "MESH:D2"))
    doc = Document("a/../b", TEXT, annotations=(note,))
    write(tmp_path / "out", "brat", b"", [(doc, ())])
    assert (tmp_path / "out" / "a" / "b.ann").read_text() == (
        "T1\tDisease 18 24;25 28\tcancer and\n"
        "N1\tReference T1 MESH:D1\tcancer and\nN2\tReference T1 MESH:D2\tcancer and\n"
    )
    (again,) = read(tmp_path / "out").documents
    assert again.annotations[0].mention.spans == mention.spans
    assert again.annotations[0].concept_ids == ("MESH:D1", "MESH:D2")


def test_ids_cannot_leave_the_folder(tmp_path: Path) -> None:
    """An id that climbs out of the folder, hides, or repeats another's name has its own file inside."""
    docs = [Document(name, name) for name in ("../../x", "x", "X", "/x", ".hidden", "", "a" * 500)]
    write(tmp_path / "out", "brat", b"", [(doc, ()) for doc in docs])
    assert len(list((tmp_path / "out").rglob("*.txt"))) == len(docs)
    assert not list(tmp_path.glob("*.txt"))


def test_one_pair_can_be_named_by_either_file(folder: Path) -> None:
    """The `.txt` or the `.ann` names the pair."""
    for name in ("one.txt", "one.ann"):
        (doc,) = read(folder / "sub" / name).documents
        assert (doc.id, len(doc.annotations)) == ("one", 2)


def test_broken_line_costs_one_annotation(tmp_path: Path) -> None:
    """A T line without offsets is a problem that names file and line; the others are read."""
    (tmp_path / "a.txt").write_text("Pain here")
    (tmp_path / "a.ann").write_text("T1\tDisease zero 4\tPain\nT2\tDisease 0 4\tPain\n")
    problems: list[Problem] = []
    (doc,) = read(tmp_path, on_problem=problems.append).documents
    assert [a.id for a in doc.annotations] == ["T2"]
    assert [(p.where, p.severity) for p in problems] == [(f"{tmp_path / 'a.ann'}:1", "annotation")]


def test_annotations_without_their_text(tmp_path: Path) -> None:
    """An `.ann` without its `.txt` is a "document" problem."""
    (tmp_path / "a.ann").write_text("T1\tDisease 0 4\tPain\n")
    problems: list[Problem] = []
    assert list(read(tmp_path, on_problem=problems.append).documents) == []
    assert [p.severity for p in problems] == ["document"]


def test_several_documents_need_a_folder(tmp_path: Path) -> None:
    """Two documents for one pair of files are an error."""
    with pytest.raises(InputError, match="folder"):
        write(tmp_path / "a.txt", "brat", b"", [(Document("1", "x"), ()), (Document("2", "y"), ())])
