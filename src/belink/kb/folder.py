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
    remove_dead_data(out)
    data = out / own_name(_DATA)
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


def remove_dead_data(out: Path) -> None:
    """Remove the sub-folders of `out` that dead builds left there, but for the one the manifest names."""
    remove_dead(out, _DATA, current_data(out))


def own_name(prefix: str) -> str:
    """Make a name, for a draft, that tells which process of which machine it is of."""
    return f"{prefix}{_node()}-{os.getpid()}-{secrets.token_hex(4)}"


def remove_dead(folder: Path, prefix: str, keep: Path | None = None) -> None:
    """Remove the drafts, named by `own_name`, of processes of this machine that no longer run.

    Args:
        folder: where they lie.
        prefix: how their names begin.
        keep: one that stays.
    """
    begin = f"{prefix}{_node()}-"
    for path in folder.iterdir():
        process = path.name.removeprefix(begin).partition("-")[0]
        if path.name.startswith(begin) and path != keep and process.isdigit() and not _runs(int(process)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


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
