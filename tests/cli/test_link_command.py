"""`belink link` from the outside: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Belink

PUBTATOR = """227508|t|Naloxone reverses the effect of clonidine.
227508|a|Low blood pressure (LBP) was seen. LBP is hypotension.
227508\t0\t8\tNaloxone\tChemical\tD009270
227508\t32\t41\tclonidine\tChemical\t-1

"""


def assert_one_line_error(result: subprocess.CompletedProcess[str], code: int) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_text_gives_a_table_of_links(belink: Belink, small_kb: Path) -> None:
    """A text on the command line is shown with each mention's concept and identifier."""
    result = belink("link", "Naloxone reverses clonidine.", "--kb", small_kb)
    assert result.returncode == 0, result.stderr
    assert "MESH:D009270" in result.stdout
    assert "Clonidine" in result.stdout


def test_json_is_one_object_a_document(belink: Belink, small_kb: Path) -> None:
    """`--json` prints the text with its decisions, offsets fitting the text."""
    text = "Naïve 😀 naloxone."
    record = json.loads(belink("link", text, "--kb", small_kb, "--json").stdout)
    (decision,) = record["decisions"]
    ((start, end),) = decision["spans"]
    assert text[start:end] == decision["text"] == "naloxone"
    assert decision["concept_ids"] == ["MESH:D009270"]


def test_standard_input_is_read(belink: Belink, small_kb: Path) -> None:
    """'-' links what comes in, here a PubTator file, and gives the same format out."""
    result = belink("link", "-", "--kb", small_kb, "--spans", "given", stdin=PUBTATOR)
    assert result.returncode == 0, result.stderr
    assert "227508\t32\t41\tclonidine\tChemical\tMESH:D003000\n" in result.stdout


