"""Properties of the text functions and the dictionary under arbitrary Unicode."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.sentences import sentence_around, sentences
from belink.text.windows import context
from belink.types import Document, Mention, Span

PIECES = st.sampled_from(
    ["A", "b", "Fever ", " (", ") ", "[", "]", ". ", "DM", "; ", ", ", "\n\n", "e\u0301", "\N{GRINNING FACE}",
     "\0", "myotonic dystrophy", "β-", "'s ", "İ", "ﬁ", "\u00a0", "Abbreviations: ", "=", "-2 ", "/"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))
detect = dictionary([DictionaryEntry("Myotonic Dystrophy", "Disease"), DictionaryEntry("Fever", "Disease")])


@given(TEXTS)
def test_sentences_cover_the_text(text: str) -> None:
    """Sentences are sorted, disjoint and trimmed, and hold every code point that is not white space."""
    found = sentences(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in found)
    covered = {place for s in found for place in range(s.start, s.end)}
    assert all(c.isspace() for place, c in enumerate(text) if place not in covered)


@given(TEXTS, st.data())
def test_sentence_around_agrees_with_sentences(text: str, data: st.DataObject) -> None:
    """The neighbourhood alone gives the sentences that splitting the whole text gives."""
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    touched = [s for s in sentences(text) if s.overlaps(span) and text[span.start : span.end].strip()]
    expected = Span(touched[0].start, touched[-1].end) if touched else span
    assert sentence_around(text, span) == expected


@given(TEXTS.filter(bool), st.data(), st.integers(1, 60))
def test_context_holds_the_mention(text: str, data: st.DataObject, max_chars: int) -> None:
    """The window obeys its limit and shows the mention, or its beginning where it is too long."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    window = context(
        Document("1", text),
        Mention("1", (Span(start, end),), text[start:end], "Disease"),
        max_chars=max_chars,
    )
    shown = window.text[window.span.start : window.span.end]
    assert 0 < len(window.text) <= max_chars
    assert text[start:end].startswith(shown)
    assert shown == text[start:end] or (window.text == shown and end - start > max_chars)


@given(TEXTS)
def test_abbreviation_spans_are_exact(text: str) -> None:
    """Short and long form stand at their spans, in order of the short form."""
    pairs = find_abbreviations(text)
    for pair in pairs:
        assert text[pair.short_span.start : pair.short_span.end] == pair.short
        assert text[pair.long_span.start : pair.long_span.end] == pair.long
    assert list(pairs) == sorted(pairs, key=lambda pair: pair.short_span)


@given(TEXTS, TEXTS)
def test_expand_takes_any_mention(text: str, mention: str) -> None:
    """Writing out never fails and never gives the mention itself."""
    assert expand(mention, find_abbreviations(text), 0) != mention


@settings(max_examples=200)
@given(TEXTS)
def test_dictionary_offsets_are_exact(text: str) -> None:
    """A mention's text stands at its span, and begins and ends with letters or digits."""
    for mention in detect([Document("1", text)])[0]:
        (span,) = mention.spans
        assert text[span.start : span.end] == mention.text
        assert mention.text[0].isalnum()
