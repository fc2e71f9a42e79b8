"""Word pieces, windows over them, and what the tagger is told of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from belink.detect.pieces import (
    FEATURES,
    SHAPES,
    TAGGED_TYPES,
    WINDOW,
    cut_words,
    describe,
    windows,
    word_range,
)
from belink.models.onnx import open_tokenizer
from belink.types import Mention, Span


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Give the tokeniser that ships."""
    return open_tokenizer(Path(__file__).parents[2] / "models" / "encoder" / "tokenizer.json")


def test_words_have_their_code_points(tokenizer: Tokenizer) -> None:
    """A word's place is that of its first to its last piece, punctuation being words of their own."""
    text = "Anti-TNFα (infliximab)"
    [pieces] = cut_words([text], tokenizer)
    words = [text[a:b] for a, b in zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True)]
    assert words == ["Anti", "-", "TNFα", "(", "infliximab", ")"]


@given(text=st.text(max_size=200))
def test_words_lie_in_the_text_in_order(text: str, tokenizer: Tokenizer) -> None:
    """Words never overlap, are never empty and never reach out of the text."""
    [pieces] = cut_words([text], tokenizer)
    edges = np.stack([pieces.starts, pieces.ends], axis=1).ravel()
    assert (np.diff(edges) >= 0).all()
    assert (pieces.ends > pieces.starts).all()
    assert not len(edges) or (edges[0] >= 0 and edges[-1] <= len(text))


@given(count=st.integers(0, 2000))
def test_every_piece_is_decided_once(count: int) -> None:
    """The decided stretches of the windows follow one another from the first piece to the last."""
    found = windows(count)
    edges = [edge for window in found for edge in (window.decided, window.decided_end)]
    assert edges[::2][:1] == [0] * bool(count)
    assert edges[1:-1:2] == edges[2::2]
    assert edges[-1:] == [count] * bool(count)
    assert all(w.start <= w.decided < w.decided_end <= w.end <= w.start + WINDOW for w in found)


def test_text_far_behind_changes_no_window_before() -> None:
    """All windows but the last two of a text are those of a longer one that begins with it."""
    assert windows(1000)[:-2] == windows(5000)[: len(windows(1000)) - 2]


def test_a_name_of_the_dictionary_is_marked_on_its_words(tokenizer: Tokenizer) -> None:
    """The first word of a hit begins in the columns of its type, the others go on."""
    text = "has breast cancer ."
    [pieces] = cut_words([text], tokenizer)
    features = describe(text, pieces, [Mention("1", (Span(4, 17),), "breast cancer", "Disease")])
    assert features.shape == (len(pieces.ids), FEATURES)
    column = SHAPES + 2 * TAGGED_TYPES.index("Disease")
    assert features[pieces.first][:, column].tolist() == [0, 1, 0, 0]
    assert features[pieces.first][:, column + 1].tolist() == [0, 0, 1, 0]


def test_an_unknown_type_is_not_marked(tokenizer: Tokenizer) -> None:
    """Hits of types that the tagger does not know leave no mark."""
    [pieces] = cut_words(["liver"], tokenizer)
    assert not describe("liver", pieces, [Mention("1", (Span(0, 5),), "liver", "Anatomy")]).any()


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("liver", [0, 0, 0, 0, 0, 0]),
        ("Liver", [1, 0, 0, 0, 0, 0]),
        ("TNF", [1, 1, 0, 0, 0, 0]),
        ("mTOR", [0, 0, 1, 0, 0, 0]),
        ("p53", [0, 0, 0, 1, 0, 0]),
        ("x", [0, 0, 0, 0, 1, 0]),
    ],
)
def test_shape_of_a_word(word: str, shape: list[int], tokenizer: Tokenizer) -> None:
    """Case, digits and single letters, which an uncased tokeniser hides, are features."""
    [pieces] = cut_words([word], tokenizer)
    assert describe(word, pieces, [])[0, :SHAPES].tolist() == shape


def test_a_word_behind_another_without_a_space_says_so(tokenizer: Tokenizer) -> None:
    """The last feature of a shape tells that no white space comes before."""
    [pieces] = cut_words(["IL-2"], tokenizer)
    assert describe("IL-2", pieces, [])[pieces.first, SHAPES - 1].tolist() == [0, 1, 1]


def test_a_span_within_a_word_is_that_word(tokenizer: Tokenizer) -> None:
    """A span that begins and ends inside one word belongs to it."""
    [pieces] = cut_words(["with H-rasG12V cells"], tokenizer)
    assert word_range(pieces, Span(8, 10)) == (3, 4)


def test_a_span_of_white_space_has_no_word(tokenizer: Tokenizer) -> None:
    """Between two words there is none."""
    [pieces] = cut_words(["a   b"], tokenizer)
    first, behind = word_range(pieces, Span(2, 3))
    assert first == behind
