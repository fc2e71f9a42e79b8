from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.errors import ModelError
from belink.rerank.calibration import (
    FEATURES,
    Calibration,
    RetrievalCalibration,
    features,
    fit_calibration,
    fit_retrieval_calibration,
    read_calibration,
    retrieval_probability,
    write_calibration,
)
from belink.types import Candidate, CandidateSource, Ranking


def make_candidate(score: float, source: CandidateSource = "lexical", homonyms: int = 1) -> Candidate:
    return Candidate(f"X:{score}", "gout", "Gout", score, source, homonyms)


WEIGHTS = st.lists(st.floats(0, 1), min_size=2, max_size=21).filter(lambda values: sum(values) > 0.01)


@given(WEIGHTS, st.floats(0.2, 5), st.booleans())
def test_calibrated_ranking(weights: list[float], temperature: float, mapped: bool) -> None:
    """A calibrated ranking adds up to 1 and keeps the order of its options."""
    values = [weight / sum(weights) for weight in weights]
    points = ((0.1, 0.05), (0.5, 0.2), (0.9, 0.95)) if mapped else ()
    found = Calibration(temperature, points).apply(Ranking(tuple(values[:-1]), values[-1]))
    after = (*found.probabilities, found.none_probability)
    assert sum(after) == pytest.approx(1)
    for (a, b), (x, y) in zip(
        itertools.combinations(values, 2), itertools.combinations(after, 2), strict=True
    ):
        assert not (a > b and x < y - 1e-12)


def test_identity() -> None:
    """Temperature 1 without a map changes nothing."""
    found = Calibration().apply(Ranking((0.7, 0.2), 0.1, degraded=True))
    assert found.probabilities == pytest.approx((0.7, 0.2))
    assert found.degraded


def test_isotonic_map() -> None:
    """The best answer gets the mapped probability, the others share the rest in proportion."""
    found = Calibration(points=((0.0, 0.0), (1.0, 0.75))).apply(Ranking((0.8, 0.15), 0.05))
    assert (*found.probabilities, found.none_probability) == pytest.approx((0.6, 0.3, 0.1))


def test_map_never_dethrones_the_best() -> None:
    """A map that would put the best answer below the second makes the two equal."""
    found = Calibration(points=((0.0, 0.0), (1.0, 0.1))).apply(Ranking((0.6, 0.4), 0.0))
    assert found.probabilities == pytest.approx((0.5, 0.5))


def test_certain_ranking() -> None:
    """A ranking with one possible answer stays as it is."""
    assert Calibration(2.0, ((0.0, 0.1), (1.0, 0.9))).apply(Ranking((), 1.0)) == Ranking((), 1.0)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_temperature(temperature: float) -> None:
    """A temperature that is not a number above 0 is an error."""
    with pytest.raises(ModelError, match="temperature"):
        Calibration(temperature)


def test_falling_points() -> None:
    """A map that falls is an error."""
    with pytest.raises(ModelError, match="do not rise"):
        Calibration(points=((0.1, 0.9), (0.5, 0.2)))


def test_round_trip(tmp_path: Path) -> None:
    """A calibration written is the calibration read."""
    calibration = Calibration(1.7, ((0.0, 0.1), (1.0, 0.9)))
    write_calibration(calibration, tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == calibration


@pytest.mark.parametrize("content", ["", "{", '{"temperature": "hot"}', "[]"])
def test_damaged_file(tmp_path: Path, content: str) -> None:
    """A file that is not a calibration is an error that names it."""
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(ModelError, match=r"c\.json: not a calibration"):
        read_calibration(tmp_path / "c.json")


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is an error that names it."""
    with pytest.raises(ModelError, match=r"c\.json: the calibration cannot be read"):
        read_calibration(tmp_path / "c.json")


def test_fit_finds_the_temperature() -> None:
    """Fitting recovers the temperature by which a model is too sure."""
    rng = np.random.default_rng(0)
    rankings, answers = [], []
    for _ in range(1500):
        logits = rng.normal(size=4) * 2
        true = np.exp(logits) / np.exp(logits).sum()
        sure = np.exp(logits * 2) / np.exp(logits * 2).sum()
        answer = int(rng.choice(4, p=true))
        rankings.append(Ranking(tuple(sure[:-1].tolist()), float(sure[-1])))
        answers.append(None if answer == 3 else answer)
    assert fit_calibration(rankings, answers).temperature == pytest.approx(2.0, rel=0.15)


def test_fit_isotonic() -> None:
    """The fitted map brings the best answer's probability to how often it is right."""
    rankings = [Ranking((0.9,), 0.1)] * 100 + [Ranking((0.6,), 0.4)] * 100
    answers = [0] * 70 + [None] * 30 + [0] * 55 + [None] * 45
    calibration = fit_calibration(rankings, answers, isotonic=True)
    assert calibration.apply(rankings[0]).probabilities[0] == pytest.approx(0.7)
    assert calibration.apply(rankings[-1]).probabilities[0] == pytest.approx(0.55)


def test_features() -> None:
    """The features are exactness, score, margin and the logarithm of the homonyms."""
    found = [make_candidate(0.9, "exact", 2), make_candidate(0.6)]
    assert features(found) == pytest.approx((1.0, 0.9, 0.3, np.log(2)))
    assert features([make_candidate(0.8)])[2] == pytest.approx(0.8)


def test_retrieval_probability_of_nothing() -> None:
    """No candidates have probability 0."""
    assert retrieval_probability(()) == 0.0


def test_retrieval_probability_orders() -> None:
    """Of retrievals otherwise alike, exact ones, clear ones and unique names are more probable."""
    exact = (make_candidate(1.0, "exact"), make_candidate(0.5))
    shared = (make_candidate(1.0, "exact", homonyms=5), make_candidate(1.0, "exact"))
    good = (make_candidate(0.9), make_candidate(0.5))
    poor = (make_candidate(0.4), make_candidate(0.39))
    values = [retrieval_probability(found) for found in (exact, good, poor)]
    assert values == sorted(values, reverse=True)
    assert retrieval_probability(exact) > retrieval_probability(shared)
    assert all(0 <= value <= 1 for value in values)


def test_fit_retrieval() -> None:
    """A fitted logistic regression gives the rate at which firsts of that look are right."""
    candidates = [[make_candidate(0.9)]] * 100 + [[make_candidate(0.3)]] * 100
    fitted = fit_retrieval_calibration(candidates, [True] * 80 + [False] * 20 + [True] * 30 + [False] * 70)
    assert fitted.probability(candidates[0]) == pytest.approx(0.8, abs=0.02)
    assert fitted.probability(candidates[-1]) == pytest.approx(0.3, abs=0.02)


def test_other_features() -> None:
    """Coefficients of other features are an error."""
    with pytest.raises(ModelError, match="found coefficients of score, expected exact"):
        RetrievalCalibration(("score",), (1.0,), 0.0)
    assert (
        RetrievalCalibration(FEATURES, (0.0,) * len(FEATURES), 0.0).probability([make_candidate(1.0)]) == 0.5
    )
