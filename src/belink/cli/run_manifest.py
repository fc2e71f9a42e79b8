"""`run.json`: what made an output file."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from belink.errors import InputError
from belink.formats.streams import write_atomically
from belink.version import __version__

if TYPE_CHECKING:
    from belink.linker import Linker

PACKAGES = ("numpy", "scipy", "rapidfuzz", "ahocorasick-rs", "lxml", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run when its output stands: `seconds` of wall clock, and counts of what it did."""

    output: Path
    inputs: tuple[str, ...]
    linker: Linker
    counts: Mapping[str, int]
    seconds: float


def write_run_manifest(run: Run) -> Path:
    """Write `run.json` beside the output.

    Where the folder already holds the `run.json` of another output, the name is `OUTPUT.run.json`, so
    that no run's record is lost.
    """
    target = run.output.with_name("run.json")
    if _belongs_to_another(target, run.output.name):
        target = run.output.with_name(f"{run.output.name}.run.json")
    with write_atomically(target) as file:
        file.write(orjson.dumps(_record(run), option=orjson.OPT_INDENT_2) + b"\n")
    return target


def _belongs_to_another(path: Path, output: str) -> bool:
    try:
        record = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, orjson.JSONDecodeError):
        return True
    return not isinstance(record, dict) or record.get("output") != output


def peak_memory_mb() -> float | None:
    """Highest resident memory of this process so far, in MB of 2**20 bytes; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def _record(run: Run) -> dict[str, Any]:
    kb = run.linker.kb
    return {
        "output": run.output.name,
        "inputs": list(run.inputs),
        "belink": __version__,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": run.linker.settings.model_dump(mode="json"),
        "kb": {"path": str(kb.path), "fingerprint": kb.fingerprint, "concepts": len(kb)},
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "counts": dict(run.counts),
        "seconds": round(run.seconds, 3),
        "peak_memory_mb": peak_memory_mb(),
    }


def check_output(out: Path) -> None:
    """See that the folder of an output exists before work begins.

    Raises:
        InputError: it does not.
    """
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out}: its folder does not exist: make it first")
