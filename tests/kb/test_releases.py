from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.export import export
from belink.kb.records import Record, Retirement, Source, SourceInfo
from belink.kb.releases import (
    Added,
    Diff,
    Impact,
    MergedInto,
    Moved,
    NewHomonym,
    Renamed,
    Retired,
    diff,
    impact,
)
from belink.kb.sources import read_source
from belink.kb.store import KnowledgeBase
from belink.kb.update import update
from belink.types import Alias, Concept

Opener = Callable[..., KnowledgeBase]


OLD: tuple[Record, ...] = (
    Concept("X:1", "one"),
    Concept("X:2", "two", parents=("X:1",)),
    Concept("X:3", "three", (Alias("drei"),), parents=("X:2",)),
    Concept("X:4", "four", parents=("X:1",)),
    Concept("X:5", "five", (Alias("shared"),)),
    Concept("X:6", "six"),
)
NEW: tuple[Record, ...] = (
    Concept("X:1", "one"),
    Concept("X:3", "three", (Alias("drei"),), parents=("X:1",)),
    Concept("X:4", "vier", parents=("X:6",)),
    Concept("X:5", "five", (Alias("shared"),)),
    Concept("X:6", "six", (Alias("Shared"),)),
    Concept("X:7", "seven"),
    Retirement("X:2", ("X:1",)),
)


def test_diff_tells_every_kind_of_change(make_kb: Opener) -> None:
    """Added, retired, merged, renamed, moved and new homonyms; a merged parent is no move."""
    old, new = make_kb((*OLD, Concept("X:0", "gone")), "old"), make_kb(NEW, "new")
    assert diff(old, new) == Diff(
        (Added("X:7", "seven"),),
        (Retired("X:0", "gone"),),
        (MergedInto("X:2", "two", ("X:1",)),),
        (Renamed("X:4", "four", "vier"),),
        (Moved("X:4", "vier", ("X:1",), ("X:6",)),),
        (NewHomonym("shared", ("X:5", "X:6")),),
    )


def test_equal_releases_do_not_differ(kb: KnowledgeBase) -> None:
    """Against itself, nothing."""
    assert diff(kb, kb) == Diff()


def test_impact_counts_the_links_a_release_affects(make_kb: Opener) -> None:
    """Each affected id once, with how often it was given; unaffected ones are not mentioned."""
    old, new = make_kb((*OLD, Concept("X:0", "gone")), "old"), make_kb(NEW, "new")
    links = ["X:4", "X:2", "X:0", "X:2", "X:1", "X:5", "X:9"]
    assert impact(old, new, links) == (
        Impact("X:0", "retired", (), "gone", "", 1),
        Impact("X:2", "merged", ("X:1",), "two", "one", 2),
        Impact("X:4", "renamed", ("X:4",), "four", "vier", 1),
        Impact("X:9", "unknown", (), "", "", 1),
    )


def test_update_tells_what_changed(make_kb: Opener) -> None:
    """The changes, and how many normalised names are new; a name of another concept or case is not."""
    old = make_kb(OLD, "kb")
    result = update(old.path, [Source(SourceInfo("toy"), NEW)])
    assert result.changes.added == (Added("X:7", "seven"),)
    assert result.new_names == len({"vier", "seven"})
    assert KnowledgeBase.open(old.path).fingerprint == result.manifest.fingerprint != old.fingerprint


def test_a_failed_update_leaves_the_old_release(make_kb: Opener) -> None:
    """A source that holds nothing stops the update, and nothing is left beside the knowledge base."""
    old = make_kb(OLD, "kb")
    with pytest.raises(KnowledgeBaseError, match="holds no concept"):
        update(old.path, [Source(SourceInfo("empty"), ())])
    assert KnowledgeBase.open(old.path).fingerprint == old.fingerprint
    assert [path.name for path in old.path.parent.iterdir()] == ["kb"]


@pytest.mark.parametrize("file_format", ["tsv", "jsonl"])
def test_an_export_builds_back_to_the_same_fingerprint(
    kb: KnowledgeBase, make_kb: Opener, file_format: str
) -> None:
    """Nothing of the content is lost in a file of ours, scopes and sources of aliases included."""
    out = kb.path.parent / f"out.{file_format}"
    export(kb, out, "tsv" if file_format == "tsv" else "jsonl")
    _, records = read_source(out)
    assert make_kb(records, "again").fingerprint == kb.fingerprint


def test_a_name_with_a_separator_needs_jsonl(make_kb: Opener, tmp_path: Path) -> None:
    """A table cannot hold "|" in a name; the error says so and no file appears."""
    kb = make_kb([Concept("X:1", "a", (Alias("b|c"),))])
    with pytest.raises(KnowledgeBaseError, match="export as jsonl"):
        export(kb, tmp_path / "out.tsv", "tsv")
    assert not list(tmp_path.glob("*out.tsv*"))
