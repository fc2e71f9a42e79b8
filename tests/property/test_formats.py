"""Documents of any shape survive every format, and no input at all brings a reader down."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from belink.errors import InputError
from belink.formats import FORMATS, WRITABLE, read, write
from belink.types import Annotation, Decision, Document, Linked, Mention, Nil, Passage, Problem, Span, Verdict

LETTERS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"])
WORDS = st.text(st.sampled_from("abαβ𝛼|<&>\"'\\{}[]#é-"), min_size=1, max_size=6)
TEXTS = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
TYPES = st.sampled_from(("Disease", "Chemical", "FamilyName"))
VERDICTS: st.SearchStrategy[Verdict] = st.sampled_from(
    (Linked(("MESH:D7",)), Linked(("MESH:D8", "MESH:D9")), Nil())
)
IDENTIFIERS = st.sampled_from(("MESH:D1", "MESH:D1|OMIM:2", "-", ""))


@st.composite
def documents(draw: st.DrawFn, *, continuous: bool = False) -> Document:
    """Make a document with two passages and nested, overlapping, discontinuous, composite annotations."""
    title, abstract = draw(TEXTS), draw(TEXTS)
    text = f"{title} {abstract}"
    cut = len(title)
    passages = (Passage("title", Span(0, cut), 0), Passage("abstract", Span(cut + 1, len(text)), cut + 1))
    name = draw(st.from_regex(r"[A-Za-z0-9]{1,6}", fullmatch=True))
    annotations = []
    for count in range(draw(st.integers(0, 4))):
        spans = draw(spans_of(text, 1 if continuous else 2))
        kind, identifier = draw(TYPES), draw(IDENTIFIERS)
        mention = Mention(name, spans, " ".join(text[s.start : s.end] for s in spans), kind)
        ids = tuple(part for part in identifier.split("|") if part not in ("", "-"))
        annotations.append(Annotation(f"T{count + 1}", mention, kind, identifier, ids))
    return Document(name, text, passages, tuple(annotations))


@st.composite
def spans_of(draw: st.DrawFn, text: str, most: int) -> tuple[Span, ...]:
    """Make one or two spans of a text that begin and end in words, two with a gap between."""
    inside = [i for i, character in enumerate(text) if character != " "]
    ends = sorted(draw(st.lists(st.sampled_from(inside), min_size=2, max_size=2 * most)))
    spans = [Span(a, b + 1) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    if len(spans) == 2 and spans[0].end >= spans[1].start:
        return (spans[0],)
    return tuple(spans)


def through(docs: list[Document], format_: str) -> list[Document]:
    out = io.BytesIO()
    write(out, format_, b"", ((doc, ()) for doc in docs))
    return list(read(io.BytesIO(out.getvalue()), format=format_).documents)


def mentions(doc: Document) -> list[tuple[Mention, tuple[str, ...]]]:
    """Give mentions and their concepts; BioC keeps their order only within a passage."""
    return sorted(((a.mention, a.concept_ids) for a in doc.annotations), key=repr)


@given(documents())
@settings(max_examples=50)
@pytest.mark.parametrize("format_", ["bioc-xml", "bioc-json", "jsonl"])
def test_rich_formats_keep_everything(format_: str, doc: Document) -> None:
    """Text, passages, and annotations of every kind come back from BioC and JSONL."""
    (again,) = through([doc], format_)
    assert (again.id, again.text, again.passages) == (doc.id, doc.text, doc.passages)
    assert mentions(again) == mentions(doc)


@given(documents(continuous=True))
def test_pubtator_keeps_continuous_annotations(doc: Document) -> None:
    """Text, passages and continuous annotations come back from PubTator."""
    (again,) = through([doc], "pubtator")
    assert (again.id, again.text, again.passages) == (doc.id, doc.text, doc.passages)
    assert mentions(again) == mentions(doc)


@given(documents())
@settings(max_examples=30)
def test_brat_keeps_all_but_passages(tmp_path_factory: pytest.TempPathFactory, doc: Document) -> None:
    """Text and annotations, also discontinuous ones, come back from brat."""
    folder = tmp_path_factory.mktemp("brat")
    write(folder, "brat", b"", [(doc, ())])
    (again,) = read(folder).documents
    assert (again.id, again.text, mentions(again)) == (doc.id, doc.text, mentions(doc))


@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda doc: doc.id))
@settings(max_examples=40)
@pytest.mark.parametrize("format_", ["bioc-xml", "bioc-json", "pubtator", "jsonl"])
def test_second_writing_changes_nothing(format_: str, docs: list[Document]) -> None:
    """What was written and read is written again byte by byte."""
    first, second = io.BytesIO(), io.BytesIO()
    write(first, format_, b"", ((doc, ()) for doc in docs))
    source = read(io.BytesIO(first.getvalue()), format=format_)
    write(second, format_, source.header, ((doc, ()) for doc in source.documents))
    assert second.getvalue() == first.getvalue()


@given(documents(), st.data())
@settings(max_examples=50)
@pytest.mark.parametrize("format_", ["bioc-xml", "bioc-json", "jsonl", "pubtator"])
def test_decisions_are_read_back(format_: str, doc: Document, data: st.DataObject) -> None:
    """Every decision about a document is found in what is written, others' annotations are as they were."""
    (doc,) = through([doc], format_)
    decisions = []
    for _ in range(data.draw(st.integers(0, 3))):
        spans = data.draw(spans_of(doc.text, 1))
        mention = Mention(doc.id, spans, doc.text[spans[0].start : spans[0].end], data.draw(TYPES))
        verdict = data.draw(VERDICTS)
        decisions.append(Decision(mention, (), verdict, 0.5, "exact"))
    assume(len({(d.mention.spans, d.mention.type) for d in decisions}) == len(decisions))
    out = io.BytesIO()
    write(out, format_, b"", [(doc, decisions)])
    (again,) = read(io.BytesIO(out.getvalue()), format=format_).documents
    expected = dict(mentions(doc))
    for decision in decisions:
        ids = decision.verdict.concept_ids if isinstance(decision.verdict, Linked) else ()
        expected[decision.mention] = ids
    assert dict(mentions(again)) == expected
    assert again.text == doc.text


