"""What every detector keeps to, whoever made it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belink.detect.combination import Combination, LinkWeights, MentionWeights, read_combination
from belink.detect.combined import both, combined
from belink.detect.dictionary import dictionary
from belink.detect.given import given as given_spans
from belink.detect.name_table import DictionaryEntry
from belink.detect.plugged import checked, from_gliner, from_spacy
from belink.detect.tagger import load_tagger
from belink.detect.variants import variants
from belink.types import Annotation, Detector, Document, Mention, Passage, Span

from .conftest import tag_of

TAGGER = Path(__file__).parents[2] / "models" / "tagger"
NAMES = dictionary(
    [
        DictionaryEntry("Fever", "Disease"),
        DictionaryEntry("Asthma", "Disease"),
        DictionaryEntry("Aspirin", "Chemical"),
        DictionaryEntry("Aspirin-induced asthma", "Disease"),
        DictionaryEntry("Asthma", "Phenotype"),
    ]
)
WORDS = {"fever": ("Disease", 0.9), "FV": ("Disease", 0.4), "BRAF": ("Gene", 0.9), "aspi": ("Chemical", 0.7)}
TYPES = ("Disease", "Gene", "Chemical")
WEIGHTS = Combination(
    dict.fromkeys(TYPES, MentionWeights(0.0, 9.0, judged=1.0, unjudged=0.0, elsewhere=0.1, length=0.0)),
    kept=dict.fromkeys(TYPES, LinkWeights(0.0, 1.0, 1.0, 0.0)),
    right=dict.fromkeys(TYPES, LinkWeights(0.0, 1.0, 1.0, 0.0)),
)


def passage(doc_id: str, text: str, *marked: tuple[int, int]) -> Document:
    mentions = [Mention(doc_id, (Span(a, b),), text[a:b], "Disease") for a, b in marked]
    annotations = tuple(Annotation("", mention, "Disease", "", ()) for mention in mentions)
    return Document(doc_id, text, (Passage("title", Span(0, len(text)), 0),), annotations)


ORDINARY = "Fever (FV) and aspirin-induced asthma; FV again with BRAF V600E and rs1801133."
TEXTS = {
    "ordinary": ORDINARY,
    "empty": "",
    "white space": " \n\t\n ",
    "no spaces": "feverasthma" * 500 + "FeverBRAFV600E" * 200,
    "one sentence": ("severe fever of the lungs and " * 700)[:20_000],
    "table": "Fever\t12\t3.4\nAsthma\t7\t1.1\n" * 60 + "[1] Doe J. Asthma. Lancet 2001;1:1-9.\n" * 30,
    "other scripts": "发烧和哮喘 fever Лихорадка asthma حمى צהבת गर्मी BRAF 熱",
    "emoji and marks": "\N{GRINNING FACE}fever\ufe0f e\u0301 asthma\u0308 \U0001f9d1\u200d asthma\u0301",
    "control characters": "fever\x00asthma\x07 \x1bfever\u200b asthma\ufeff \ud7ff \u2028fever",
    "capitals": ORDINARY.upper() * 3,
    "HTML": "<p>Fever &amp; <b>asthma</b></p><br/>&lt;i&gt;BRAF&lt;/i&gt; <sup>V600E</sup>" * 5,
}
DOCS = [passage(str(number), text) for number, text in enumerate(TEXTS.values())]
DOCS[0] = passage("0", ORDINARY, (15, 37), (0, 5), (0, 5))


@dataclass
class FakeGliner:
    """Finds "fever" and "asthma" in what it is given."""

    def predict_entities(self, text: str, labels: list[str], **_: object) -> list[dict[str, Any]]:
        """Give entities as GLiNER does."""
        return [
            {"start": m.start(), "end": m.end(), "label": labels[0], "text": m[0], "score": 0.9}
            for m in re.finditer("(?i)fever|asthma", text)
        ]


def unruly(docs: Sequence[Document]) -> list[list[Mention]]:
    """Give mentions as a function of somebody's might: unsorted, some twice."""
    return [
        [
            Mention(doc.id, (Span(*m.span()),), m[0], "Disease")
            for _ in range(2)
            for m in reversed(list(re.finditer("(?i)fever|asthma", doc.text)))
        ]
        for doc in docs
    ]


