"""A file appears under its name whole, or not at all."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from belink.errors import InputError
from belink.formats import read, write
from belink.types import Decision, Document


def breaking() -> Iterator[tuple[Document, tuple[Decision, ...]]]:
    yield Document("1", "Pain"), ()
    raise KeyboardInterrupt


def test_interrupted_run_leaves_the_old_file(tmp_path: Path) -> None:
    """When the documents break off, the file that was there stays and nothing else is left."""
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write(out, "jsonl", b"", breaking())
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_interrupt_while_opening_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt that comes when the file is made, before it is in our hands, leaves no part of it."""
    made = []

    def interrupted(place: Path, mode: str) -> None:
        place.touch()
        made.append(place)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out.jsonl", "jsonl", b"", [])
    assert len(made) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_full_disk_is_one_error_and_no_file(tmp_path: Path) -> None:
    """When the disk is full (here: files limited to 64 KB) there is an InputError and no file."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from belink.errors import InputError\n"
        "from belink.formats import write\n"
        "from belink.types import Document\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "linked = ((Document(str(n), 'x' * 999), ()) for n in range(999))\n"
        "try:\n"
        "    write(Path(sys.argv[1]), 'jsonl', b'', linked)\n"
        "except InputError as error:\n"
        "    print(error)\n"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out.jsonl")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": source},
        timeout=60,
    )
    assert "cannot be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_error_of_another_kind_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    """An OSError of the pipeline itself comes out as it is."""

    def unreachable() -> Iterator[tuple[Document, tuple[Decision, ...]]]:
        yield Document("1", "x"), ()
        raise ConnectionRefusedError("server")

    with pytest.raises(ConnectionRefusedError):
        write(tmp_path / "out.jsonl", "jsonl", b"", unreachable())
    assert list(tmp_path.iterdir()) == []


def test_gzip_by_name(tmp_path: Path) -> None:
    """A name that ends in .gz is packed, the same bytes each time, and read back."""
    out = tmp_path / "out.jsonl.gz"
    write(out, "jsonl", b"", [(Document("1", "Pain"), ())])
    first = out.read_bytes()
    write(out, "jsonl", b"", [(Document("1", "Pain"), ())])
    assert out.read_bytes() == first
    assert gzip.decompress(first).startswith(b'{"id":"1"')
    assert [doc.text for doc in read(out).documents] == ["Pain"]


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    """An output whose folder is not there is an error naming it."""
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "no" / "out.jsonl", "jsonl", b"", [])


def test_input_can_be_its_own_output(tmp_path: Path) -> None:
    """A file is read to its end before it is replaced, and keeps its permissions."""
    file = tmp_path / "a.PubTator"
    content = b"1|t|Pain\n1|a|x\n\n" + b"2|t|Ache\n2|a|y\n\n" * 1
    file.write_bytes(content)
    file.chmod(0o640)
    source = read(file)
    write(file, source.format, source.header, ((doc, ()) for doc in source.documents))
    assert file.read_bytes() == content
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device file")
def test_a_device_is_written_and_not_replaced() -> None:
    """Writing to a device leaves it a device."""
    write(Path("/dev/null"), "jsonl", b"", [(Document("1", "Pain"), ())])
    assert not Path("/dev/null").is_file()
