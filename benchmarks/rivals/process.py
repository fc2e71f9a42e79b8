"""How a rival's process is started, and what its row depends on."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.rivals.catalogue import Rival
from benchmarks.rivals.task import Part, Task, Texts

import belink

ROOT = Path(__file__).resolve().parents[2]
NO_RERANKER = "not run: no re-ranker in models/"
NO_MINILM = "not run: give --minilm FOLDER"
UNFINISHED = "not finished in"
_BESIDE_LINKING = ("cli", "evaluate", "train", "__pycache__")


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is made with; paths are absolute.

    Attributes:
        out: folder of results.
        limit_s: seconds that a rival may take on a corpus.
        encoder: of BeLink's retrieval: a folder, or "none".
        reranker: of its pipeline: a folder, a URL, or "none".
        minilm: folder of MiniLM as `export_minilm` writes it; None where there is none.
        minilm_reason: why there is none.
        pythons: interpreters of rivals, by name; the others run under this one.
    """

    out: Path
    limit_s: float
    encoder: str
    reranker: str
    minilm: Path | None
    minilm_reason: str
    pythons: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended.

    Attributes:
        reason: what went wrong, "" where nothing did.
        others: share of the machine's cores that other programs had meanwhile, in [0, 1]; None where the
            system does not tell.
    """

    reason: str
    others: float | None


def task_key(task: Task, rival: Rival, texts: Texts, part: Part, options: Options) -> str:
    """Give a hash of all that a row depends on: names, mentions, models, arguments, BeLink's own code."""
    mentions = (task.folder_of(texts, part) / "mentions.jsonl").read_bytes()
    parts = [task.kb.fingerprint, hashlib.sha256(mentions).hexdigest(), rival.name, _models(rival, options)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _models(rival: Rival, options: Options) -> str:
    """Name the models a rival uses, by their manifests."""
    if rival.name == "minilm":
        return _model(str(options.minilm))
    if rival.module != "with_belink":
        return ""
    encoder = "" if rival.name == "belink-names" else _model(options.encoder)
    return f"{encoder} {_model(options.reranker) if rival.reads_documents else ''} {_code()}"


def _model(name: str) -> str:
    manifest = Path(name) / "manifest.json"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else name


def _code() -> str:
    """Give a hash of the code that links."""
    folder = Path(belink.__file__).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".py", ".json", ".txt")]
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.relative_to(folder).parts[0] not in _BESIDE_LINKING:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def cannot_run(rival: Rival, options: Options) -> str:
    """Say why a rival need not be started, "" where it can be."""
    if rival.name == "minilm" and options.minilm is None:
        return options.minilm_reason
    if rival.name == "belink-pointwise" and options.reranker == "none":
        return NO_RERANKER
    return ""


def store_of(task: Task, rival: Rival, options: Options) -> Path:
    """Give the folder that keeps a rival's index of a knowledge base."""
    model = options.minilm if rival.name == "minilm" else options.encoder
    name = hashlib.sha256(f"{rival.module} {_model(str(model))}".encode()).hexdigest()[:12]
    return options.out / "stores" / task.kb.fingerprint[:12] / f"{rival.module}-{name}"


def start(rival: Rival, task: Path, out: Path, store: Path, options: Options) -> Outcome:
    """Run a rival's process to its end."""
    python = options.pythons.get(rival.name, sys.executable)
    arguments = [argument.replace("{minilm}", str(options.minilm)) for argument in rival.arguments]
    command = [python, "-m", f"benchmarks.rivals.{rival.module}", *map(str, (task, out, store)), *arguments]
    begun, busy, own = time.perf_counter(), _busy_s(), _own_s()
    reason = run_process(command, out / "log.txt", options.limit_s, rival.packages)
    wall, now = time.perf_counter() - begun, _busy_s()
    if busy is None or now is None:
        return Outcome(reason, None)
    others = (now - busy - (_own_s() - own)) / (wall * (os.cpu_count() or 1))
    return Outcome(reason, min(max(others, 0.0), 1.0))


def _busy_s() -> float | None:
    """Give the seconds that all cores together have worked since the start; None but on Linux."""
    status = Path("/proc/stat")
    if not status.exists():
        return None
    times = [int(field) for field in status.read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    idle, waiting = times[3], times[4]
    return (sum(times) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    """Give the seconds of work of this process and those it has waited for."""
    return sum(os.times()[:4])


def run_process(command: Sequence[str], log: Path, limit_s: float, packages: Sequence[str] = ()) -> str:
    """Run a command in the project's folder, what it prints going to a file; give what went wrong, or ""."""
    try:
        with log.open("wb") as file:
            done = subprocess.run(
                command,
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=limit_s,
                check=False,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
    except subprocess.TimeoutExpired:
        return f"{UNFINISHED} {limit_s:g} s"
    except OSError as error:
        return f"not run: {command[0]}: {error.strerror}"
    if done.returncode < 0:
        return f"failed: killed by signal {-done.returncode} (9: most likely out of memory)"
    if done.returncode == 0:
        return ""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    last = lines[-1].strip() if lines else f"exit status {done.returncode}"
    if last.startswith("ModuleNotFoundError"):
        missing = last.removeprefix("ModuleNotFoundError: ")
        return f"not run: {missing}; pip install {' '.join(packages)}"
    return f"failed: {last[:200]}"


def with_minilm(options: Options, task: Task) -> Options:
    """Turn MiniLM as published into what the rival reads, in OUT/models, where that was not done yet."""
    if options.minilm is None or (options.minilm / "manifest.json").is_file():
        return options
    made = options.out / "models" / "minilm"
    if not (made / "manifest.json").is_file():
        python = options.pythons.get("export", sys.executable)
        names = task.folder_of("written") / "names.jsonl"
        command = [python, "-m", "benchmarks.rivals.export_minilm", *map(str, (options.minilm, made, names))]
        made.parent.mkdir(parents=True, exist_ok=True)
        reason = run_process(command, made.with_name("export.txt"), options.limit_s, ("belink[train]",))
        if reason:
            return replace(options, minilm=None, minilm_reason=f"{reason} (export of MiniLM)")
    return replace(options, minilm=made)
