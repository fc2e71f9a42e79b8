"""The folder of a knowledge base: sub-folders of columns, of which the manifest names the current one."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
from pathlib import Path

from belink.errors import KnowledgeBaseError
from belink.kb.manifest import MANIFEST, Manifest, read_manifest, write_manifest

_DATA = "data-"


def new_data_folder(out: Path) -> Path:
    """Make an empty sub-folder for a build into `out`, and remove those that dead builds left there.

    Raises:
        KnowledgeBaseError: where `out` is a file, or a folder with something else than a knowledge base.
    """
    if out.exists() and not out.is_dir():
        raise KnowledgeBaseError(f"{out}: is a file; a knowledge base is a folder, name another")
    out.mkdir(parents=True, exist_ok=True)
    if not (out / MANIFEST).exists():
        ours = (_DATA, "additions.jsonl")
        strange = sorted(path.name for path in out.iterdir() if not path.name.startswith(ours))
        if strange:
            raise KnowledgeBaseError(
                f"{out}: holds {strange[0]!r} and no knowledge base; name a new or empty folder"
            )
    _remove_dead(out)
    data = out / f"{_DATA}{_node()}-{os.getpid()}-{secrets.token_hex(4)}"
    data.mkdir()
    return data


def swap_in(data: Path, out: Path, manifest: Manifest) -> None:
    """Make `data` the current sub-folder of `out` by one rename, then remove the one it replaces.

    `data` may have been made in another folder of the same file system.
    """
    replaced = current_data(out)
    if data.parent != out:
        data = data.rename(out / data.name)
    for path in data.iterdir():
        _flush_to_disk(path)
    draft = data / MANIFEST
    write_manifest(manifest, draft)
    _flush_to_disk(draft)
    draft.replace(out / MANIFEST)
    if replaced is not None:
        shutil.rmtree(replaced, ignore_errors=True)


def current_data(out: Path) -> Path | None:
    """Give the sub-folder that the manifest names; None where there is no readable manifest."""
    try:
        return out / read_manifest(out).data
    except KnowledgeBaseError:
        return None


def _remove_dead(out: Path) -> None:
    current = current_data(out)
    for path in out.glob(f"{_DATA}{_node()}-*"):
        process = path.name.removeprefix(f"{_DATA}{_node()}-").split("-")[0]
        if path != current and process.isdigit() and not _runs(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    """Tell whether a process of this machine runs; taken for granted where the system cannot be asked."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _node() -> str:
    return "".join(c for c in platform.node() if c.isalnum()) or "host"


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
