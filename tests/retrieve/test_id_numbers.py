"""`belink.retrieve.id_numbers`: how long a concept has been known, by its identifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.retrieve.id_numbers import IdNumbers, id_number
from belink.types import Concept


@pytest.mark.parametrize(
    ("concept_id", "number"),
    [
        ("MESH:D003920", 3920),
        ("MESH:C000588862", 588862),
        ("NCBIGene:672", 672),
        ("NCBITaxon:9606", 9606),
        ("OMIM:114480", 0),
        ("HP:0000822", 0),
        ("MESH:D", 0),
        ("NCBIGene:x7", 0),
        ("MESH:D\u0663", 0),
    ],
)
def test_only_vocabularies_that_number_as_they_go_have_numbers(concept_id: str, number: int) -> None:
    """Other identifiers, and those that are not what they begin like, count as 0."""
    assert id_number(concept_id) == number


def test_numbers_are_logarithms_and_the_same_again(tmp_path: Path) -> None:
    """Asked a second time, together with others, a concept has the number it had."""
    build(iter([Concept("NCBIGene:672", "BRCA1"), Concept("T:1", "one")]), tmp_path / "kb")
    numbers = IdNumbers(KnowledgeBase.open(tmp_path / "kb"))
    first = numbers.of(np.array([0], np.int32))
    both = numbers.of(np.array([1, 0], np.int32))
    np.testing.assert_allclose(first, np.log(673), rtol=1e-6)
    assert both.tolist() == [0.0, first[0]]
