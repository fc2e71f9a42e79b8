"""What is left when a process that writes a knowledge base is killed (any table: `benchmarks/kb_kill.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from belink.retrieve.dense_vectors import CHUNK

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "kb_kill.py"
CONCEPTS = 59


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has neither fork nor SIGKILL")
@pytest.mark.parametrize(
    ("operation", "aliases"),
    [
        ("build", 2),
        ("update", 2),
        ("add", 2),
        ("index", 2),
        ("vectors", 2),
        pytest.param(
            "all-vectors", CHUNK // CONCEPTS + 2, id="all-vectors, of which a part is noted as done"
        ),
    ],
)
def test_a_kill_at_any_moment_harms_nothing(tmp_path: Path, operation: str, aliases: int) -> None:
    """It is the old or the new one, whole; doing it again goes on, ends well and leaves nothing behind."""
    table = tmp_path / "table.tsv"
    rows = [
        f"MESH:D{n:06}\tdisease {n}\tillness {n % 7}|" + "|".join(f"sickness {n}x{k}" for k in range(aliases))
        for n in range(CONCEPTS)
    ]
    table.write_text("\n".join(["id\tname\taliases", *rows, ""]), encoding="utf-8")
    options = ("--operations", operation, "--moments", "5", "--times", "1")
    command = [sys.executable, str(SCRIPT), str(table), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    name, operations, kills, old, new, faults = done.stdout.splitlines()[-1].split()
    assert (name, int(kills), int(old) + int(new), faults) == (operation, 6, 6, "0")
    assert int(operations) > 25
