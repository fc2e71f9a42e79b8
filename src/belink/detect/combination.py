"""How probable a proposed mention is one, and its link right: weights, stored beside the tagger.

All are logistic regressions (Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x), fitted by
`scripts/fit_detection.py` on documents that the tagger was not trained on, so the probabilities are
calibrated as far as these documents are typical.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from belink.errors import ConfigError, ModelError
from belink.models.tagger import COMBINATION
from belink.precision import OperatingPoint, threshold

LEAST = 1e-4
"""Probabilities count as no less than this and no more than one minus this."""


@dataclass(frozen=True, slots=True)
class MentionWeights:
    """Weights of the log-odds that a span is a mention of a type, before it is linked.

    Attributes:
        base: added always.
        named: added where the dictionary finds the very span.
        judged: of the log-odds of the tagger's probability.
        unjudged: added where the tagger does not judge the span.
        elsewhere: of the log-odds of the tagger's highest probability of the same words, or of what they are
            short for, in the document.
        length: of the logarithm of the number of characters.
    """

    base: float
    named: float
    judged: float
    unjudged: float
    elsewhere: float
    length: float

    def probability(self, characters: int, judged: float | None, elsewhere: float, *, named: bool) -> float:
        """Give the probability in [0, 1] that a span is a mention.

        Args:
            characters: of the span, at least 1.
            judged: the tagger's probability; None where it does not judge the span.
            elsewhere: its highest probability, at least `judged`; 0 where it judges none.
            named: whether the dictionary finds the very span.
        """
        odds = self.base + self.length * math.log(characters)
        odds += self.named if named else 0.0
        odds += self.unjudged if judged is None else self.judged * log_odds(judged)
        return _logistic(odds + self.elsewhere * log_odds(elsewhere))


@dataclass(frozen=True, slots=True)
class LinkWeights:
    """Weights of log-odds of a mention of a type that is linked.

    Attributes:
        base: added always.
        mention: of the log-odds that it is a mention, by `MentionWeights`.
        link: of the log-odds that the link is right if it is one.
        none: added where no concept was found to fit.
    """

    base: float
    mention: float
    link: float
    none: float

    def probability(self, mention: float, link: float, *, linked: bool) -> float:
        """Give a probability in [0, 1].

        Args:
            mention: the probability that it is a mention.
            link: the probability of its best link; where none fits, one minus the probability of that.
            linked: whether a concept was found to fit.
        """
        odds = self.base + self.mention * log_odds(mention) + self.link * log_odds(link)
        return _logistic(odds + (0.0 if linked else self.none))


@dataclass(frozen=True, slots=True)
class Combination:
    """All that is stored, by type: those of the tagger, and phenotypes; the types of the three are the same.

    Attributes:
        mention: how probable a span is a mention, before it is linked.
        kept: the same after it was linked.
        right: how probable it is that it is a mention and what it is linked to is in the document.
        points: what precision thresholds on the last probability gave, by rising threshold; none
            where they were not measured.
    """

    mention: Mapping[str, MentionWeights]
    kept: Mapping[str, LinkWeights]
    right: Mapping[str, LinkWeights]
    points: Mapping[str, tuple[OperatingPoint, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.mention.keys() == self.kept.keys() == self.right.keys():
            raise ModelError("combination: 'mention', 'kept' and 'right' are not of the same types")

    def threshold(self, type_: str, precision: float) -> float:
        """Give the least probability of a link of a mention of a type (`precision.threshold`).

        Raises:
            ConfigError: no threshold reaches the precision, or none was measured.
        """
        points = self.points.get(type_, ())
        if not points:
            raise ConfigError(
                f"this tagger has no measured precisions for {type_}; set a least probability instead"
            )
        return threshold(points, precision, type_)


def log_odds(probability: float) -> float:
    """Give the logarithm of the odds of a probability, clipped to [`LEAST`, 1 - `LEAST`]."""
    clipped = min(max(probability, LEAST), 1 - LEAST)
    return math.log(clipped / (1 - clipped))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


_COMBINATION = TypeAdapter(Combination)


def read_combination(folder: Path) -> Combination:
    """Read the weights that lie in a tagger's folder.

    Raises:
        ModelError: the file is missing, is no JSON, or a number of it is missing or none.
    """
    path = folder / COMBINATION
    try:
        return _COMBINATION.validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read: {error.strerror}; scripts/fit_detection.py makes it for a tagger"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ModelError(f"{path}: key '{key}': found {first['input']!r}: {first['msg']}") from error


def write_combination(combination: Combination, folder: Path) -> None:
    """Write the weights into a tagger's folder.

    Raises:
        OSError: the file cannot be written.
    """
    (folder / COMBINATION).write_bytes(_COMBINATION.dump_json(combination, indent=1) + b"\n")
