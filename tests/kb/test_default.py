from __future__ import annotations

import gzip
import multiprocessing
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.default import open_default, open_packed
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase

PACKED = gzip.compress(
    b"id\tname\tsynonyms\ttree\tmaps_to\n"
    + b"".join(b"D%06d\tdisease %d\t\tC01.%d\t\n" % (n, n, n) for n in range(2_000)),
    mtime=0,
)
"""A vocabulary of the packaged table's form that is built in no time."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def kb(cache: Path) -> KnowledgeBase:
    return open_default(cache=cache)


def test_the_embedded_vocabulary_has_diseases_and_chemicals(kb: KnowledgeBase) -> None:
    """MeSH trees C and F03 are diseases, tree D chemicals, and nothing is without a type."""
    counts = {kind: int(kb.select(Filter(types=frozenset({kind}))).sum()) for kind in ("Disease", "Chemical")}
    assert counts["Disease"] > 11_000
    assert counts["Chemical"] > 10_000
    assert () not in kb.type_sets()
    assert kb.manifest.problems == ()


def test_a_descriptor_in_both_trees_has_both_types(kb: KnowledgeBase) -> None:
    """At least one MeSH descriptor stands in tree D and in tree C."""
    both = kb.select(Filter(types=frozenset({"Disease"}))) & kb.select(Filter(types=frozenset({"Chemical"})))
    assert np.count_nonzero(both) >= 1


def test_known_diseases_are_found_with_their_place_in_the_tree(kb: KnowledgeBase) -> None:
    """Type 2 diabetes is found by an entry term and stands below the endocrine system diseases."""
    (found,) = kb.find(["noninsulin dependent diabetes mellitus"])
    assert {name.concept_id for name in found} == {"MESH:D003924"}
    assert "MESH:D004700" in kb.ancestors("MESH:D003924")


def test_it_is_built_once(cache: Path, kb: KnowledgeBase) -> None:
    """The second opening reports no progress and gives the same folder."""
    steps: list[tuple[str, int, int]] = []
    assert open_default(lambda *step: steps.append(step), cache=cache).path == kb.path
    assert steps == []


def _open(cache: Path) -> str:
    return open_packed(PACKED, cache).fingerprint


def test_two_processes_may_build_it_at_once(tmp_path: Path) -> None:
    """Both get the whole vocabulary, and one folder is left."""
    caches = [tmp_path / "both", tmp_path / "both", tmp_path / "alone"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert len(set(pool.map(_open, caches, chunksize=1))) == 1
    assert len(list(caches[0].iterdir())) == 1


def test_a_damaged_cache_is_built_again(tmp_path: Path) -> None:
    """What cannot be opened is replaced, and progress is told from nothing to all."""
    kb = open_packed(PACKED, tmp_path)
    (kb.path / "manifest.json").write_text("{")
    steps: list[tuple[str, int, int]] = []
    again = open_packed(PACKED, tmp_path, lambda *step: steps.append(step))
    assert (again.path, again.fingerprint) == (kb.path, kb.fingerprint)
    assert steps[0][1:] == (0, 2_000)
    assert steps[-1][1:] == (2_000, 2_000)


def test_a_cache_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    """A file where the folder should be is named, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(KnowledgeBaseError, match="--kb"):
        open_default(cache=tmp_path / "file")


def test_the_packaged_file_is_small_and_attributed() -> None:
    """Under 3 MB, without a time stamp, with the credit NLM asks for beside it."""
    data = files("belink.kb").joinpath("data")
    packed = data.joinpath("mesh-default.tsv.gz").read_bytes()
    assert len(packed) < 3_000_000
    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed).startswith(b"id\tname\tsynonyms\ttree\tmaps_to\n")
    assert "courtesy of the U.S. National Library of Medicine" in data.joinpath("ATTRIBUTION.md").read_text()
