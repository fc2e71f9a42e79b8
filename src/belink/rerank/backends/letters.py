"""From what a model says of its first token to the scores of a question's letters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from belink.types import Failed, Logits


def letter_logits(found: Iterable[tuple[str, float]], letters: Sequence[str]) -> Logits | None:
    """Give each letter its log-probability; None where no letter has any.

    The probabilities of tokens that stand for one letter ("A" and " A") add up. Letters that were not found
    have `-inf`, and the answer is `degraded`.

    Args:
        found: texts of tokens with log-probabilities; what is no letter, or not a number, is passed over.
        letters: of the options, in order.
    """
    values = dict.fromkeys(letters, -math.inf)
    for letter, logprob in found:
        if letter in values and not math.isnan(logprob):
            values[letter] = _logaddexp(values[letter], logprob)
    if all(value == -math.inf for value in values.values()):
        return None
    return Logits(tuple(values.values()), degraded=-math.inf in values.values())


def no_letter(seen: Iterable[str]) -> Failed:
    """Make the failure that says what the model answered with instead of a letter."""
    return Failed(f"the model answered with no option's letter but with {', '.join(map(repr, seen))}")


def _logaddexp(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
