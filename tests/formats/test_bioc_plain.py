"""The quick way of reading BioC XML: it gives what the tree gives, or nothing."""

from __future__ import annotations

import gc
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from belink.formats import bioc_xml, read, write, xml
from belink.formats.bioc import Parts
from belink.formats.bioc_exact import exact_annotations, make_passage, meaning
from belink.formats.bioc_xml_plain import plain_parts
from belink.formats.problems import MalformedError
from belink.types import Annotation, Decision, Linked, Mention, Passage, Problem, Span

TEXTS = st.lists(
    st.sampled_from(
        ("a", "Pain", "α𝛼", " ", "\r\n", "\r", "\n", "&amp;", "&lt;", "&#945;", "&#xD;", "&#x1D6FC;")
    ),
    min_size=1,
    max_size=5,
).map("".join)
ATTRIBUTES = st.sampled_from(("", "T1", "a&amp;b", "&#10;", "α"))
NUMBERS = st.sampled_from(("0", "7", "10", "007"))
ODD_ATTRIBUTES = st.sampled_from(("a\nb", "a\tb", "a>b"))
ODD_NUMBERS = st.sampled_from((" 3 ", "-1", "x", "9" * 15, ""))
ODD = st.sampled_from(
    (
        "<!-- <passage> -->",
        "<![CDATA[<]]>",
        "<odd><annotation/></odd>",
        "a",
        "<?p i?>",
        "<text>again</text>",
        "<offset>3</offset>",
        '<infon key="type">late</infon>',
        '<relation id="R"><infon key="type">r</infon><node refid="T1" role="x"/></relation>',
    )
)
SPACES = st.sampled_from(("", "\n  ", "\r\n"))


@st.composite
def infons(draw: st.DrawFn, odd: bool) -> str:
    """Make infons, some of them with keys and values that mean something."""
    keys = st.sampled_from(("type", "identifier", "MESH")) | (ODD_ATTRIBUTES if odd else ATTRIBUTES)
    values = st.sampled_from(("Disease", "D003924", "-")) | TEXTS
    made = [f'<infon key="{draw(keys)}">{draw(values)}</infon>' for _ in range(draw(st.integers(0, 2)))]
    return draw(SPACES).join(made)


@st.composite
def annotation(draw: st.DrawFn, odd: bool) -> str:
    """Make an annotation with one location, or if odd perhaps none or two, with numbers that are none."""
    numbers = (NUMBERS | ODD_NUMBERS) if odd else NUMBERS
    places = [
        f'<location offset="{draw(numbers)}" length="{draw(numbers)}"/>{draw(SPACES)}'
        for _ in range(draw(st.integers(0, 2)) if odd else 1)
    ]
    body = f"{draw(infons(odd))}{draw(SPACES)}{''.join(places)}<text>{draw(TEXTS)}</text>"
    return f'<annotation id="{draw(ODD_ATTRIBUTES if odd else ATTRIBUTES)}">{body}</annotation>'


