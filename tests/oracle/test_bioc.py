"""The `bioc` package parses what we write as what it parsed of the original."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import random
from pathlib import Path

import pytest
from bioc import (
    BioCAnnotation,
    BioCCollection,
    BioCDocument,
    BioCLocation,
    BioCNode,
    BioCPassage,
    BioCRelation,
    BioCSentence,
    biocjson,
    biocxml,
)

from belink.formats import read, write


def small_collection() -> BioCCollection:
    """Make a collection that uses every part of the model."""
    rng = random.Random(7)
    collection = BioCCollection()
    collection.source, collection.date, collection.key = "src & <x>", "2026", "k.key"
    collection.infons = {"b": "2", "a": "1"}
    for doc_id in ("1", "2"):
        document = BioCDocument()
        document.id = doc_id
        document.infons = {"z": "ü", "y": ""}
        start = 0
        for text in ("Pain & 𝛼-ache", "A <b> of\nataxia ", ""):
            passage = BioCPassage()
            passage.offset, passage.text = start, text
            passage.infons = {"type": "title", "q": '"'}
            for count, word in enumerate(text.split()):
                place = text.index(word)
                passage.add_annotation(annotation(f"{start}.{count}", start + place, word, rng))
            relation = BioCRelation()
            relation.id, relation.infons = "R", {"type": "r"}
            relation.add_node(BioCNode("A", "arg"))
            passage.add_relation(relation)
            document.add_passage(passage)
            start += len(text) + 1
        document.add_passage(sentence_passage(start, rng))
        collection.add_document(document)
    return collection


def annotation(name: str, offset: int, text: str, rng: random.Random) -> BioCAnnotation:
    made = BioCAnnotation()
    made.id, made.text = name, text
    keys = ["type", "identifier", "extra", "more"]
    rng.shuffle(keys)
    made.infons = {key: f"{key}-{name}" for key in keys}
    made.add_location(BioCLocation(offset, len(text)))
    return made


def sentence_passage(start: int, rng: random.Random) -> BioCPassage:
    passage = BioCPassage()
    passage.offset = start
    sentence = BioCSentence()
    sentence.offset, sentence.text, sentence.infons = start, "One pain.", {"n": "1"}
    sentence.add_annotation(annotation("S", start + 4, "pain", rng))
    passage.add_sentence(sentence)
    return passage


def converted(content: bytes, target: str) -> bytes:
    source = read(io.BytesIO(content), on_problem=lambda _: None)
    out = io.BytesIO()
    write(out, target, source.header, ((doc, ()) for doc in source.documents))
    return out.getvalue()


def parsed(content: bytes, format_: str) -> str:
    """Give what `bioc` reads, in its own order, as one text to compare; absent text equals empty text."""
    text = content.decode()
    collection = biocxml.loads(text) if format_ == "bioc-xml" else biocjson.loads(text)
    return json.dumps(plain(collection), ensure_ascii=False, indent=1)


def plain(value: object) -> object:
    if dataclasses.is_dataclass(value) or hasattr(value, "__dict__"):
        ignored = ("encoding", "standalone", "version")
        return {key: plain(item) for key, item in vars(value).items() if key not in ignored}
    if isinstance(value, dict):
        return [[key, plain(item)] for key, item in value.items()]
    if isinstance(value, list | set | tuple):
        return [plain(item) for item in value]
    return value or ""


@pytest.mark.parametrize("source", ["bioc-xml", "bioc-json"])
@pytest.mark.parametrize("target", ["bioc-xml", "bioc-json"])
def test_everything_of_the_model_survives(source: str, target: str) -> None:
    """Every infon, relation, sentence, annotation and their order survive within and between both formats."""
    collection = small_collection()
    original = (biocxml if source == "bioc-xml" else biocjson).dumps(collection).encode()
    assert parsed(converted(original, target), target) == parsed(original, source)


def test_there_and_back() -> None:
    """BioC XML to JSON to XML is as it was."""
    original = biocxml.dumps(small_collection()).encode()
    assert parsed(converted(converted(original, "bioc-json"), "bioc-xml"), "bioc-xml") == parsed(
        original, "bioc-xml"
    )


def test_real_corpus(shared_data: Path) -> None:
    """NLM-Chem written by us, as XML and as JSON, is what `bioc` reads of the original."""
    packed = shared_data / "corpora" / "nlm-chem" / "traindev.bioc.xml.gz"
    content = gzip.decompress(packed.read_bytes())
    cut = content.split(b"</document>")[:10]
    original = b"</document>".join(cut) + b"</document></collection>"
    expected = parsed(original, "bioc-xml")
    assert parsed(converted(original, "bioc-xml"), "bioc-xml") == expected
    assert parsed(converted(original, "bioc-json"), "bioc-json") == expected


def test_our_annotations_are_theirs() -> None:
    """The mentions we read are the annotations `bioc` reads."""
    original = biocxml.dumps(small_collection())
    theirs = [
        (a.id, a.text, a.infons["identifier"], a.total_span.offset)
        for document in biocxml.loads(original).documents
        for passage in document.passages
        for a in [*passage.annotations, *(x for s in passage.sentences for x in s.annotations)]
    ]
    ours = [
        (a.id, a.mention.text, a.identifier, a.mention.spans[0].start)
        for doc in read(io.BytesIO(original.encode())).documents
        for a in doc.annotations
    ]
    assert ours == theirs
