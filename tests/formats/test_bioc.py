"""BioC XML and JSON beyond what the oracle compares."""

from __future__ import annotations

import io
import json

import pytest

from belink.formats import bioc_xml, read, write, xml
from belink.formats.bioc_xml_plain import plain_parts
from belink.types import Decision, Document, Linked, Mention, Nil, Problem, Span

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
    '<collection><source>s</source><date>d</date><key>k.key</key><infon key="z">1</infon>'
)


def xml_file(passages: str, doc_id: str = "1") -> bytes:
    return f"{HEAD}<document><id>{doc_id}</id>{passages}</document></collection>".encode()


def passage(offset: int, text: str, more: str = "") -> str:
    head = f'<infon key="type">title</infon><offset>{offset}</offset>'
    return f"<passage>{head}<text>{text}</text>{more}</passage>"


def mark(offset: int, length: int, text: str, infons: str = "") -> str:
    place = f'<location offset="{offset}" length="{length}"/>'
    return f'<annotation id="A">{infons}{place}<text>{text}</text></annotation>'


def documents(content: bytes, problems: list[Problem] | None = None) -> list[Document]:
    found: list[Problem] = [] if problems is None else problems
    return list(read(io.BytesIO(content), on_problem=found.append).documents)


def linked(content: bytes, decisions: list[Decision], format_: str = "bioc-xml") -> bytes:
    source = read(io.BytesIO(content), on_problem=lambda _: None)
    out = io.BytesIO()
    write(out, format_, source.header, ((doc, decisions) for doc in source.documents))
    return out.getvalue()


def decision(start: int, end: int, text: str, verdict: Linked | Nil) -> Decision:
    return Decision(Mention("1", (Span(start, end),), text, "Disease"), (), verdict, 0.87654, "reranked")


def test_gaps_are_filled_so_that_offsets_are_the_files() -> None:
    """Where the file's offsets are consistent, the document's text has the same ones."""
    (doc,) = documents(xml_file(passage(2, "Ache") + passage(10, "Pain", mark(10, 4, "Pain"))))
    assert doc.text == "  Ache    Pain"
    assert doc.annotations[0].mention.spans == (Span(10, 14),)


def test_overlapping_passages_are_laid_out_in_order() -> None:
    """Passages that count from zero each stand behind one another; their offset tells the file's."""
    (doc,) = documents(xml_file(passage(0, "Ache") + passage(0, "Pain", mark(0, 4, "Pain"))))
    assert doc.text == "Ache Pain"
    assert [(p.span.start, p.offset) for p in doc.passages] == [(0, 0), (5, 0)]
    assert doc.annotations[0].mention.spans == (Span(5, 9),)


def test_a_huge_gap_is_not_filled() -> None:
    """An absurd offset costs no memory: the passage follows the one before."""
    (doc,) = documents(xml_file(passage(0, "Ache") + passage(10**12, "Pain")))
    assert doc.text == "Ache Pain"


def test_sentences_hold_the_text_of_a_passage_without_its_own() -> None:
    """A passage without text has that of its sentences, at their offsets."""
    sentences = "".join(
        f"<sentence><offset>{offset}</offset><text>{text}</text>{mark(offset, 4, text)}</sentence>"
        for offset, text in ((0, "Ache"), (6, "Pain"))
    )
    (doc,) = documents(xml_file(f"<passage><offset>0</offset>{sentences}</passage>"))
    assert doc.text == "Ache  Pain"
    assert [a.mention.spans[0].start for a in doc.annotations] == [0, 6]


