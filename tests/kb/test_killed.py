"""What is left when a process that writes a knowledge base is killed (any table: `benchmarks/kb_kill.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "kb_kill.py"
ROWS = "".join(f"MESH:D{n:06}\tdisease {n}\tillness {n}|sickness {n % 7}\n" for n in range(1, 60))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has neither fork nor SIGKILL")
@pytest.mark.parametrize("operation", ["build", "update", "add", "index"])
def test_a_kill_at_any_moment_harms_nothing(tmp_path: Path, operation: str) -> None:
    """It is the old or the new one, whole; doing it again ends well and leaves nothing behind."""
    table = tmp_path / "table.tsv"
    table.write_text(f"id\tname\taliases\n{ROWS}", encoding="utf-8")
    options = ("--operations", operation, "--moments", "5", "--times", "1")
    command = [sys.executable, str(SCRIPT), str(table), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    name, operations, kills, old, new, faults = done.stdout.splitlines()[-1].split()
    assert (name, int(kills), int(old) + int(new), faults) == (operation, 6, 6, "0")
    assert int(operations) > 25
