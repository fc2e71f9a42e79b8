"""From the tagger's judgement of each word to mentions with probabilities.

Each type is tagged apart from the others, a word beginning a mention (B), going on with one (I) or standing
outside (O), so that mentions of different types may nest. The best sequence in which no I follows an O is
found by dynamic programming (Viterbi 1967, doi 10.1109/TIT.1967.1054010).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

B, I, O = 0, 1, 2  # noqa: E741  the names of the scheme


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give log-probabilities over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def best_spans(log_probabilities: NDArray[np.float32], outside: float = 0.0) -> list[tuple[int, int]]:
    """Give the mentions of the best sequence as (first word, word behind the last), in order.

    Words that are surely outside cost nothing: only the stretches between them are searched, and of these
    only those with a word that is likelier inside, since of the others staying outside is best.

    Args:
        log_probabilities: [W, 3] of B, I and O.
        outside: added to O; below 0 more words come to belong to mentions.
    """
    scores = log_probabilities.astype(np.float64)
    scores[:, O] += outside
    gain = scores[:, :2].max(axis=1) - scores[:, O]
    edges = np.flatnonzero(np.diff((gain > -_SURE).astype(np.int8), prepend=0, append=0)).tolist()
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if gain[start:end].max() > 0:
            found.extend((start + a, start + b) for a, b in _viterbi(scores[start:end].tolist()))
    return found


_SURE = 12.0
"""A word whose O is that much likelier than B and I ends any search."""


def _viterbi(scores: list[list[float]]) -> list[tuple[int, int]]:
    came: list[tuple[int, int, int]] = []
    b, i, o = scores[0][B], -np.inf, scores[0][O]
    for begin, go_on, outside in scores[1:]:
        to_inside, inside = (B, b) if b >= i else (I, i)
        to_any, anything = (O, o) if o >= inside else (to_inside, inside)
        came.append((to_any, to_inside, to_any))
        b, i, o = anything + begin, inside + go_on, anything + outside
    state = max((o, O), (b, B), (i, I))[1]
    states = [state]
    for step in reversed(came):
        state = step[state]
        states.append(state)
    return _runs(states[::-1])


def _runs(states: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for place, state in enumerate(states):
        if state == B:
            found.append((place, place + 1))
        elif state == I:
            found[-1] = (found[-1][0], place + 1)
    return found


def span_probability(log_probabilities: NDArray[np.float32], first: int, behind: int) -> float:
    """Give the probability in [0, 1] that exactly these words are a mention.

    It is the product of the words' probabilities, as if they were independent given the text: B for the
    first, I for the others, and not I for the word behind.

    Args:
        log_probabilities: [W, 3] of B, I and O.
        first: the mention's first word.
        behind: the word behind its last, up to W.
    """
    total = float(log_probabilities[first, B])
    if behind > first + 1:
        total += float(log_probabilities[first + 1 : behind, I].sum())
    probability = float(np.exp(total))
    if behind < len(log_probabilities):
        probability *= 1.0 - float(np.exp(log_probabilities[behind, I]))
    return min(max(probability, 0.0), 1.0)
