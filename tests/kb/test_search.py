from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.kb.homonyms import display, homonyms_of
from belink.kb.records import Filter
from belink.kb.search import search
from belink.kb.signatures import WORDS, shared_bits, sign
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept

Opener = Callable[..., KnowledgeBase]


@pytest.mark.parametrize(
    ("text", "concept_id"),
    [
        ("mesh:D003924", "MESH:D003924"),
        ("http://id.nlm.nih.gov/mesh/D003924", "MESH:D003924"),
        ("diabetis melitus type 2", "MESH:D003924"),
        ("TYPE-2 DIABETES", "MESH:D003924"),
        ("neoplasms colonic", "MESH:D003110"),
        ("asprin", "MESH:D001241"),
        ("cervical", "MESH:D002583"),
        ("MESH:D001241", "MESH:D001241"),
        ("MESH:C000001", "MESH:D003920"),
        ("brca1", "NCBIGene:12189"),
    ],
)
def test_search_finds_despite_typos(kb: KnowledgeBase, text: str, concept_id: str) -> None:
    """Misspelt, inverted and cut off names and ids, current or retired, find their concept first."""
    assert search(kb, text)[0].name.concept_id == concept_id


def test_hits_are_distinct_concepts_best_first_ties_by_id(kb: KnowledgeBase) -> None:
    """Scores fall, stay in [0, 1], and equal ones are sorted by id; a limit cuts the list."""
    hits = search(kb, "cc", 50)
    assert [hit.name.concept_id for hit in hits[:2]] == ["MESH:D002583", "MESH:D003110"]
    keys = [(-hit.score, hit.name.concept_id) for hit in hits]
    assert keys == sorted(keys)
    assert len({hit.name.concept_id for hit in hits}) == len(hits)
    assert all(0 < hit.score <= 1 for hit in hits)
    assert search(kb, "cc", 1) == hits[:1]


@pytest.mark.parametrize("text", ["", "---", "  "])
def test_nothing_finds_nothing(kb: KnowledgeBase, text: str) -> None:
    """A query without a letter or digit has no hits."""
    assert search(kb, text) == []


def test_a_name_of_hundreds_is_told_apart_by_id(make_kb: Opener) -> None:
    """Beyond a hundred concepts nothing but the id is looked for."""
    kb = make_kb([Concept(f"X:{n:03}", "uncharacterized protein", (Alias(f"p{n}"),)) for n in range(101)])
    assert display(kb, kb.find(["uncharacterized protein"], 1)[0]) == ["uncharacterized protein (X:000)"]


def test_search_obeys_a_filter(kb: KnowledgeBase) -> None:
    """Concepts that do not pass are not found, however well they fit."""
    hits = search(kb, "brca1", keep=Filter(taxa=frozenset({"NCBITaxon:9606"}), types=frozenset({"Gene"})))
    assert [hit.name.concept_id for hit in hits] == ["NCBIGene:672"]


def test_a_typo_is_found_among_many_names(make_kb: Opener) -> None:
    """The shortlist does not lose a name with one letter changed among 5,000 others."""
    letters = np.random.default_rng(0).integers(0, 26, (5000, 14))
    names = ["".join(chr(97 + letter) for letter in row) for row in letters.tolist()]
    kb = make_kb([Concept(f"X:{number}", name) for number, name in enumerate(names)])
    wanted = names[77][:6] + "q" + names[77][7:]
    assert search(kb, wanted)[0].name.concept_id == "X:77"


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_shared_bits_agree_with_sets_of_pairs(names: list[str], query: str) -> None:
    """Names in a row give the signatures each gives alone; shared bits are at most those of either."""
    encoded = [name.encode() for name in names]
    offsets = np.cumsum([0, *map(len, encoded)])
    together = sign(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)
    alone = [sign(np.frombuffer(each, dtype=np.uint8), np.array([0, len(each)]))[:, 0] for each in encoded]
    assert together.T.tolist() == [each.tolist() for each in alone]
    asked = sign(np.frombuffer(query.encode(), dtype=np.uint8), np.array([0, len(query.encode())]))[:, 0]
    shared = shared_bits(together, asked).tolist()
    expected = [sum((int(a[w]) & int(asked[w])).bit_count() for w in range(WORDS)) for a in alone]
    assert shared == expected


def test_a_unique_name_is_displayed_with_its_preferred_name(kb: KnowledgeBase) -> None:
    """An alias says what it is an alias of; a preferred name stands alone."""
    (alias,), (preferred,) = kb.find(["type 2 diabetes", "aspirin"])
    assert display(kb, [alias, preferred]) == ["type 2 diabetes (Diabetes Mellitus, Type 2)", "Aspirin"]


def test_the_organism_tells_genes_apart(kb: KnowledgeBase) -> None:
    """A gene's homonyms in other organisms differ by taxon."""
    (genes,) = kb.find(["brca1"])
    assert display(kb, genes) == ["Brca1 (NCBITaxon:10090)", "BRCA1 (NCBITaxon:9606)"]
    assert homonyms_of(kb, genes[0]) == ("NCBIGene:672",)


def test_homonyms_are_told_apart_by_name_alias_parent_or_id(make_kb: Opener) -> None:
    """The first thing that no other concept of the name shares is shown; every display differs."""
    kb = make_kb(
        [
            Concept("X:1", "cold"),
            Concept("X:2", "cold", (Alias("common cold"),)),
            Concept("X:3", "cold", parents=("X:9",)),
            Concept("X:4", "chronic obstructive lung disease", (Alias("COLD", "abbreviation"),)),
            Concept("X:9", "sensation"),
        ]
    )
    (names,) = kb.find(["cold"])
    assert display(kb, names) == [
        "cold (X:1)", "cold (common cold)", "cold (sensation)", "COLD (chronic obstructive lung disease)",
    ]  # fmt: skip
