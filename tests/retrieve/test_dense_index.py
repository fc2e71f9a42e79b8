"""Building and opening dense indexes with an encoder of letter pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from belink.errors import KnowledgeBaseError
from belink.kb.columns import key_number
from belink.kb.indexes import index_places
from belink.kb.store import KnowledgeBase
from belink.retrieve.dense_index import (
    build_dense_index,
    ensure_dense_index,
    has_dense_index,
    open_dense_index,
)
from belink.retrieve.dense_vectors import CHUNK, vector_count
from belink.text.normalise import bag, normalise


class LetterPairs:
    """Embeds a name by its letter pairs; counts what it embeds, and may be killed after some names."""

    dimensions = 32

    def __init__(self, checksum: str = "0123456789abcdef", dies_after: int | None = None) -> None:
        self.checksum = checksum
        self.dies_after = dies_after
        self.embedded: list[str] = []

    def __call__(self, names: Sequence[str], /) -> NDArray[np.float32]:
        """Give the counts of the pairs, at unit length."""
        if self.dies_after is not None and len(self.embedded) + len(names) > self.dies_after:
            raise KeyboardInterrupt
        self.embedded += names
        vectors = np.zeros((len(names), self.dimensions), dtype=np.float32)
        for row, name in enumerate(names):
            for one, two in zip(f"^{name}", f"{name}$", strict=True):
                vectors[row, (31 * ord(one) + ord(two)) % self.dimensions] += 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _fake(path: Path, fingerprint: str, texts: Sequence[str]) -> Any:
    norms = [normalise(text) for text in texts]
    bags = np.array([key_number(bag(norm)) for norm in norms], dtype=np.uint64)
    rows = np.argsort(bags, kind="stable").astype(np.int32)
    return SimpleNamespace(
        path=path,
        fingerprint=fingerprint,
        name_count=len(norms),
        arrays={"bag-key": bags[rows], "bag-row": rows},
        texts=lambda: iter(texts),
        norms=lambda: iter(norms),
        norms_at=lambda rows: [norms[row] for row in rows],
    )


MANY = [f"name {number}" for number in range(2 * CHUNK + 10)]


def test_a_name_has_one_vector_however_many_rows_bear_it(tmp_path: Path) -> None:
    """Rows of nothing but punctuation have none."""
    index = build_dense_index(_fake(tmp_path, "f1", ["cold", "heart", "cold", ""]), encoder := LetterPairs())
    assert sorted(encoder.embedded) == ["cold", "heart"]
    assert index.numbers[0] == index.numbers[2] != index.numbers[1]
    assert index.numbers[3] == -1
    for number in (0, 1):
        rows = index.rows[index.row_starts[number] : index.row_starts[number + 1]]
        assert (index.numbers[rows] == number).all()
    np.testing.assert_array_equal(
        index.vectors[index.numbers[1]], LetterPairs()(["heart"])[0].astype(np.float16)
    )


def test_names_of_the_same_words_share_the_vector_of_the_one_that_is_not_inverted(tmp_path: Path) -> None:
    """Whatever their order and number; names of other words have their own."""
    names = ["Abnormalities, Drug-Induced", "drug-induced abnormality", "Drug Abnormality"]
    index = build_dense_index(kb := _fake(tmp_path, "f1", names), encoder := LetterPairs())
    assert sorted(encoder.embedded) == ["drug abnormality", "drug induced abnormality"]
    assert index.numbers[0] == index.numbers[1] != index.numbers[2]
    assert vector_count(kb) == len(index.vectors) == 2


def test_it_can_be_asked_whether_there_is_an_index(tmp_path: Path) -> None:
    """Of this state of the knowledge base, by this encoder."""
    kb = _fake(tmp_path, "f1", ["cold"])
    assert not has_dense_index(kb, LetterPairs().checksum, cache=tmp_path)
    build_dense_index(kb, LetterPairs())
    assert has_dense_index(kb, LetterPairs().checksum, cache=tmp_path)
    assert not has_dense_index(kb, "another encoder", cache=tmp_path)
    assert not has_dense_index(_fake(tmp_path, "f2", ["cold"]), LetterPairs().checksum, cache=tmp_path)


def test_a_killed_build_goes_on_where_it_stood(tmp_path: Path) -> None:
    """What was embedded is not embedded again, the result is that of one go, and nothing lies beside it."""
    first, second, whole = LetterPairs(dies_after=CHUNK), LetterPairs(), LetterPairs()
    kb = _fake(tmp_path / "killed", "f1", MANY)
    with pytest.raises(KeyboardInterrupt):
        build_dense_index(kb, first)
    with pytest.raises(KnowledgeBaseError, match="no dense index"):
        open_dense_index(kb, second, cache=tmp_path / "cache")
    resumed = build_dense_index(kb, second)
    assert len(first.embedded) == CHUNK
    assert len(second.embedded) == len(MANY) - CHUNK
    expected = build_dense_index(_fake(tmp_path / "whole", "f1", MANY), whole)
    np.testing.assert_array_equal(resumed.vectors, expected.vectors)
    assert [path.name for path in resumed.folder.parent.iterdir()] == [resumed.folder.name]


def test_only_new_names_are_embedded_when_the_knowledge_base_changed(tmp_path: Path) -> None:
    """Vectors of the names that stayed are taken over from the stale index."""
    build_dense_index(_fake(tmp_path, "f1", ["cold", "heart", "gone"]), LetterPairs())
    changed, encoder = _fake(tmp_path, "f2", ["fever", "heart", "cold"]), LetterPairs()
    index = ensure_dense_index(changed, encoder)
    assert encoder.embedded == ["fever"]
    np.testing.assert_array_equal(
        index.vectors[index.numbers], LetterPairs()(["fever", "heart", "cold"]).astype(np.float16)
    )


def test_indexes_of_two_encoders_lie_side_by_side(tmp_path: Path) -> None:
    """Each encoder opens its own."""
    kb = _fake(tmp_path, "f1", ["cold"])
    one, two = LetterPairs("a" * 16), LetterPairs("b" * 16)
    build_dense_index(kb, one)
    build_dense_index(kb, two)
    assert open_dense_index(kb, one).checksum == "a" * 16
    assert open_dense_index(kb, two).checksum == "b" * 16


def test_an_index_of_another_state_of_the_knowledge_base_is_refused(tmp_path: Path) -> None:
    """The message names the folder, both fingerprints and the command that helps."""
    build_dense_index(_fake(tmp_path, "f1", ["cold"]), LetterPairs())
    with pytest.raises(KnowledgeBaseError, match=r"stale dense index .*f1, expected f2; .*belink kb index"):
        open_dense_index(_fake(tmp_path, "f2", ["cold"]), LetterPairs())


@pytest.mark.parametrize("name", ["manifest.json", "vectors.npy", "rows.npy", "keys.npy"])
def test_a_damaged_index_is_refused_and_made_again(tmp_path: Path, name: str) -> None:
    """A cut-off file is no traceback."""
    kb = _fake(tmp_path, "f1", ["cold"])
    index = build_dense_index(kb, LetterPairs())
    (index.folder / name).write_bytes(b"\x93NU")
    with pytest.raises(KnowledgeBaseError, match="damaged dense index"):
        open_dense_index(kb, LetterPairs())
    assert len(ensure_dense_index(kb, LetterPairs()).vectors) == 1


def test_where_the_knowledge_base_cannot_be_written_the_index_goes_to_the_cache(tmp_path: Path) -> None:
    """It is found there again."""
    (tmp_path / "kb").write_text("a file where the folder should be")
    kb, cache = _fake(tmp_path / "kb", "f1", ["cold"]), tmp_path / "cache"
    built = build_dense_index(kb, LetterPairs(), cache=cache)
    assert built.folder == index_places(kb, built.folder.name, cache)[1]
    assert open_dense_index(kb, LetterPairs(), cache=cache).folder == built.folder


def test_progress_counts_the_names_to_embed(tmp_path: Path) -> None:
    """It rises to the total."""
    told: list[tuple[str, int, int]] = []
    build_dense_index(_fake(tmp_path, "f1", MANY), LetterPairs(), lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [CHUNK, 2 * CHUNK, len(MANY)]
    assert {total for _, _, total in told} == {len(MANY)}


def test_a_knowledge_base_without_names_has_an_empty_index(tmp_path: Path) -> None:
    """Nothing is embedded."""
    assert build_dense_index(_fake(tmp_path, "f1", []), LetterPairs()).vectors.shape == (0, 32)


def test_a_real_knowledge_base_is_indexed_by_one_name_of_each_bag_of_words(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    """Each row's vector is that of a name of its words."""
    fake = _fake(tmp_path, kb.fingerprint, list(kb.texts()))
    index = build_dense_index(fake, LetterPairs())
    for row, norm in enumerate(kb.norms()):
        same = [other for other in kb.norms() if bag(other) == bag(norm)]
        vectors = LetterPairs()(same).astype(np.float16)
        assert (index.vectors[index.numbers[row]] == vectors).all(axis=1).any()
