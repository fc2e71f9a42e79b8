"""The file beside a tagger."""

from __future__ import annotations

from pathlib import Path

import pytest

from belink.detect.combination import Combination, TypeRule, read_combination, write_combination
from belink.errors import ModelError


def test_a_rule_is_read_as_it_was_written(tmp_path: Path) -> None:
    """All three numbers of each type."""
    written = Combination({"Gene": TypeRule(0.4, 0.2, 0.1), "Disease": TypeRule()})
    write_combination(written, tmp_path)
    assert read_combination(tmp_path) == written


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not JSON"),
        ('{"types": {}}', "types"),
        (
            '{"types": {"Gene": {"alone": 2, "with_dictionary": 0, "least_link": 0}}}',
            "alone",
        ),
        ('{"types": {"Gene": {"alone": 1}}}', "with_dictionary"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, says: str) -> None:
    """The path and the key."""
    (tmp_path / "combination.json").write_text(content)
    with pytest.raises(ModelError, match=rf"combination\.json.*{says}"):
        read_combination(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the script that makes it."""
    with pytest.raises(ModelError, match="fit_detection"):
        read_combination(tmp_path)
