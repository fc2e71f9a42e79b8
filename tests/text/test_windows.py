from __future__ import annotations

from belink.text.windows import context
from belink.types import Context, Document, Mention, Passage, Span


def window(text: str, mention: str, *, passages: tuple[Passage, ...] = (), max_chars: int = 300) -> Context:
    start = text.index(mention)
    span = Span(start, start + len(mention))
    doc = Document("1", text, passages)
    return context(doc, Mention("1", (span,), mention, "Disease"), max_chars=max_chars)


def test_window_is_the_sentence() -> None:
    """A sentence of ordinary length is the window."""
    sentence = (
        "Patients with fever were given naloxone for three days and were seen again after a week " + "a" * 30
    )
    found = window(f"Before. {sentence}. After.", "fever")
    assert found.text == sentence + "."
    assert found.text[found.span.start : found.span.end] == "fever"


def test_short_sentence_is_joined_by_neighbours() -> None:
    """A short sentence takes the sentences on both sides if they fit whole."""
    found = window("It rained a lot. He had fever. Naloxone helped.", "fever", max_chars=120)
    assert found.text == "It rained a lot. He had fever. Naloxone helped."


def test_neighbour_that_does_not_fit_is_left_out() -> None:
    """Neighbours are taken whole or not at all."""
    found = window(f"It rained {'on and ' * 20} on. He had fever. So it was.", "fever", max_chars=60)
    assert found.text == "He had fever. So it was."


def test_window_stays_in_the_passage() -> None:
    """A title without a full stop does not run into the abstract."""
    text = "Fever in mice We gave naloxone to them."
    passages = (Passage("title", Span(0, 13), 0), Passage("abstract", Span(14, 39), 14))
    assert window(text, "Fever", passages=passages).text == "Fever in mice"
    assert window(text, "naloxone", passages=passages).text == "We gave naloxone to them."


def test_mention_over_two_passages_takes_both() -> None:
    """A mention that crosses passages has both in reach."""
    text = "Mice with high fever were treated."
    passages = (Passage("a", Span(0, 14), 0), Passage("b", Span(14, 34), 14))
    assert window(text, "high fever", passages=passages).text == text


def test_long_sentence_is_cut_at_words_around_the_mention() -> None:
    """The mention stands in the middle of a long sentence's window, which begins and ends with words."""
    found = window("alpha " * 50 + "fever" + " omega" * 50, "fever", max_chars=60)
    assert len(found.text) <= 60
    assert set(found.text.split()) == {"alpha", "fever", "omega"}
    assert abs(found.span.start - (len(found.text) - found.span.end)) < 12


def test_mention_at_the_end_uses_the_whole_limit() -> None:
    """What one side of the sentence lacks goes to the other."""
    found = window("alpha " * 50 + "fever", "fever", max_chars=60)
    assert found.span.end == len(found.text)
    assert len(found.text) > 50


def test_mention_longer_than_the_limit_is_cut() -> None:
    """A mention longer than the limit fills the window, cut at its end behind a word."""
    found = window("x " + "very " * 20 + "long", "very " * 20 + "long", max_chars=22)
    assert found == Context("very very very very", Span(0, 19))


def test_word_longer_than_the_window_is_cut_inside() -> None:
    """Text without spaces still obeys the limit."""
    found = window("a" * 1000 + "fever" + "b" * 1000, "fever", max_chars=100)
    assert len(found.text) <= 100
    assert found.text[found.span.start : found.span.end] == "fever"


def test_discontinuous_mention_counts_from_first_to_last_part() -> None:
    """The window's span reaches from the first to the last part."""
    doc = Document("1", "ovarian and breast cancer")
    mention = Mention("1", (Span(0, 7), Span(19, 25)), "ovarian cancer", "Disease")
    assert context(doc, mention) == Context("ovarian and breast cancer", Span(0, 25))
