from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import build_index, ensure_index, open_index


def _fake(path: Path, fingerprint: str = "f1", names: tuple[str, ...] = ("cold", "heart attack")) -> Any:
    return SimpleNamespace(
        path=path, fingerprint=fingerprint, name_count=len(names), norms=lambda: iter(names)
    )


def test_an_index_of_another_state_of_the_knowledge_base_is_refused(tmp_path: Path) -> None:
    """The message names the folder, both fingerprints and what to do."""
    build_index(_fake(tmp_path), tmp_path / "lexical")
    with pytest.raises(
        KnowledgeBaseError, match=r"stale name index .*lexical: .* f1, expected .* f2; delete"
    ):
        open_index(tmp_path / "lexical", _fake(tmp_path, "f2"))


def test_a_folder_without_index_is_refused(tmp_path: Path) -> None:
    """The message names the folder."""
    with pytest.raises(KnowledgeBaseError, match=f"no name index in {tmp_path}"):
        open_index(tmp_path, _fake(tmp_path))


@pytest.mark.parametrize("name", ["manifest.json", "posting_names.npy", "text.npy"])
def test_a_damaged_index_is_refused(tmp_path: Path, name: str) -> None:
    """A cut-off file is no traceback."""
    build_index(_fake(tmp_path), tmp_path / "lexical")
    (tmp_path / "lexical" / name).write_bytes(b"\x93NU")
    with pytest.raises(KnowledgeBaseError, match="damaged name index"):
        open_index(tmp_path / "lexical", _fake(tmp_path))


def test_a_build_that_fails_leaves_the_old_index_and_no_litter(tmp_path: Path) -> None:
    """What lay in the folder can still be opened, and nothing lies beside it."""

    def broken() -> Iterator[str]:
        yield "cold"
        raise KeyboardInterrupt

    build_index(_fake(tmp_path), tmp_path / "lexical")
    failing = _fake(tmp_path)
    failing.norms = broken
    with pytest.raises(KeyboardInterrupt):
        build_index(failing, tmp_path / "lexical")
    assert open_index(tmp_path / "lexical", _fake(tmp_path)).fingerprint == "f1"
    assert [path.name for path in tmp_path.iterdir()] == ["lexical"]


def test_a_stale_index_is_built_again(tmp_path: Path) -> None:
    """`ensure_index` gives an index of the knowledge base as it is now."""
    ensure_index(_fake(tmp_path, "f1"))
    assert ensure_index(_fake(tmp_path, "f2")).fingerprint == "f2"


def test_an_index_that_stands_is_not_built_again(tmp_path: Path) -> None:
    """The second call reports no work."""
    reports: list[tuple[str, int, int]] = []
    ensure_index(_fake(tmp_path), lambda *report: reports.append(report))
    assert reports[-1] == ("indexing names", 6, 6)
    reports.clear()
    ensure_index(_fake(tmp_path), lambda *report: reports.append(report))
    assert reports == []


def test_where_the_knowledge_base_cannot_be_written_the_index_lies_in_the_cache(tmp_path: Path) -> None:
    """It is kept under the fingerprint and found there the next time."""
    kb, cache = _fake(tmp_path / "kb"), tmp_path / "cache"
    kb.path.mkdir()
    (kb.path / "index").write_text("a file where the folder would be")
    first = ensure_index(kb, cache=cache)
    assert first.folder == cache / "index" / "f1" / "lexical"
    assert ensure_index(kb, lambda *report: pytest.fail("built again"), cache=cache).folder == first.folder


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """The message names the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(KnowledgeBaseError, match="cannot write the name index"):
        build_index(_fake(tmp_path), tmp_path / "file" / "lexical")


def test_a_real_knowledge_base_has_one_row_per_name(kb: KnowledgeBase, tmp_path: Path) -> None:
    """The index covers every row of the knowledge base once."""
    index = build_index(kb, tmp_path / "lexical")
    assert sorted(index.arrays.rows.tolist()) == list(range(kb.name_count))