@st.composite
def passage(draw: st.DrawFn, odd: bool, tag: str = "passage") -> str:
    """Make a passage or sentence with annotations, sentences and, if odd, something else."""
    parts = annotation(odd) | passage(odd, "sentence") if tag == "passage" else annotation(odd)
    inside = draw(st.lists(parts | ODD if odd else parts, min_size=1, max_size=3))
    texts = TEXTS.map("<text>{}</text>".format)
    text = draw(texts | st.sampled_from(("<text/>", "", "<text></text>")) if odd else texts)
    number = draw(NUMBERS | ODD_NUMBERS if odd else NUMBERS)
    head = f"{draw(infons(odd))}<offset>{number}</offset>{draw(SPACES)}{text}"
    return f"<{tag}>{draw(SPACES)}{head}{draw(SPACES).join(inside)}</{tag}>{draw(SPACES)}"


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Make a document: half of them plain, half odd, and in half of all a few bytes are cut out or put in."""
    odd = draw(st.booleans())
    bodies = passage(odd) | annotation(odd) if odd else passage(odd)
    inside = "".join(draw(st.lists(bodies, min_size=1, max_size=3)))
    whole = f"<document>{draw(SPACES)}<id>{draw(TEXTS)}</id>{draw(infons(odd))}{inside}</document>".encode()
    if draw(st.booleans()):
        return whole
    begin = draw(st.integers(0, len(whole)))
    added = draw(st.sampled_from((b"", b"<", b"&", b"]]>", b"\0", b"\xff", b"</passage>", b"<passage>")))
    return whole[:begin] + added + whole[begin + draw(st.integers(0, 3)) :]


def tree_parts(content: bytes) -> Parts | None:
    try:
        return bioc_xml.parts_of(xml.parse_one(content))
    except (etree.XMLSyntaxError, MalformedError):
        return None


@given(contents())
@settings(max_examples=100)
def test_quick_reading_gives_what_the_tree_gives_or_nothing(content: bytes) -> None:
    """Whatever a document is like, broken ones included, the quick way never disagrees with the tree."""
    quick = plain_parts(content)
    assert quick is None or quick == tree_parts(content)


def test_records_made_quickly_are_records() -> None:
    """What is made without its constructor equals what is made with it, the hash included."""
    said = ("T1", meaning("SpecificDisease", "D1234567"), "Pain", ((12, 4),))
    (made,) = exact_annotations([said], -10, "1", "A Pain")
    mention = Mention("1", (Span(2, 6),), "Pain", "Disease")
    expected = Annotation("T1", mention, "SpecificDisease", "D1234567", ("MESH:D1234567",))
    assert made == expected
    assert (repr(made), hash(made)) == (repr(expected), hash(expected))
    assert make_passage("title", 2, 6, 12) == Passage("title", Span(2, 6), 12)


@pytest.mark.parametrize("places", [((9, 4),), ((12, 0),), ((12, 5),), (), ((12, 4), (12, 4))])
def test_an_annotation_that_does_not_fit_has_to_be_looked_at(places: tuple[tuple[int, int], ...]) -> None:
    """One that stands elsewhere, is empty, too long, or has not one location is left open."""
    said = ("T1", meaning("Disease", ""), "Pain", places)
    assert exact_annotations([said], -10, "1", "A Pain") == [None]


def test_an_annotation_longer_than_the_text_is_moved() -> None:
    """One whose text ends the document but whose length goes on gets the span of its text."""
    place = '<location offset="2" length="5"/><text>Pain</text>'
    body = f'<passage><offset>0</offset><text>A Pain</text><annotation id="T1">{place}</annotation></passage>'
    content = f"<collection><document><id>1</id>{body}</document></collection>".encode()
    problems: list[Problem] = []
    (doc,) = read(io.BytesIO(content), on_problem=problems.append).documents
    assert doc.annotations[0].mention.spans == (Span(2, 6),)
    assert [problem.severity for problem in problems] == ["warning"]


def test_annotations_in_unknown_elements_are_passed_over() -> None:
    """A decision goes to its own annotation, though one in an element unknown to BioC stands before it."""
    place = '<location offset="0" length="4"/><text>Pain</text>'
    odd = f'<odd><annotation id="X">{place}</annotation></odd>'
    known = f'<annotation id="T1"><infon key="type">Disease</infon>{place}</annotation>'
    body = f"<passage><offset>0</offset><text>Pain</text>{odd}{known}</passage>"
    content = f"<collection><document><id>1</id>{body}</document></collection>".encode()
    source = read(io.BytesIO(content))
    decision = Decision(
        Mention("1", (Span(0, 4),), "Pain", "Disease"), (), Linked(("MESH:D010146",)), 0.5, "exact"
    )
    out = io.BytesIO()
    write(out, "bioc-xml", source.header, ((doc, [decision]) for doc in source.documents))
    assert odd in out.getvalue().decode()
    assert '<infon key="identifier">MESH:D010146</infon>' in out.getvalue().decode().partition("</odd>")[2]


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_stays_as_it_was(enabled: bool) -> None:
    """Reading leaves the collector as the program has it, after broken documents as well."""
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        content = (
            b"<collection><document><id>1</id><a></document><document><id>2</id></document></collection>"
        )
        docs = list(read(io.BytesIO(content), on_problem=lambda _: None).documents)
        assert ([doc.id for doc in docs], gc.isenabled()) == (["2"], enabled)
    finally:
        (gc.enable if was else gc.disable)()
