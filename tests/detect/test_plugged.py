"""Mentions from other people's finders."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from belink.detect.plugged import checked, from_gliner, from_spacy, load_detector, of_types
from belink.errors import ConfigError, InputError
from belink.types import Document, Mention, Span

DOC = Document("1", "severe asthma")
ASTHMA = Mention("1", (Span(7, 13),), "asthma", "Disease")


@dataclass
class Entity:
    start_char: int
    end_char: int
    label_: str


@dataclass
class Doc:
    text: str
    ents: Sequence[Entity] = field(default_factory=list)


def detect_asthma(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    return [(ASTHMA,) for _ in docs]


NOT_A_FUNCTION = 3


def test_a_function_is_imported_by_name() -> None:
    """As "module:function", with dots in the module's name."""
    assert load_detector(f"{__name__}:detect_asthma")([DOC]) == [(ASTHMA,)]


@pytest.mark.parametrize(
    "name", ["no_such_module:detect", f"{__name__}:no_such", "belink", ":", f"{__name__}:NOT_A_FUNCTION"]
)
def test_a_wrong_name_is_an_error(name: str) -> None:
    """That says what was expected."""
    with pytest.raises(ConfigError, match=r"detector '.*': .*function"):
        load_detector(name)


@pytest.mark.parametrize(
    ("mention", "says"),
    [
        (Mention("1", (Span(7, 12),), "asthma", "Disease"), "7-12"),
        (Mention("1", (Span(7, 99),), "asthma", "Disease"), "7-99"),
        (Mention("2", (Span(7, 13),), "asthma", "Disease"), "'2'"),
        (Mention("1", (), "", "Disease"), "no place"),
    ],
)
def test_a_mention_that_does_not_fit_is_an_error(mention: Mention, says: str) -> None:
    """With the detector's name, the document and the place."""
    detect = checked(lambda docs: [(mention,) for _ in docs], "mine")
    with pytest.raises(InputError, match=f"detector mine: document '1'.*{says}"):
        detect([DOC])


def test_a_wrong_number_of_results_is_an_error() -> None:
    """One tuple a document is the contract."""
    with pytest.raises(InputError, match="0 results for 1 documents"):
        checked(lambda docs: [], "mine")([DOC])


def test_spacy_labels_are_read_as_files_are() -> None:
    """So "DISEASE" is "Disease"; a mapping of labels passes over the others."""
    docs = {"1": Doc(DOC.text, [Entity(7, 13, "DISEASE"), Entity(0, 6, "SEVERITY")])}
    assert [m.type for m in from_spacy(docs)([DOC])[0]] == ["SEVERITY", "Disease"]
    assert from_spacy(docs, {"DISEASE": "Disease"})([DOC]) == [(ASTHMA,)]


def test_a_document_without_a_spacy_doc_has_no_mentions() -> None:
    """Docs come by the ids of documents."""
    assert from_spacy({})([DOC]) == [()]


def test_a_spacy_doc_of_another_text_is_an_error() -> None:
    """Offsets would point anywhere."""
    with pytest.raises(InputError, match=r"'1'.*not the document's"):
        from_spacy({"1": Doc("severe  asthma")})([DOC])


@dataclass
class Gliner:
    """Notes what it is asked for."""

    asked: list[str] = field(default_factory=list)

    def predict_entities(self, text: str, labels: list[str], **_: object) -> list[dict[str, Any]]:
        """Give entities as GLiNER does."""
        self.asked.append(text)
        assert labels
        place = text.find("asthma")
        return [{"start": place, "end": place + 6, "label": "disease"}] if place >= 0 else []


def test_gliner_reads_a_long_text_in_parts() -> None:
    """Parts of whole sentences cover the text, and offsets count in the document."""
    text = "All was well. " * 200 + "He had asthma. " + "All was well. " * 200
    model = Gliner()
    ((mention,),) = from_gliner(model)([Document("1", text)])
    assert text[mention.spans[0].start : mention.spans[0].end] == mention.text == "asthma"
    assert mention.type == "Disease"
    assert max(map(len, model.asked)) <= 1200
    assert "".join("".join(model.asked).split()) == "".join(text.split())


def test_only_some_types_may_be_kept() -> None:
    """And mentions without a type always are."""
    untyped = Mention("1", (Span(0, 6),), "severe", "")
    detect = of_types(checked(lambda docs: [(untyped, ASTHMA) for _ in docs], "mine"), frozenset({"Gene"}))
    assert detect([DOC]) == [(untyped,)]


def test_a_missing_package_is_an_error_that_names_it() -> None:
    """With what to type."""
    if importlib.util.find_spec("gliner"):
        pytest.skip("GLiNER is installed here")
    from belink.detect.plugged import load_gliner

    with pytest.raises(ConfigError, match="pip install gliner"):
        load_gliner("any")