def test_file_comes_back_linked_with_a_manifest(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """The output is the input's format with identifiers, and run.json stands beside it."""
    source, out = tmp_path / "in.pubtator", tmp_path / "out.pubtator"
    source.write_text(PUBTATOR, encoding="utf-8")
    assert belink("link", source, "--kb", small_kb, "-o", out).returncode == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == PUBTATOR.splitlines()[:2]
    assert any(line.endswith("hypotension\t\tMESH:D007022") for line in lines)
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert run["output"] == "out.pubtator"
    assert run["counts"]["documents"] == 1
    assert run["kb"]["concepts"] == 5


def test_second_output_of_a_folder_keeps_the_first_manifest(
    belink: Belink, small_kb: Path, tmp_path: Path
) -> None:
    """Two outputs in one folder have a manifest each."""
    source = tmp_path / "in.pubtator"
    source.write_text(PUBTATOR, encoding="utf-8")
    for name in ("a.pubtator", "b.pubtator"):
        assert belink("link", source, "--kb", small_kb, "-o", tmp_path / name).returncode == 0
    outputs = {json.loads(path.read_bytes())["output"] for path in tmp_path.glob("*run.json")}
    assert outputs == {"a.pubtator", "b.pubtator"}


def test_format_can_be_changed_and_packed(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """`--out-format` converts, and an output named .gz is packed."""
    source, out = tmp_path / "in.pubtator", tmp_path / "out.jsonl.gz"
    source.write_text(PUBTATOR, encoding="utf-8")
    result = belink("link", source, "--kb", small_kb, "-o", out, "--out-format", "jsonl")
    assert result.returncode == 0, result.stderr
    with gzip.open(out, "rt", encoding="utf-8") as file:
        (record,) = map(json.loads, file)
    assert record["id"] == "227508"


def test_several_files_are_written_to_a_folder(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """Each input has its output under its own name."""
    sources = [tmp_path / "a.pubtator", tmp_path / "b.pubtator"]
    for source in sources:
        source.write_text(PUBTATOR, encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    assert belink("link", *sources, "--kb", small_kb, "-o", out).returncode == 0
    assert {path.name for path in out.glob("*.pubtator")} == {"a.pubtator", "b.pubtator"}


def test_bad_document_is_reported_and_the_others_written(
    belink: Belink, small_kb: Path, tmp_path: Path
) -> None:
    """One broken line of JSONL costs that document only, and the exit code is 1."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id":"1","text":"Naloxone."}\n{"id":\n{"id":"3","text":"Clonidine."}\n', "utf-8")
    result = belink("link", source, "--kb", small_kb, "-o", out)
    assert_one_line_error(result, 1)
    assert f"{source}:2" in result.stderr
    assert [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()] == ["1", "3"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00bad", ""),
        (b"<collection><document>", ""),
        (b'{"documents": [', ""),
    ],
)
def test_unreadable_file_is_exit_code_2(
    belink: Belink, small_kb: Path, tmp_path: Path, content: bytes, expected: str
) -> None:
    """A file of which nothing can be read gives one line, exit code 2, and no output."""
    source, out = tmp_path / "in.bin", tmp_path / "out"
    source.write_bytes(content)
    result = belink("link", source, "--kb", small_kb, "-o", out)
    assert_one_line_error(result, 2)
    assert str(source) in result.stderr
    assert expected in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.xml",),
        ("text here", "--kb", "missing-kb"),
        ("text here", "--config", "missing.toml"),
        ("text here", "--types", "Drug"),
        ("text here", "--reranker", "missing-model"),
    ],
)
def test_what_is_missing_is_named_in_one_line(
    belink: Belink, small_kb: Path, arguments: tuple[str, ...]
) -> None:
    """A missing file, knowledge base, settings, type or model is one line and exit code 2."""
    kb = () if "--kb" in arguments else ("--kb", small_kb)
    result = belink("link", *arguments, *kb)
    assert_one_line_error(result, 2)
    assert any(word in result.stderr for word in ("missing", "Drug"))


def test_unknown_format_names_the_known_ones(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """A format that does not exist is an error that lists the formats."""
    source = tmp_path / "in.pubtator"
    source.write_text(PUBTATOR, encoding="utf-8")
    result = belink("link", source, "--kb", small_kb, "--format", "docx")
    assert_one_line_error(result, 2)
    assert "bioc-xml" in result.stderr


def big_file(folder: Path) -> Path:
    path = folder / "big.jsonl"
    line = json.dumps({"text": "Naloxone reverses clonidine. " * 20})[1:]
    path.write_text("".join(f'{{"id":"{n}",{line}\n' for n in range(20_000)), encoding="utf-8")
    return path


def test_closed_pipe_ends_quietly(small_kb: Path, tmp_path: Path) -> None:
    """When the reader of the output goes away, belink stops without a word and with exit code 0."""
    command = [
        sys.executable,
        "-m",
        "belink",
        "link",
        str(big_file(tmp_path)),
        "--kb",
        str(small_kb),
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["link", "--help"]])
def test_nobody_reads_a_short_output(arguments: list[str]) -> None:
    """A pipe closed before the first byte, which is noticed only when Python ends, is quiet as well."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "belink", *arguments]
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


def test_full_disk_leaves_the_old_output(small_kb: Path, tmp_path: Path) -> None:
    """Where an output does not fit, one line says so and what stood under its name still stands."""
    source, out = big_file(tmp_path), tmp_path / "out.jsonl"
    out.write_text("the old output", encoding="utf-8")
    command = [sys.executable, "-m", "belink", "link", str(source), "--kb", str(small_kb), "-o", str(out)]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert_one_line_error(result, 2)
    assert out.read_text(encoding="utf-8") == "the old output"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big.jsonl", "out.jsonl"]


LISTENING = """
import signal
from belink.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
main()
"""

BROKEN_IMPORT = """
import sys
from importlib.abc import MetaPathFinder
from belink.cli import main
class Interrupted(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "onnxruntime":
            raise ImportError("initialization failed") from KeyboardInterrupt()
sys.meta_path.insert(0, Interrupted())
main()
"""


def test_interrupted_run_leaves_nothing(small_kb: Path, tmp_path: Path) -> None:
    """Ctrl-C ends the run with one line, exit code 130, and no half-written output."""
    source, out = big_file(tmp_path), tmp_path / "out.jsonl"
    command = [sys.executable, "-c", LISTENING, "link", str(source), "--kb", str(small_kb), "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".out*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.strip() == "belink: interrupted; no output was written"
    assert [path.name for path in tmp_path.iterdir()] == ["big.jsonl"]


def test_interrupted_import_is_an_interrupt(small_kb: Path) -> None:
    """Ctrl-C while a compiled module is imported, which makes an ImportError of it, ends the run as ever."""
    command = [sys.executable, "-c", BROKEN_IMPORT, "link", "Naloxone", "--kb", str(small_kb)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert_one_line_error(result, 130)


def test_explained_json_has_the_reasons(belink: Belink, small_kb: Path) -> None:
    """`--explain --json` gives each decision its query, gate and question, each candidate its evidence."""
    given = ("--kb", small_kb, "--spans", "given", "--explain")
    result = belink("link", "-", *given, "--json", stdin=PUBTATOR)
    assert result.returncode == 0, result.stderr
    decisions = json.loads(result.stdout)["decisions"]
    assert len(decisions) == 2
    for decision in decisions:
        assert {"gate", "question", "context", "expansion"} <= decision["explanation"].keys()
        assert decision["candidates"][0]["lists"]["exact"] is True


def test_explanation_for_a_person(belink: Belink, small_kb: Path) -> None:
    """`--explain` prints the candidates, what the gate did, and the verdict."""
    given = ("--kb", small_kb, "--spans", "given", "--explain")
    out = belink("link", "-", *given, stdin=PUBTATOR).stdout
    assert all(part in out for part in ("gate: ", "MESH:D009270", "probability "))


def test_explanations_are_not_written_to_files(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """`--explain` with `--out` is an error that says what to do."""
    result = belink("link", "Naloxone helps.", "--kb", small_kb, "--explain", "--out", tmp_path / "x.jsonl")
    assert result.returncode == 2
    assert "--explain prints" in result.stderr


def test_target_precision_out_of_reach(belink: Belink, small_kb: Path) -> None:
    """A precision that was never reached is an error of one line that says what was."""
    result = belink("link", "Naloxone helps.", "--kb", small_kb, "--target-precision", "0.9999")
    assert_one_line_error(result, 2)
    assert "precision 0.9999 is not reached" in result.stderr


def test_target_precision_and_least_probability(belink: Belink, small_kb: Path) -> None:
    """Both thresholds at once are an error."""
    both = ("--target-precision", "0.8", "--min-probability", "0.5")
    result = belink("link", "Naloxone helps.", "--kb", small_kb, *both)
    assert_one_line_error(result, 2)
    assert "exclude one another" in result.stderr