def read_whatever(content: bytes, format_: str | None) -> None:
    problems: list[Problem] = []
    try:
        for doc in read(io.BytesIO(content), format=format_, on_problem=problems.append).documents:
            for annotation in doc.annotations:
                spans = annotation.mention.spans
                assert annotation.mention.text == " ".join(doc.text[s.start : s.end] for s in spans)
    except InputError as error:
        assert "\n" not in str(error)


@given(st.binary(max_size=300), st.sampled_from([*FORMATS, None]))
@example(b"\x1f\x8b", None)
@example(b"<collection", None)
def test_random_bytes_raise_only_input_errors(content: bytes, format_: str | None) -> None:
    """Random bytes in any format give documents, problems, or one InputError."""
    read_whatever(content, format_)


SEEDS = {
    "bioc-xml": "",
    "bioc-json": "",
    "pubtator": "",
    "jsonl": "",
    "pubmed-xml": (
        "<PubmedArticleSet><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>a<i>b</i></ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticleSet>"
    ),
}
PIECES = st.sampled_from(
    [
        "",
        '"',
        "<",
        ">",
        "&",
        "{",
        "}",
        "[",
        "]",
        "\t",
        "\n",
        "\0",
        "null",
        "-1",
        "1e9",
        "é",
        "\\ud800",
        "99999999999",
    ]
)


@given(documents(), st.sampled_from(sorted(SEEDS)), st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_files_raise_only_input_errors(doc: Document, format_: str, data: st.DataObject) -> None:
    """A valid file with pieces cut out or put in gives documents, problems, or one InputError."""
    content = SEEDS[format_].encode()
    if not content:
        out = io.BytesIO()
        write(out, format_, b"", [(doc, ()), (doc, ())])
        content = out.getvalue()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        size = data.draw(st.integers(0, 12))
        content = content[:start] + data.draw(PIECES).encode() + content[start + size :]
    read_whatever(content, format_)
    read_whatever(content, None)
    packed = gzip.compress(content)
    read_whatever(packed[: data.draw(st.integers(1, len(packed)))], format_)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    (
        *("id", "text", "passages", "annotations", "mentions", "infons", "offset", "length", "locations"),
        *("sentences", "relations", "spans", "start", "end", "type", "identifier", "name"),
    )
)
SHAPES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, SHAPES, max_size=8), st.sampled_from(("bioc-json", "jsonl")))
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_json_of_any_shape_raises_only_input_errors(record: dict[str, object], format_: str) -> None:
    """Objects with the right keys and any values give documents, that can be linked, or an InputError."""
    try:
        content = orjson.dumps(record)
    except (TypeError, orjson.JSONEncodeError):
        return
    docs = []
    try:
        docs = list(read(io.BytesIO(content), format=format_, on_problem=lambda _: None).documents)
    except InputError:
        return
    for target in WRITABLE:
        if target not in ("brat", "text"):
            mention = Mention("x", (Span(0, 1),), "x", "Disease")
            decision = Decision(mention, (), Linked(("A:1",)), 0.5, "exact")
            write(io.BytesIO(), target, b"", [(doc, [decision]) for doc in docs if doc.text])


@given(st.text(LETTERS, min_size=1))
def test_plain_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any text is a document, and is written back byte by byte."""
    file = tmp_path_factory.getbasetemp() / "plain.txt"
    file.write_bytes(text.encode())
    source = read(file, format="text")
    write(Path(f"{file}.out"), "text", source.header, [(doc, ()) for doc in source.documents])
    assert Path(f"{file}.out").read_bytes() == file.read_bytes()
