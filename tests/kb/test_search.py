from __future__ import annotations

import random
import string
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from belink.kb.build import build
from belink.kb.homonyms import display, homonyms_of
from belink.kb.records import Filter
from belink.kb.search import search
from belink.kb.signatures import WORDS, shared_bits, sign
from belink.kb.store import KnowledgeBase
from belink.text.normalise import normalise
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


PIECES = (
    "methyl",
    "hydroxy",
    "phenyl",
    "carboxamide",
    "2r",
    "3s",
    "4",
    "n",
    "fluoro",
    "oxo",
    "pyridin",
    "yl",
)


@pytest.fixture(scope="module")
def chemicals(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """400 short and long names of 150 concepts that have much in common, as systematic names have."""
    chance = random.Random(0)
    names = [" ".join(chance.choices(PIECES, k=chance.choice((1, 2, 4, 12, 30)))) for _ in range(400)]
    chosen = [tuple(names[number::150]) for number in range(150)]
    path = tmp_path_factory.mktemp("chemicals") / "kb"
    build([Concept(f"X:{n:03}", each[0], tuple(map(Alias, each[1:]))) for n, each in enumerate(chosen)], path)
    return KnowledgeBase.open(path)


def scored_in_full(kb: KnowledgeBase, query: str) -> list[tuple[str, float]]:
    """Give every concept that shares a letter pair with a query, scored with nothing left out, in order."""
    encoded = np.frombuffer(query.encode(), dtype=np.uint8)
    shared = shared_bits(kb.arrays["name-signature"], sign(encoded, np.array([0, len(encoded)]))[:, 0])
    scores = np.zeros(len(kb))
    for name, concept in zip(kb.norms_at(np.flatnonzero(shared)), kb.name_concepts[shared > 0], strict=True):
        share = len(query) / len(name)
        part = fuzz.partial_ratio(query, name) / 100 * (0.9 + 0.1 * share) if share <= 1 else 0
        whole, reordered = fuzz.ratio(query, name) / 100, fuzz.token_sort_ratio(query, name) / 100
        scores[concept] = max(scores[concept], whole, 0.97 * reordered, 0.9 * part)
    order = np.lexsort((np.arange(len(kb)), -scores.round(4))).tolist()
    return [(f"X:{n:03}", float(scores.round(4)[n])) for n in order if scores[n] > 0]


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_the_best_concepts_are_those_of_all_names_scored_in_full(
    chemicals: KnowledgeBase, data: st.DataObject
) -> None:
    """A name that is not compared part by part could not have been among the best."""
    name = data.draw(st.sampled_from(sorted(chemicals.norms())))
    cut = data.draw(st.slices(len(name)))
    query = normalise(name[cut] + data.draw(st.text(string.ascii_lowercase[:4], max_size=3)) + name[20:90])
    limit = data.draw(st.sampled_from([1, 2, 10, 60, 200]))
    assume(query)
    found = [(hit.name.concept_id, hit.score) for hit in search(chemicals, query, limit)]
    assert found == scored_in_full(chemicals, query)[:limit]


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
