"""Telling texts from files on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Belink

from belink.cli.inputs import choose_inputs, override
from belink.config import Settings
from belink.errors import ConfigError, InputError


def test_words_are_a_text() -> None:
    """An argument with white space that is no file is a text."""
    assert choose_inputs(["Aspirin reduces fever."]) == ["Aspirin reduces fever."]


def test_one_word_is_a_text() -> None:
    """A single word that is no file is a text."""
    assert choose_inputs(["melanoma"]) == ["melanoma"]


def test_existing_file_is_a_file(tmp_path: Path) -> None:
    """An argument that exists is a path, even with white space in its name."""
    path = tmp_path / "my corpus.txt"
    path.write_text("x", encoding="utf-8")
    assert choose_inputs([str(path)]) == [path]


@pytest.mark.parametrize("argument", ["missing.xml", "folder/missing"])
def test_what_looks_like_a_path_must_exist(argument: str) -> None:
    """A name with a dot or a slash and no white space is taken for a missing file, not for a text."""
    with pytest.raises(InputError, match="no such file or folder"):
        choose_inputs([argument])


def test_a_text_among_files_is_refused(tmp_path: Path) -> None:
    """Of several arguments each must exist."""
    path = tmp_path / "a.txt"
    path.write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="in quotes"):
        choose_inputs([str(path), "some text"])


@pytest.mark.parametrize("argument", ["", "  ", "\n"])
def test_blank_argument_is_refused(argument: str) -> None:
    """An empty text is an error, and never the current folder."""
    with pytest.raises(InputError, match="empty"):
        choose_inputs([argument])


def test_standard_input_stands_alone(tmp_path: Path) -> None:
    """'-' beside a file is refused."""
    with pytest.raises(InputError, match="standard input"):
        choose_inputs([str(tmp_path), "-"])


def test_a_very_long_text_is_a_text() -> None:
    """A text longer than any file name may be is a text."""
    text = "Aspirin " * 10_000
    assert choose_inputs([text]) == [text]


def test_options_win_over_settings() -> None:
    """An option given replaces the setting, one not given leaves it."""
    settings = override(
        Settings(), {("rerank", "k"): 5, ("detect", "types"): "disease, chemical", ("kb", "path"): None}
    )
    assert settings.rerank.k == 5
    assert settings.detect.types == ("Disease", "Chemical")
    assert settings.kb.path is None


def test_wrong_option_value_names_the_option() -> None:
    """A value outside an option's choices is an error that names the option."""
    with pytest.raises(ConfigError, match="--spans: found 'maybe'"):
        override(Settings(), {("detect", "spans"): "maybe"})


def test_version_and_help_need_no_command(belink: Belink) -> None:
    """`--version` prints the version; belink alone prints its help and is a usage error."""
    assert belink("--version").stdout == "belink 0.1.0\n"
    alone = belink()
    assert alone.returncode == 2
    assert "evaluate" in alone.stdout
    assert alone.stderr == ""