@cache
def spacy_rules() -> Detector:
    pytest.importorskip("spacy")
    import spacy

    pipeline = spacy.blank("en")
    ruler: Any = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "DISEASE", "pattern": [{"LOWER": word}]} for word in ("fever", "asthma")])
    return from_spacy(pipeline)


@cache
def shipped_tagger() -> Detector:
    return combined(load_tagger(TAGGER, threads=1), NAMES, read_combination(TAGGER).mention)


DETECTORS: dict[str, Callable[[], Detector]] = {
    "given": lambda: given_spans(None),
    "dictionary": lambda: NAMES,
    "variants": lambda: variants,
    "combined": lambda: both(
        combined(tag_of(WORDS), NAMES, WEIGHTS.mention),
        variants,
    ),
    "shipped tagger": shipped_tagger,
    "spaCy": spacy_rules,
    "GLiNER": lambda: from_gliner(FakeGliner()),
    "function": lambda: checked(unruly, "unruly"),
}

every_detector = pytest.mark.parametrize("make", DETECTORS.values(), ids=DETECTORS.keys())


def check(docs: Sequence[Document], found: Sequence[tuple[Mention, ...]]) -> None:
    """Assert what holds of any result."""
    assert len(found) == len(docs)
    for doc, own in zip(docs, found, strict=True):
        keys = [(mention.spans, mention.type) for mention in own]
        assert keys == sorted(set(keys))
        for mention in own:
            assert mention.document_id == doc.id
            assert all(0 <= span.start < span.end <= len(doc.text) for span in mention.spans)
            assert mention.text == " ".join(doc.text[span.start : span.end] for span in mention.spans)


@every_detector
@pytest.mark.parametrize("number", range(len(TEXTS)), ids=TEXTS.keys())
def test_mentions_stand_where_they_say(make: Callable[[], Detector], number: int) -> None:
    """In order, each once, inside the document, their text at their spans; whatever the text is like."""
    check(DOCS[number : number + 1], make()(DOCS[number : number + 1]))


@every_detector
def test_something_is_found_in_an_ordinary_text(make: Callable[[], Detector]) -> None:
    """And nothing in an empty one or in white space."""
    found = make()(DOCS[:3])
    assert found[0]
    assert found[1:] == [(), ()]


@every_detector
def test_batching_changes_nothing(make: Callable[[], Detector]) -> None:
    """One document at a time gives the same as all at once, in any order; no documents give nothing."""
    detect, docs = make(), [doc for doc in DOCS if len(doc.text) < 3000]
    together = detect(docs)
    assert [detect([doc])[0] for doc in docs] == together
    assert detect(docs[::-1]) == together[::-1]
    assert detect([]) == []


any_text = st.text(
    alphabet=st.sampled_from("feverasthmBRAFV60 ()[]-.,/\n\t\x00\u0301\u200b热ß\N{GRINNING FACE}"),
    max_size=120,
) | st.lists(
    st.sampled_from(["fever", "asthma", "(FV)", "aspi", "BRAF", " ", "e\u0301", "<b>", "V600E", "\n\n"])
).map("".join)


@every_detector
@settings(max_examples=40)
@given(texts=st.lists(any_text, max_size=3))
def test_the_contract_holds_of_any_text(make: Callable[[], Detector], texts: list[str]) -> None:
    """Offsets are right, order is right, nothing is given twice."""
    docs = [Document(str(number), text) for number, text in enumerate(texts)]
    check(docs, make()(docs))


@every_detector
def test_time_is_linear_in_length(make: Callable[[], Detector]) -> None:
    """Eight times the text takes no more than twenty times as long: CPU time, the least of three."""
    detect = make()
    sentence = ORDINARY.replace("FV", "fever") + " "
    short, long = (Document("1", sentence * times) for times in (20, 160))
    detect([short])
    assert seconds(detect, long) < 20 * max(seconds(detect, short), 0.002)


def seconds(detect: Detector, doc: Document) -> float:
    """Give the least CPU time of three runs."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        detect([doc])
        spent.append(time.process_time() - began)
    return min(spent)
