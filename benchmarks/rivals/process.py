"""How a rival's process is started, and what its row depends on."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.rivals.catalogue import Rival
from benchmarks.rivals.task import Task, Texts

ROOT = Path(__file__).resolve().parents[2]
NO_RERANKER = "not run: no re-ranker in models/"
NO_MINILM = "not run: give --minilm FOLDER"


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


def task_key(task: Task, rival: Rival, texts: Texts, options: Options) -> str:
    """Give a hash of all that a row depends on but the code: names, mentions, models, arguments."""
    mentions = (task.folder_of(texts) / "mentions.jsonl").read_bytes()
    parts = [task.kb.fingerprint, hashlib.sha256(mentions).hexdigest(), rival.name, _models(rival, options)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _models(rival: Rival, options: Options) -> str:
    """Name the models a rival uses, by their manifests."""
    if rival.name == "minilm":
        return _model(str(options.minilm))
    if rival.module != "with_belink" or rival.name == "belink-names":
        return ""
    return f"{_model(options.encoder)} {_model(options.reranker) if rival.reads_documents else ''}"


def _model(name: str) -> str:
    manifest = Path(name) / "manifest.json"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else name


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


def start(rival: Rival, task: Path, out: Path, store: Path, options: Options) -> str:
    """Run a rival's process to its end; give the reason where it did not come to it, else ""."""
    python = options.pythons.get(rival.name, sys.executable)
    arguments = [argument.replace("{minilm}", str(options.minilm)) for argument in rival.arguments]
    command = [python, "-m", f"benchmarks.rivals.{rival.module}", *map(str, (task, out, store)), *arguments]
    return run_process(command, out / "log.txt", options.limit_s, rival.packages)


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
        return f"stopped after {limit_s:g} s"
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
