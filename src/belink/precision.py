"""What precision a least probability gives: measured on development documents, looked up for a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from belink.errors import ConfigError


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What giving out only concepts of at least some probability came to on development documents.

    Attributes:
        threshold: the least probability given out.
        precision: share of the concepts given out that were right, in [0, 1].
        coverage: share for which a concept was given out: of all mentions, with those that have no concept,
            where they are given; of the concepts given out without a threshold where they are found.
    """

    threshold: float
    precision: float
    coverage: float


def threshold(points: Sequence[OperatingPoint], precision: float, type_: str) -> float:
    """Give the lowest threshold whose precision, and that of every higher one, is at least `precision`.

    Args:
        points: by rising threshold, at least one.
        precision: in (0, 1).
        type_: of the mentions, named in the error; "" for other types.

    Raises:
        ConfigError: no threshold reaches it.
    """
    reached = None
    for point in reversed(points):
        if point.precision < precision:
            break
        reached = point
    if reached is None:
        best = max(points, key=lambda point: (point.precision, point.coverage))
        raise ConfigError(
            f"precision {precision:g} is not reached for {type_ or 'other types'}: at most "
            f"{best.precision:.3f} was, for {best.coverage:.0%} of the mentions"
        )
    return reached.threshold
