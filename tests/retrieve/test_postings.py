from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from belink.retrieve.postings import NameArrays, gram_codes, slice_names, write_arrays

NAMES = ["cold", "heart attack", "cold", "", "καρδια", "x", "heart attack", "ab"]


def test_grams_are_all_triples_of_the_padded_name() -> None:
    """The grams of "ab" are " ab" and "ab "."""
    codes, owners = gram_codes(["ab"])
    expected = sorted((ord(a) << 42) | (ord(b) << 21) | ord(c) for a, b, c in (" ab", "ab "))
    assert codes.tolist() == expected
    assert owners.tolist() == [0, 0]


@given(st.lists(st.text(st.characters(exclude_characters="\n"))))
def test_grams_of_a_name_do_not_depend_on_its_neighbours(names: list[str]) -> None:
    """A list gives each name the grams it has alone."""
    codes, owners = gram_codes(names)
    for number, name in enumerate(names):
        assert codes[owners == number].tolist() == gram_codes([name])[0].tolist()


def test_rows_of_equal_names_are_gathered(arrays_of: Callable[[Sequence[str]], NameArrays]) -> None:
    """Names count by their first row, and each knows all of its rows."""
    arrays = arrays_of(NAMES)
    names = slice_names(arrays.text, arrays.text_starts, np.arange(len(arrays.text_starts) - 1))
    rows = [
        arrays.rows[start:end].tolist()
        for start, end in zip(arrays.row_starts[:-1], arrays.row_starts[1:], strict=True)
    ]
    assert names == list(dict.fromkeys(NAMES))
    assert rows == [[i for i, other in enumerate(NAMES) if other == name] for name in names]


def test_postings_turn_the_grams_of_names_round(arrays_of: Callable[[Sequence[str]], NameArrays]) -> None:
    """A name stands in a gram's postings if and only if the gram stands among the name's grams."""
    arrays = arrays_of(NAMES)
    by_gram = {
        (gram, name)
        for gram in range(len(arrays.grams))
        for name in arrays.posting_names[arrays.gram_starts[gram] : arrays.gram_starts[gram + 1]].tolist()
    }
    by_name = {
        (gram, name)
        for name in range(len(arrays.text_starts) - 1)
        for gram in arrays.name_grams[
            arrays.name_gram_starts[name] : arrays.name_gram_starts[name + 1]
        ].tolist()
    }
    assert by_gram == by_name
    assert len(by_gram) == len(arrays.posting_names)


def test_each_name_with_grams_is_a_vector_of_length_one(
    arrays_of: Callable[[Sequence[str]], NameArrays],
) -> None:
    """The squared weights of a name add up to 1."""
    arrays = arrays_of(NAMES)
    sums = np.bincount(arrays.posting_names, arrays.posting_weights.astype(float) ** 2)
    np.testing.assert_allclose(sums[sums > 0], 1, rtol=1e-6)


def test_the_same_names_give_the_same_bytes(tmp_path: Path) -> None:
    """Building twice writes identical files."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        write_arrays(folder, lambda: NAMES, lambda done: None)
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert first == second


def test_progress_rises_to_three_times_the_rows(tmp_path: Path) -> None:
    """The last report says that all is done."""
    reports: list[int] = []
    write_arrays(tmp_path, lambda: NAMES, reports.append)
    assert reports == sorted(reports)
    assert reports[-1] == 3 * len(NAMES)
