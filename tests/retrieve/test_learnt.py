"""`belink.retrieve.learnt`: probabilities from evidence, and the weights that ship."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.errors import ModelError
from belink.retrieve.learnt import ANY_TYPE, FEATURES, Evidence, Fusion, Weights, default_fusion

SAME = Weights((1.0,) * len(FEATURES), 2.0)


def _evidence(*rows: dict[str, float]) -> Evidence:
    features = np.array([[row.get(name, 0.0) for name in FEATURES] for row in rows]).reshape(
        -1, len(FEATURES)
    )
    numbers = np.arange(len(rows), dtype=np.int32)
    return Evidence(numbers, numbers, features, tuple("lexical" for _ in rows))


@given(st.lists(st.floats(-500, 500), max_size=5), st.floats(-500, 500))
def test_probabilities_add_up_to_at_most_one(values: list[float], none: float) -> None:
    """What is left is that of none of them; no evidence overflows."""
    scores = replace(SAME, none=none).scores(_evidence(*({"lexical": value} for value in values)))
    assert len(scores) == len(values)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores.sum() <= 1 + 1e-9


def test_homonyms_share_what_one_concept_alone_would_have() -> None:
    """Two concepts of equal evidence are half as probable each as all the evidence is."""
    alone = SAME.scores(_evidence({"exact": 1}))
    both = SAME.scores(_evidence({"exact": 1}, {"exact": 1}))
    assert both[0] == both[1] < alone[0]


def test_a_score_is_the_odds_against_all_others_and_none() -> None:
    """As the formula of the module says."""
    scores = Weights(tuple(float(name == "exact") for name in FEATURES), 0.5).scores(
        _evidence({"exact": 1.0}, {"exact": 2.0})
    )
    odds = np.exp([1.0, 2.0])
    np.testing.assert_allclose(scores, odds / (np.exp(0.5) + odds.sum()))


def test_a_type_without_weights_takes_the_common_ones() -> None:
    """A type that was only fitted without vectors keeps those weights beside them."""
    own, common = Weights((2.0,) * len(FEATURES), 0.0), SAME
    plain = Weights((3.0,) * len(FEATURES), 0.0)
    fusion = Fusion(FEATURES, "", {ANY_TYPE: common, "Disease": own}, {ANY_TYPE: common, "Gene": plain})
    assert fusion.weights("Disease", dense=True) == own
    assert fusion.weights("Gene", dense=True) == plain
    assert fusion.weights("CellLine", dense=True) == common
    assert fusion.weights("Disease", dense=False) == common


def test_coefficients_of_other_features_are_refused() -> None:
    """The message names the script that makes them."""
    with pytest.raises(ModelError, match=r"found coefficients of exact, expected .*fit_fusion"):
        Fusion(("exact",), "", {ANY_TYPE: SAME}, {ANY_TYPE: SAME})
    with pytest.raises(ModelError, match=r"found 1 coefficients, expected .*fit_fusion"):
        Weights((1.0,), 0.0)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("entity_type", ["Disease", "Chemical", "Gene", "Species", "CellLine"])
def test_the_shipped_weights_trust_likeness(entity_type: str, *, dense: bool) -> None:
    """A name that is the same is more probable than one that is half like it, whatever the type."""
    weights = default_fusion().weights(entity_type, dense=dense)
    alike = ("exact", "same_words", "lexical", "dense", "lexical_rank", "dense_rank", "length")
    same = dict.fromkeys((*alike, "same_letters", "same_long_words", "words_found"), 1.0)
    half = {"lexical": 0.3, "dense": 0.6, "lexical_rank": 0.1, "dense_rank": 0.1, "words_found": 0.5}
    scores = weights.scores(_evidence(same, half))
    assert scores[0] > 0.5 > scores[1]


def test_the_shipped_weights_go_by_the_organism_of_a_gene() -> None:
    """Of two genes of one name that of the likelier organism is more probable."""
    weights = default_fusion().weights("Gene", dense=False)
    human = {"exact": 1.0, "lexical": 1.0, "organism": float(np.log(0.9)), "first_organism": 1.0}
    mouse = {"exact": 1.0, "lexical": 1.0, "organism": float(np.log(0.1))}
    scores = weights.scores(_evidence(human, mouse))
    assert scores[0] > 2 * scores[1]
