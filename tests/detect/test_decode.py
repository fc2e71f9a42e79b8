"""From judged words to mentions, against a search over all sequences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from belink.detect.decode import B, I, O, best_spans, log_softmax, span_probability

Rows = list[list[float]]
rows = st.lists(st.lists(st.floats(-4, 4), min_size=3, max_size=3), min_size=1, max_size=6)


def _judged(values: Rows) -> NDArray[np.float32]:
    return log_softmax(np.array(values, dtype=np.float32).reshape(-1, 3))


def _allowed(states: tuple[int, ...]) -> bool:
    return all(state != I or (place and states[place - 1] != O) for place, state in enumerate(states))


def _spans(states: tuple[int, ...]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place, state in enumerate(states):
        if state == B:
            found.append((place, place + 1))
        elif state == I:
            found[-1] = (found[-1][0], place + 1)
    return found


def _score(judged: NDArray[np.float32], spans: list[tuple[int, int]]) -> float:
    states = [O] * len(judged)
    for first, behind in spans:
        states[first:behind] = [B] + [I] * (behind - first - 1)
    return float(sum(judged[place, state] for place, state in enumerate(states)))


@given(values=rows)
def test_no_sequence_is_better(values: Rows) -> None:
    """The spans found score as high as the best of all allowed sequences."""
    judged = _judged(values)
    sequences = (each for each in product((B, I, O), repeat=len(judged)) if _allowed(each))
    best = max(sum(float(judged[p, s]) for p, s in enumerate(states)) for states in sequences)
    assert _score(judged, best_spans(judged)) == pytest.approx(best, abs=1e-4)


def test_no_words_have_no_mentions() -> None:
    """An empty text has none."""
    assert best_spans(np.zeros((0, 3), dtype=np.float32)) == []


def test_a_stretch_of_outside_divides_mentions() -> None:
    """Mentions on either side of words that are surely outside are found at their places."""
    judged = _judged([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], *([[-30.0, -30.0, 9.0]] * 5), [9.0, 0.0, 0.0]])
    assert best_spans(judged) == [(0, 2), (7, 8)]


def test_less_outside_finds_more() -> None:
    """A word slightly more likely outside becomes a mention where outside is made less likely."""
    judged = _judged([[0, -5, 1]])
    assert best_spans(judged) == []
    assert best_spans(judged, -2.0) == [(0, 1)]


@given(values=rows)
def test_probabilities_of_spans_that_begin_at_a_word_add_up(values: Rows) -> None:
    """Over all ends, the probabilities of the spans from a word on add up to its beginning."""
    judged = _judged(values)
    total = sum(span_probability(judged, 0, behind) for behind in range(1, len(judged) + 1))
    assert total == pytest.approx(float(np.exp(judged[0, B])), abs=1e-4)
