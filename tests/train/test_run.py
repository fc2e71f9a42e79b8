from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="training needs PyTorch")
pytest.importorskip("transformers", reason="training needs transformers")

from belink.cli.train import app
from belink.models.encoder import load_encoder

RECIPE = """
[encoder]
base = "none"
steps = 2
batch_pairs = 4
segment_steps = 2
group = 1
max_tokens = 16
bf16 = false
threads = 1
[vocabularies]
"kb.tsv" = 1
[[dev]]
name = "tiny"
documents = "docs.PubTator"
train = "train.PubTator"
type = "Disease"
index = ["kb.tsv"]
"""
KB = """\
id\tname\tsynonyms\tdefinition\textra
MESH:D000001\theart attack\tmyocardial infarction\t\t
MESH:D000002\tmyotonic dystrophy\tSteinert disease\t\t
MESH:D000003\tfever\tpyrexia\t\t
"""
DOC = "{id}|t|{text} in a report.\n{id}|a|It says little.\n{id}\t0\t{end}\t{text}\tDisease\t{concept}\n\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a recipe, a vocabulary and three documents."""
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "kb.tsv").write_text(KB)
    for name, number, text, concept in (
        ("docs", 1, "High temperature", "D000003"),
        ("train", 2, "Fever", "D000003"),
        ("labelled", 3, "Heart failure", "D000001"),
    ):
        (tmp_path / f"{name}.PubTator").write_text(
            DOC.format(id=number, text=text, end=len(text), concept=concept)
        )
    return tmp_path


def run(data: Path, *arguments: str) -> str:
    """Run the command and give what it printed."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_command_trains_and_exports(data: Path, base: str) -> None:
    """One command gives the float weights, the curve and a model that loads."""
    out = data / "run"
    printed = run(
        data, "encoder", str(data / "recipe.toml"), "--data", str(data), "--out", str(out), "--base", base,
        "--labelled", str(data / "labelled.PubTator"), "--held-out", str(data / "docs.PubTator"),
    )  # fmt: skip
    assert "tiny" in printed
    assert [json.loads(line)["step"] for line in (out / "curve.jsonl").read_text().splitlines()] == [0, 2]
    assert load_encoder(out / "model")(["fever"]).shape == (1, 32)
    assert json.loads((out / "model" / "manifest.json").read_text())["base_model"] == base


def test_command_exports_any_encoder(data: Path, base: str) -> None:
    """An encoder by its folder becomes a model, with its licence in the manifest."""
    arguments = ("--recipe", str(data / "recipe.toml"), "--data", str(data), "--licence", "MIT")
    run(data, "export", base, *arguments, "--out", str(data / "model"))
    assert json.loads((data / "model" / "manifest.json").read_text())["licence"] == "MIT"
