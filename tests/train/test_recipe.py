from __future__ import annotations

import json
from pathlib import Path

import pytest

from belink.errors import ConfigError

pytest.importorskip("torch", reason="training needs PyTorch")
from belink.train.recipe import DevFiles, read_dev, read_names, read_recipe, retirements

RECIPE = """
[encoder]
base = "some/encoder"
steps = 7
[pairs]
definition_share = 0.5
[vocabularies]
"kb.tsv" = 2
[[dev]]
name = "tiny"
documents = "docs.PubTator"
ids = "dev.json"
corpus = "tiny"
type = "Disease"
index = ["kb.tsv"]
"""
KB = """\
id\tname\tsynonyms\tdefinition\textra
MESH:D000001\tmyocardial infarction\theart attack|infarct of heart\t\t
MESH:D000002\tmyotonic dystrophy\tSteinert disease\tA muscle disease.\t
MESH:D000003\tfever\tpyrexia\t\t
"""
DOCS = """\
1|t|Heart attack and fever.
1|a|Of the first document the text is not long.
1	0	12	Heart attack	Disease	D000001

2|t|Myotonic dystrophy (DM) with a heart attack.
2|a|DM is rare, high temperature is not.
2	20	22	DM	Disease	D000002
2	31	43	heart attack	Disease	D000001
2	57	73	high temperature	Disease	D999999

"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a recipe."""
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "kb.tsv").write_text(KB)
    (tmp_path / "docs.PubTator").write_text(DOCS)
    (tmp_path / "dev.json").write_text(json.dumps({"tiny": {"dev": ["2"]}}))
    (tmp_path / "retired.tsv").write_text("retired_id\tcurrent_id\nMESH:D999999\tMESH:D000003\n")
    return tmp_path


def test_recipe_is_read_and_changed(data: Path) -> None:
    """Settings come from the file, given ones replace them, the rest has defaults."""
    recipe = read_recipe(data / "recipe.toml", {"steps": 9})
    assert (recipe.encoder.base, recipe.encoder.steps, recipe.encoder.temperature) == (
        "some/encoder",
        9,
        0.05,
    )
    assert recipe.pairs.weights == {"kb.tsv": 2}
    assert recipe.dev[0].index == ("kb.tsv",)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("steps = 7", "stops = 7", "unknown setting 'stops'; known: base, seed, steps"),
        ("steps = 7", 'steps = "many"', "steps: Input should be a valid integer"),
        ("[pairs]", "[pears]", "unknown tables pears"),
        ("[pairs]", "[pairs", "no recipe that can be read"),
    ],
)
def test_wrong_recipes_say_what_is_wrong(data: Path, before: str, after: str, message: str) -> None:
    """An unknown or wrong setting is named with what is known."""
    (data / "recipe.toml").write_text(RECIPE.replace(before, after))
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        read_recipe(data / "recipe.toml", {})


def test_names_of_all_vocabularies(data: Path) -> None:
    """Preferred name and synonyms of each concept are names; definitions are kept."""
    names = read_names(read_recipe(data / "recipe.toml", {}), data)
    assert names.of(0) == ["myocardial infarction", "heart attack", "infarct of heart"]
    assert names.definitions == {1: "A muscle disease."}


def test_dev_set_holds_unseen_forms_written_out(data: Path) -> None:
    """Forms of the other documents are seen; short forms are written out; retired gold ids are replaced."""
    files = read_recipe(data / "recipe.toml", {}).dev[0]
    dev = read_dev(files, data, retirements(data / "retired.tsv"))
    found = dict(zip(dev.queries, dev.gold, strict=True))
    assert found == {
        "Myotonic dystrophy": frozenset({"MESH:D000002"}),
        "high temperature": frozenset({"MESH:D000003"}),
    }


def test_small_index_still_holds_all_names_of_the_gold(data: Path) -> None:
    """However few names are asked for, every gold concept can be found."""
    files = DevFiles(
        "t", "docs.PubTator", "Disease", ("kb.tsv",), ids="dev.json", corpus="tiny", index_names=1
    )
    dev = read_dev(files, data, {})
    assert dev.texts == ("myotonic dystrophy", "Steinert disease")
