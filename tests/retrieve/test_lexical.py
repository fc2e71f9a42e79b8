from __future__ import annotations

import csv
import gzip
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from belink.retrieve.lexical import similar_names
from belink.retrieve.postings import NameArrays, read_arrays, write_arrays
from belink.retrieve.variants import fold
from belink.text.normalise import normalise

words = st.text("abcde ", min_size=1, max_size=13).map(lambda text: " ".join(text.split())).filter(bool)


def _grams(name: str) -> set[str]:
    padded = f" {name} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _similarity(query: str, name: str, names: Sequence[str]) -> float:
    """Say the formula of the module again, plainly and over strings."""
    idf = {
        g: math.log((1 + len(names)) / (1 + sum(g in _grams(n) for n in names))) + 1
        for g in _grams(query) | _grams(name)
    }
    dot = sum(idf[g] ** 2 for g in _grams(query) & _grams(name))
    unknown = math.log((1 + len(names)) / 2) + 1
    known = set().union(*map(_grams, names))
    query_length = sum((idf[g] if g in known else unknown) ** 2 for g in _grams(query))
    cosine = dot / math.sqrt(query_length * sum(idf[g] ** 2 for g in _grams(name)))
    ordered = [" ".join(sorted(text.split())) for text in (query, name)]
    edits = max(Indel.normalized_similarity(query, name), Indel.normalized_similarity(*ordered))
    return max(cosine, edits**4)


@given(query=words, names=st.lists(words, min_size=1, max_size=30, unique=True))
def test_short_queries_find_what_a_full_comparison_finds(query: str, names: list[str]) -> None:
    """Where all grams are looked up and the pool holds all names, nothing is lost and no score differs."""
    with TemporaryDirectory() as folder:
        write_arrays(Path(folder), lambda: names, lambda done: None)
        found = similar_names(read_arrays(Path(folder)), [query])[0]
    expected = {
        number: _similarity(query, name, names)
        for number, name in enumerate(names)
        if _grams(query) & _grams(name)
    }
    assert set(found.names.tolist()) == set(expected)
    np.testing.assert_allclose(found.similarities, [expected[n] for n in found.names.tolist()], atol=2e-6)


@given(query=words, names=st.lists(words, min_size=1, max_size=30, unique=True))
def test_names_come_most_similar_first_and_ties_by_number(query: str, names: list[str]) -> None:
    """The order is by falling similarity, then by number."""
    with TemporaryDirectory() as folder:
        write_arrays(Path(folder), lambda: names, lambda done: None)
        found = similar_names(read_arrays(Path(folder)), [query])[0]
    keys = list(zip((-found.similarities).tolist(), found.names.tolist(), strict=True))
    assert keys == sorted(keys)


def test_a_name_is_wholly_similar_to_itself(arrays_of: Callable[[Sequence[str]], NameArrays]) -> None:
    """The similarity of a name with itself is 1."""
    arrays = arrays_of(["cold", "common cold", "x"])
    for number, name in enumerate(["cold", "common cold", "x"]):
        found = similar_names(arrays, [name])[0]
        assert (found.names[0], found.similarities[0]) == (number, 1.0)


def test_the_order_of_words_does_not_matter(arrays_of: Callable[[Sequence[str]], NameArrays]) -> None:
    """A name with its words swapped is found with similarity 1."""
    found = similar_names(arrays_of(["attack heart", "heart block"]), ["heart attack"])[0]
    assert (found.names[0], found.similarities[0]) == (0, 1.0)


def test_a_pool_of_one_holds_the_best_and_of_equals_the_first(
    arrays_of: Callable[[Sequence[str]], NameArrays],
) -> None:
    """Names that tie at the edge of the pool enter it by number."""
    arrays = arrays_of(["aab zz", "aab yy", "aab xx"])
    assert similar_names(arrays, ["aab"], pool=1)[0].names.tolist() == [0]
    assert sorted(similar_names(arrays, ["aab"], pool=2)[0].names.tolist()) == [0, 1]


def test_names_that_are_not_allowed_take_no_place(arrays_of: Callable[[Sequence[str]], NameArrays]) -> None:
    """The pool is filled from the allowed names only."""
    arrays = arrays_of([f"cold {number:03}" for number in range(300)])
    allowed = np.zeros(300, bool)
    allowed[[5, 299]] = True
    assert sorted(similar_names(arrays, ["cold 007"], allowed)[0].names.tolist()) == [5, 299]


@given(
    queries=st.lists(words | st.just(""), min_size=1, max_size=6),
    names=st.lists(words, min_size=1, max_size=30, unique=True),
    pool=st.integers(1, 40),
)
def test_other_queries_change_nothing(queries: list[str], names: list[str], pool: int) -> None:
    """A query finds the same names, as similar to the last place, alone and among others."""
    with TemporaryDirectory() as folder:
        write_arrays(Path(folder), lambda: names, lambda done: None)
        arrays = read_arrays(Path(folder))
        together = similar_names(arrays, queries, pool=pool)
        alone = [similar_names(arrays, [query], pool=pool)[0] for query in queries]
    for one, other in zip(together, alone, strict=True):
        assert one.names.tolist() == other.names.tolist()
        assert one.similarities.tolist() == other.similarities.tolist()


def test_an_empty_query_and_an_empty_index_find_nothing(
    arrays_of: Callable[[Sequence[str]], NameArrays],
) -> None:
    """Neither raises."""
    assert len(similar_names(arrays_of(["cold"]), [""])[0].names) == 0
    assert len(similar_names(arrays_of([]), ["cold"])[0].names) == 0
    assert similar_names(arrays_of(["cold"]), []) == []


def test_one_slip_in_a_real_name_keeps_it_among_the_first_twenty(shared_data: Path, tmp_path: Path) -> None:
    """Over a third of MEDIC's disease names, 99 of 100 names with one letter wrong are found at 20."""
    with gzip.open(shared_data / "kb" / "medic-belink.tsv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [text for row in rows for text in (row["name"], *row["synonyms"].split("|"))]
    names = sorted({fold(normalise(text)) for text in texts})[::3]
    write_arrays(tmp_path, lambda: names, lambda done: None)
    chosen = random.Random(0).sample([number for number, name in enumerate(names) if len(name) >= 6], 200)
    found = similar_names(read_arrays(tmp_path), [_slip(names[number], number) for number in chosen])
    hits = [number in result.names[:20] for number, result in zip(chosen, found, strict=True)]
    assert np.mean(hits) >= 0.99


def _slip(name: str, seed: int) -> str:
    """Change, drop, add or swap one letter."""
    chance = random.Random(seed)
    place = chance.randrange(1, len(name) - 1)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    other = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return chance.choice(
        [
            before + other + after,
            before + after,
            before + other + letter + after,
            before + after[:1] + letter + after[1:],
        ]
    )
