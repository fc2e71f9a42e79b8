"""A small knowledge base, and the command line as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
    """Run `belink` with these arguments; its output is text."""
    environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "COLUMNS": "120"}

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "belink", *map(str, arguments)]
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            env=environment,
        )

    return run


@pytest.fixture(scope="session")
def small_kb(belink: Belink, home: Path) -> Path:
    """A knowledge base of five concepts, built by the command line."""
    table, kb = home / "small.tsv", home / "small-kb"
    table.write_text(TABLE, encoding="utf-8")
    result = belink("kb", "build", table, "-o", kb)
    assert result.returncode == 0, result.stderr
    return kb
