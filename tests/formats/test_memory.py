"""Reading and writing a large file takes the memory of a document, not of the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, sys
from pathlib import Path
from belink.formats import read, write
source = read(Path(sys.argv[1]))
out = Path(sys.argv[1] + ".out")
documents = source.documents
first = next(documents)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write(out, source.format, source.header, ((doc, ()) for doc in documents))
growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(growth // (1024 if sys.platform != "darwin" else 1024 * 1024), out.stat().st_size >> 20)
"""
TEXT = "pain and ataxia " * 1000


def content(name: str, count: int) -> tuple[str, str, str]:
    body = {
        "x.xml": "<document><id>{}</id><passage><offset>0</offset><text>{}</text></passage></document>",
        "x.json": '{{"id":"{}","passages":[{{"offset":0,"text":"{}"}}]}}',
        "x.jsonl": '{{"id":"{}","text":"{}"}}\n',
        "x.PubTator": "{}|t|{}\n\n",
    }[name]
    before = {"x.xml": "<collection>", "x.json": '{"documents":['}.get(name, "")
    after = {"x.xml": "</collection>", "x.json": "]}"}.get(name, "")
    joint = "," if name == "x.json" else ""
    return before, joint.join(body.format(n, TEXT) for n in range(count)), after


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
@pytest.mark.parametrize("name", ["x.xml", "x.json", "x.jsonl", "x.PubTator"])
def test_thirty_megabytes_cost_little_memory(tmp_path: Path, name: str) -> None:
    """Peak memory grows by less than a third of a 30 MB file while it is read and written."""
    file = tmp_path / name
    file.write_text("".join(content(name, 2000)))
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": source},
        timeout=60,
        check=True,
    )
    growth_mb, written_mb = map(int, done.stdout.split())
    assert written_mb >= 30
    assert growth_mb < 10