@pytest.mark.parametrize(("unit", "step"), [("utf-8", 1), ("utf-16-le", 2)])
def test_bytes_and_utf16_units_are_read_as_meant(unit: str, step: int) -> None:
    """Offsets in UTF-8 bytes or UTF-16 units are found out by the annotations' texts and repaired."""
    text = "𝛼-β fever and 𝛽 rash and 𝛾 pain"
    marks = "".join(
        mark(len(text[: text.index(word)].encode(unit)) // step, len(word.encode(unit)) // step, word)
        for word in ("fever", "rash", "pain")
    )
    problems: list[Problem] = []
    (doc,) = documents(xml_file(passage(0, text, marks)), problems)
    assert [a.mention.text for a in doc.annotations] == ["fever", "rash", "pain"]
    assert [p.severity for p in problems] == ["warning"]


def test_discontinuous_annotation_has_several_spans() -> None:
    """Several locations are several spans, and the mention's text is their parts."""
    body = (
        '<annotation id="A"><location offset="0" length="6"/><location offset="18" length="6"/>'
        "<text>breast cancer</text></annotation>"
    )
    (doc,) = documents(xml_file(passage(0, "breast or ovarian cancer", body)))
    assert doc.annotations[0].mention.text == "breast cancer"
    assert doc.annotations[0].mention.spans == (Span(0, 6), Span(18, 24))


def test_annotation_without_location_is_no_mention() -> None:
    """A label of the whole document is kept in the file and gives neither a mention nor a problem."""
    problems: list[Problem] = []
    content = xml_file(passage(0, "Pain", '<annotation id="A"><text>Pain</text></annotation>'))
    (doc,) = documents(content, problems)
    assert (doc.annotations, problems) == ((), [])


@pytest.mark.parametrize("key", ["identifier", "concept_id", "MESH", "NCBI GENE", "Species"])
def test_decision_uses_the_infon_that_is_there(key: str) -> None:
    """A decision is written under the key by which the annotation already names its concept."""
    infons = f'<infon key="type">Disease</infon><infon key="{key}">OLD</infon><infon key="other">x</infon>'
    content = xml_file(passage(0, "Pain", mark(0, 4, "Pain", infons)))
    out = linked(content, [decision(0, 4, "Pain", Linked(("MESH:D010146", "MESH:D1")))])
    expected = infons.replace("OLD", "MESH:D010146|MESH:D1")
    added = '<infon key="belink_probability">0.8765</infon><infon key="belink_stage">reranked</infon>'
    assert expected + added in out.decode()


def test_everything_unknown_stays() -> None:
    """Comments, unknown elements and relations of a document stand where they stood after linking."""
    more = '<!-- note --><odd a="1">x</odd><relation id="R"><infon key="type">r</infon></relation>'
    content = xml_file(passage(0, "Pain", mark(0, 4, "Pain", '<infon key="type">Disease</infon>') + more))
    out = linked(content, [decision(0, 4, "Pain", Nil())]).decode()
    assert more in out
    assert '<infon key="identifier">-</infon>' in out
    assert out.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">')


def test_new_annotation_stands_in_its_sentence_at_the_files_offset() -> None:
    """A new annotation gets an unused id, and the file's own offset in the sentence that holds it."""
    sentence = "<sentence><offset>100</offset><text>My pain</text></sentence>"
    content = xml_file(f"{passage(0, 'x')}<passage><offset>100</offset>{sentence}</passage>")
    (doc,) = documents(content)
    start = doc.text.index("pain")
    out = linked(content, [decision(start, start + 4, "pain", Linked(("MESH:D010146",)))])
    (again,) = documents(out)
    assert again.annotations[0].id == "T1"
    assert again.annotations[0].concept_ids == ("MESH:D010146",)
    assert b'<location offset="103" length="4"/><text>pain</text></annotation></sentence>' in out


def test_new_annotation_counts_as_its_passage_does() -> None:
    """In a passage that counts UTF-8 bytes a new annotation counts them too."""
    text = "ααα pain and rash"
    content = xml_file(passage(0, text, mark(len("ααα ".encode()), 4, "pain")))
    out = linked(content, [decision(13, 17, "rash", Linked(("MESH:D005076",)))])
    (doc,) = documents(out)
    assert [a.mention.text for a in doc.annotations] == ["pain", "rash"]
    assert b'offset="16"' in out


def test_json_and_xml_carry_one_another() -> None:
    """BioC XML written as JSON and back has the same collection, infons, annotations and relations."""
    relation = '<relation id="R"><infon key="t">r</infon><node refid="A" role="x"/></relation>'
    content = xml_file(
        passage(0, "Pain &amp; ache", mark(0, 4, "Pain", '<infon key="b">1</infon>') + relation)
    )
    as_json = linked(content, [], "bioc-json")
    collection = json.loads(as_json)
    assert (collection["source"], collection["key"], collection["infons"]) == ("s", "k.key", {"z": "1"})
    assert collection["documents"][0]["passages"][0]["relations"][0]["nodes"] == [{"refid": "A", "role": "x"}]
    back = linked(as_json, [])
    assert [d.annotations for d in documents(back)] == [d.annotations for d in documents(content)]
    assert relation in back.decode()


@pytest.mark.parametrize(
    "frame",
    ['{{"documents":[{}]}}', "{}", "[{}]", '{{"PubTator3": [{}]}}', '[{{"bioctype":"x","documents":[{}]}}]'],
)
def test_json_shapes_in_the_wild(frame: str) -> None:
    """A collection, a bare document, a list, PubTator 3 and a list of collections are read and come back."""
    doc = json.dumps({"id": 5, "passages": [{"offset": 0, "infons": {}, "text": 'a } { \\ [ " b'}]})
    content = frame.format(doc).encode()
    assert [d.text for d in documents(content)] == ['a } { \\ [ " b']
    if frame != "[{}]":
        assert json.loads(linked(content, [], "bioc-json")) == json.loads(content)


def test_json_documents_across_read_pieces() -> None:
    """Documents are cut right wherever the pieces of the stream end."""
    text = 'x\\"}]' * 60_000
    texts = [text[: n * 40_000] for n in range(1, 8)]
    docs = [{"id": str(n), "passages": [{"offset": 0, "text": text}]} for n, text in enumerate(texts)]
    found = documents(json.dumps({"documents": docs}, indent=1).encode())
    assert [doc.text for doc in found] == texts


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_of_xml(encoding: str) -> None:
    """XML in another encoding is read by its declaration or byte order mark."""
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    body = f"<collection><document><id>1</id>{passage(0, 'né')}</document></collection>"
    assert documents((head + body).encode(encoding))[0].text == "né"


def test_end_tag_inside_of_a_comment_ends_nothing() -> None:
    """A document goes on behind an end tag that is only text."""
    body = "<!-- </document> -->" + passage(0, "<![CDATA[</document> & ]]>")
    assert documents(xml_file(body))[0].text == "</document> & "


@pytest.mark.parametrize(
    "body",
    [
        passage(0, "A &lt; &#x3b1;\r\nb", mark(0, 1, "A", '<infon key="a&amp;b">&quot;</infon>')),
        passage(0, "Pain", "") + "<passage><offset>9</offset></passage>",
        passage(0, "Pain") + "<passage><offset>9</offset><text/></passage>",
    ],
)
def test_plain_reading_equals_tree_reading(body: str) -> None:
    """The quick way of reading plain documents gives what the tree gives."""
    content = f"<document><id>1</id>{body}</document>".encode()
    assert plain_parts(content) == bioc_xml.parts_of(xml.parse_one(content))


@pytest.mark.parametrize(
    "body",
    [
        "<passage><offset>0</offset><sentence><offset>0</offset><text>a</text></sentence></passage>",
        passage(0, "a") + mark(0, 1, "a"),
        passage(0, "a", "<!-- <passage> -->"),
        passage(0, "a", mark(0, 1, "a").replace("<location", "<text/><location")),
        "<passage><offset>x</offset><text>a</text></passage>",
        passage(0, "a & b"),
    ],
)
def test_plain_reading_knows_its_limits(body: str) -> None:
    """A document that is not of the plain form, or broken, is left to the tree."""
    assert plain_parts(f"<document><id>1</id>{body}</document>".encode()) is None
