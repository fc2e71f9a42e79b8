"""Whatever is wrong with an input is one line for a user, and the rest is read."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from belink.errors import InputError
from belink.formats import FORMATS, read, read_many
from belink.types import Document, Problem

XML = (
    "<collection>\n<source/>\n"
    + "".join(
        f"<document><id>{n}</id>\n<passage><offset>0</offset><text>Pain</text></passage></document>\n"
        for n in (1, 2, 3)
    )
    + "</collection>\n"
).encode()
JSON = (
    b'{"source":"x","documents":[\n{"id":"1","passages":[{"offset":0,"text":"a"}]},\n'
    b'{"id":"2","passages":[{"offset":0,"text":"b"}]},\n{"id":"3","passages":[]}]}\n'
)
PUBTATOR = b"1|t|Pain\n1|a|x\n\n2|t|Ache\n2|a|y\n\n3|t|Sore\n3|a|z\n"
JSONL = b'{"id":"1","text":"a"}\n{"id":"2","text":"b"}\n{"id":"3","text":"c"}\n'


def outcome(content: bytes, format_: str | None = None) -> tuple[list[str], list[tuple[str, str]]]:
    """Give the ids of the documents, and severity and place of the problems."""
    problems: list[Problem] = []
    docs: list[Document] = list(
        read(io.BytesIO(content), format=format_, on_problem=problems.append).documents
    )
    assert all("\n" not in problem.message for problem in problems)
    return [d.id for d in docs], [(p.severity, p.where.removeprefix("standard input")) for p in problems]


def refusal(content: bytes, format_: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        list(read(io.BytesIO(content), format=format_).documents)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_broken_xml_document_is_left_out() -> None:
    """One broken document is a problem at its line and those around it are read."""
    broken = XML.replace(
        b"<text>Pain</text></passage></document>\n<document><id>3", b"<text>Pain</document>\n<document><id>3"
    )
    assert outcome(broken) == (["1", "3"], [("document", ":6")])


def test_xml_document_that_is_never_closed() -> None:
    """A document without its end is left out and the next one is read."""
    assert outcome(XML.replace(b"</document>\n<document><id>2", b"\n<document><id>2"))[0] == ["2", "3"]


def test_cut_off_xml() -> None:
    """Documents before the cut are read; the rest is a problem."""
    assert outcome(XML[: XML.index(b"<id>3")]) == (["1", "2"], [("rest", ":7")])


def test_xml_that_goes_on_behind_nonsense() -> None:
    """A document whose offset is no number is left out."""
    broken = XML.replace(b"<id>2</id>\n<passage><offset>0", b"<id>2</id>\n<passage><offset>zero")
    assert outcome(broken) == (["1", "3"], [("document", ":5")])


def test_cut_off_json() -> None:
    """Documents before the cut are read; the rest is a problem."""
    assert outcome(JSON[: JSON.index(b'"3"')]) == (["1", "2"], [("rest", ":4")])


def test_broken_json_document() -> None:
    """A document that is no JSON is left out and the next ones are read."""
    assert outcome(JSON.replace(b'"id":"2",', b'"id":"2",,')) == (
        ["1", "3"],
        [("document", ":3"), ("warning", ":4")],
    )


def test_json_documents_of_other_shape() -> None:
    """An object that is no document is left out."""
    found = outcome(b'{"documents":[{"id":"1","passages":"x"},{"id":2},{"id":"3","passages":[]}]}')
    assert found[0] == ["3"]
    assert [severity for severity, _ in found[1]] == ["document", "document", "warning"]


def test_json_list_of_something_else() -> None:
    """What is no object between documents ends the reading with one problem."""
    assert outcome(b'{"documents":[{"id":"1","passages":[]}, 2]}')[1][-1] == ("rest", ":1")
    assert outcome(b'{"documents":[1]}') == ([], [("rest", ":1")])


@pytest.mark.parametrize("content", [b"<collection/>", b"<collection>\n</collection>", b'{"documents":[]}'])
def test_collection_without_documents(content: bytes) -> None:
    """A collection of no documents is read as none, without a problem."""
    assert outcome(content) == ([], [])


def test_keys_behind_the_documents_are_told() -> None:
    """What a collection says behind its documents is not kept, and that is told."""
    content = b'{"documents":[{"id":"1","passages":[{"offset":0,"text":"a"}]}],"source":"x"}'
    assert outcome(content) == (["1"], [("warning", ":1")])


@pytest.mark.parametrize(
    ("content", "format_", "line"),
    [
        (PUBTATOR.replace(b"Ache", b"Ach\xe9"), None, 4),
        (PUBTATOR.replace(b"2|a|y", b"2|a|\0"), "pubtator", 5),
        (JSONL.replace(b'"b"', b'"\xe9"'), None, 2),
        (JSONL.replace(b'"b"', b'"\0"'), "jsonl", 2),
        (JSONL.replace(b'"b"', b'"b'), None, 2),
        (JSONL.replace(b'"text":"b"', b'"text":7'), None, 2),
        (JSONL.replace(b'{"id":"2","text":"b"}', b"[1]"), None, 2),
        (
            XML.replace(
                b"<id>2</id>\n<passage><offset>0</offset><text>P",
                b"<id>2</id>\n<passage><offset>0</offset><text>\xe9",
            ),
            None,
            6,
        ),
        (
            XML.replace(
                b"<id>2</id>\n<passage><offset>0</offset><text>P",
                b"<id>2</id>\n<passage><offset>0</offset><text>&x;",
            ),
            None,
            6,
        ),
    ],
)
def test_one_bad_document_costs_one_document(content: bytes, format_: str | None, line: int) -> None:
    """Bytes that are no UTF-8, NUL, broken JSON or XML cost one document, and the place is named."""
    ids, problems = outcome(content, format_)
    assert ids == ["1", "3"]
    assert [(severity, where) for severity, where in problems] in (
        [("document", f":{line}")],
        [("document", f":{line - 1}")],
    )


def test_text_that_is_not_utf8_is_located() -> None:
    """A text file in another encoding is refused with the line and the byte in it."""
    assert "standard input:2: byte 0xe9, which is not UTF-8, at byte 3 of the line" in refusal(b"ab\ncd\xe9")


@pytest.mark.parametrize("content", [XML, JSON, PUBTATOR, JSONL])
def test_cut_off_gzip(content: bytes) -> None:
    """What a truncated gzip file still gives is read, and the break is one problem."""
    many = content * 3 if content in (PUBTATOR, JSONL) else content
    packed = gzip.compress(many)
    _, problems = outcome(packed[:-9])
    assert [severity for severity, _ in problems if severity == "rest"] == ["rest"]


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_empty_file(content: bytes) -> None:
    """An empty input is an error, packed or not."""
    assert "is empty" in refusal(content)


def test_damaged_gzip() -> None:
    """Bytes that only begin like gzip are an error."""
    assert "gzip" in refusal(b"\x1f\x8b\x08nonsense and more nonsense")


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE collection [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><collection>&b;</collection>',
        b'<!DOCTYPE collection [<!ENTITY x SYSTEM "file:///etc/hosts">]><collection>&x;</collection>',
        b'<!-- <collection> --><!DOCTYPE PubmedArticleSet [<!ENTITY x "y">]><PubmedArticleSet/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE collection [<!ENTITY x "y">]><collection/>'.encode(
            "utf-16"
        ),
    ],
)
def test_entities_are_refused(content: bytes) -> None:
    """Declared entities, external or not, are refused before any parser sees them."""
    assert "entities" in refusal(content)


def test_hidden_encodings_are_refused() -> None:
    """An encoding in which a declaration could hide is refused."""
    assert "encoding" in refusal(b'<?xml version="1.0" encoding="UTF-7"?><collection></collection>')


def test_huge_text_node() -> None:
    """A text of 11 MB in one element is read."""
    text = b"pain " * 2_300_000
    content = XML.replace(b"Pain", text, 1)
    docs = list(read(io.BytesIO(content)).documents)
    assert len(docs[0].text) == len(text)
    assert len(docs) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body/></html>", "<html>"),
        (b'{"a": 1}\n', "documents"),
        (b"\x89PNG\r\n\0\0\0", "NUL"),
        ("Pain".encode("utf-16"), "UTF-16"),
        (b"T1\tDisease 0 4\tPain\n", ".txt"),
        (b'{\n "id": "1",\n "text": "abc"\n}', "one document a line"),
        (b'[{"id": "1", "text": "abc"}]', "one document a line"),
    ],
)
def test_unknown_content_names_what_to_do(content: bytes, words: str) -> None:
    """Content of no known format is an error that says what was found."""
    assert words in refusal(content)


def test_unknown_format_names_the_choices() -> None:
    """A format that is none is an error with the choices."""
    message = refusal(b"x", "docx")
    assert all(name in message for name in FORMATS)


def test_missing_file_and_empty_folder(tmp_path: Path) -> None:
    """A path that is not there, or a folder without files, is named in the error."""
    with pytest.raises(InputError, match="absent"):
        read(tmp_path / "absent.xml")
    with pytest.raises(InputError, match="no files"):
        read(tmp_path)


def test_default_raises_for_what_is_lost() -> None:
    """Without `on_problem` a lost document raises with its place, a warning does not."""
    assert "standard input:2:" in refusal(JSONL.replace(b'"b"', b'"b'))
    assert [d.id for d in read(io.BytesIO(JSONL.replace(b'"2"', b'"1"'))).documents] == ["1", "1#2", "3"]


def test_empty_document_is_a_warning() -> None:
    """A document without text is read, with a warning."""
    assert outcome(b"1|t|\n1|a|\n") == (["1"], [("warning", ":1")])


def test_folder_of_one_format_is_one_source(tmp_path: Path) -> None:
    """Files of a folder follow one another by name; a repeated id is numbered across them."""
    (tmp_path / "b.jsonl").write_bytes(JSONL)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"id":"3","text":"c"}\n'))
    source = read(tmp_path)
    assert [doc.id for doc in source.documents] == ["3", "1", "2", "3#2"]
    assert source.position() == source.size_bytes


def test_mixed_folder(tmp_path: Path) -> None:
    """As one source a mixed folder is an error; `read_many` gives each file, telling of those it cannot."""
    (tmp_path / "a.jsonl").write_bytes(JSONL)
    (tmp_path / "b.xml").write_bytes(XML)
    (tmp_path / "c.png").write_bytes(b"\x89PNG\0")
    with pytest.raises(InputError, match="one format"):
        list(read(tmp_path).documents)
    problems: list[Problem] = []
    sources = list(read_many(tmp_path, on_problem=problems.append))
    assert [(s.format, len(list(s.documents))) for s in sources] == [("jsonl", 3), ("bioc-xml", 3)]
    assert [p.severity for p in problems] == ["document"]
