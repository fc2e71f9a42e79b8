"""A small knowledge base, and the command line as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from belink.cli import main

Belink = Callable[..., "subprocess.CompletedProcess[str]"]

TABLE = """id\tname\tsynonyms\tdefinition\textra
MESH:D009270\tNaloxone\tNarcan\t\t
MESH:D003000\tClonidine\t\t\t
MESH:D006973\tHypertension\tBlood Pressure, High\t\t
MESH:D007022\tHypotension\tBlood Pressure, Low\t\t
MESH:D009223\tMyotonic Dystrophy\tDystrophia Myotonica|Steinert Disease\t\t
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder of its own, so that no test meets the user's cache."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def belink(home: Path) -> Belink:
    """Run `belink` with these arguments; its output is text.

    It runs in this process, which need not import everything again; its streams are real ones of bytes.
    """
    changed = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "COLUMNS": "120"}

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = list(map(str, arguments))
        with environment(changed), streams(stdin) as (out, err):
            try:
                main(command)
            except SystemExit as stop:
                code = stop.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(command, code, text_of(out), text_of(err))

    return run


@contextmanager
def environment(changed: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = dict(os.environ)
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def streams(stdin: str) -> Iterator[tuple[TextIOWrapper, TextIOWrapper]]:
    """Put streams of bytes in the place of the standard ones; gives those of output and errors."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
    sys.stdin, sys.stdout, sys.stderr = TextIOWrapper(BytesIO(stdin.encode()), encoding="utf-8"), out, err
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def text_of(stream: TextIOWrapper) -> str:
    """Give what was written."""
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()


@pytest.fixture(scope="session")
def small_kb(belink: Belink, home: Path) -> Path:
    """A knowledge base of five concepts, built by the command line."""
    table, kb = home / "small.tsv", home / "small-kb"
    table.write_text(TABLE, encoding="utf-8")
    result = belink("kb", "build", table, "-o", kb)
    assert result.returncode == 0, result.stderr
    return kb
