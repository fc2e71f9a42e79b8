"""Training a tagger on corpora that annotate different types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")
transformers = pytest.importorskip("transformers", reason="training needs transformers")

from tokenizers import Tokenizer  # noqa: E402

from belink.detect.decode import B, I, O  # noqa: E402
from belink.detect.dictionary import dictionary  # noqa: E402
from belink.detect.name_table import DictionaryEntry  # noqa: E402
from belink.detect.pieces import TAGGED_TYPES  # noqa: E402
from belink.detect.tagger import load_tagger  # noqa: E402
from belink.errors import ConfigError, InputError, ModelError  # noqa: E402
from belink.train.export_tagger import export_tagger  # noqa: E402
from belink.train.exported_tagger import load_exported  # noqa: E402
from belink.train.tagger import TaggerSettings, rate_share, train_tagger  # noqa: E402
from belink.train.tagger_corpora import (  # noqa: E402
    MASKED,
    LabelledText,
    TaggerCorpus,
    label_texts,
    labels,
    read_corpora,
)
from belink.train.tagger_network import load_tagger_network  # noqa: E402
from belink.train.tagger_recipe import read_tagger_recipe  # noqa: E402
from belink.types import Annotation, Document, Mention, Span  # noqa: E402

DISEASE, CHEMICAL = TAGGED_TYPES.index("Disease"), TAGGED_TYPES.index("Chemical")
CORPUS = TaggerCorpus("own", "own.PubTator", ("Disease",))


def document(number: int) -> Document:
    """Give a text in which the word before "end" is a disease."""
    text = f"aa b c{number % 7} d end f"
    start = text.index(" d ") + 1
    mention = Mention(str(number), (Span(start, start + 1),), "d", "Disease")
    return Document(str(number), text, (), (Annotation("", mention, "Disease", "", ()),))


@pytest.fixture(scope="module")
def tokenizer(base: str) -> Tokenizer:
    """Give the base's tokeniser."""
    found: Tokenizer = transformers.AutoTokenizer.from_pretrained(base).backend_tokenizer
    return found


@pytest.fixture(scope="module")
def texts(tokenizer: Tokenizer) -> list[LabelledText]:
    """Give forty labelled texts."""
    nothing = dictionary([DictionaryEntry("zzz", "Disease")])
    return label_texts(CORPUS, [document(n) for n in range(40)], tokenizer, nothing)


@pytest.fixture(scope="module")
def settings(base: str) -> TaggerSettings:
    """Thirty steps of eight texts."""
    return TaggerSettings(
        base, steps=30, batch_windows=8, learning_rate=3e-3, head_learning_rate=1e-2, warmup_steps=2,
        bf16=False, threads=1, checkpoint_s=0.0, dev_steps=10,
    )  # fmt: skip


def curve(folder: Path) -> list[dict[str, Any]]:
    """Read the curve of a run."""
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def trained(
    texts: list[LabelledText], settings: TaggerSettings, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give the folder of a run."""
    out = tmp_path_factory.mktemp("run")
    train_tagger(texts, settings, out, {"own": texts[:10]})
    return out


def test_training_learns_a_rule(trained: Path) -> None:
    """Thirty steps learn what the disease of a toy corpus is."""
    first, *_, last = curve(trained)
    assert last["loss"] < first["loss"]
    assert last["dev"]["own"]["Disease f1"] > 0.9


def test_a_run_that_was_stopped_gives_the_same_curve(
    texts: list[LabelledText], settings: TaggerSettings, trained: Path, tmp_path: Path
) -> None:
    """Steps up to a checkpoint, then the rest: same losses, same figures, same weights."""

    class Interrupting(list[LabelledText]):
        looks = 0

        def __iter__(self) -> Iterator[LabelledText]:
            Interrupting.looks += 1
            if Interrupting.looks == 10:  # in the second measurement
                raise KeyboardInterrupt
            return super().__iter__()

    with pytest.raises(KeyboardInterrupt):
        train_tagger(texts, settings, tmp_path, {"own": Interrupting(texts[:10])})
    assert len(curve(tmp_path)) == 1
    train_tagger(texts, settings, tmp_path, {"own": texts[:10]})
    assert curve(tmp_path) == curve(trained)
    first, second = (load_tagger_network(str(each / "tagger")) for each in (trained, tmp_path))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_checkpoint_of_other_settings_is_refused(
    texts: list[LabelledText], settings: TaggerSettings, trained: Path
) -> None:
    """A run cannot go on with another seed."""
    with pytest.raises(ConfigError, match="seed = 0, asked for 1"):
        train_tagger(texts, replace(settings, seed=1), trained, {})


def test_types_a_corpus_does_not_annotate_are_masked(texts: list[LabelledText]) -> None:
    """Words have labels of the annotated type alone; all others count in no loss."""
    found = texts[0].labels[texts[0].pieces.first]
    assert found[:, DISEASE].tolist() == [O, O, O, B, O, O]
    assert (np.delete(found, DISEASE, axis=1) == MASKED).all()


def test_words_of_a_gene_are_no_chemical_although_its_corpus_annotates_none(
    texts: list[LabelledText],
) -> None:
    """The words of genes and of their families are outside chemicals; all other words stay masked."""
    gold = [
        Mention("0", (Span(0, 2),), "aa", "Gene"),
        Mention("0", (Span(3, 4),), "b", "FamilyName"),
    ]
    found = labels(texts[0].pieces, gold, ("Gene",))[texts[0].pieces.first]
    assert found[:, CHEMICAL].tolist() == [O, O, *[MASKED] * 4]
    assert found[:, DISEASE].tolist() == [MASKED] * 6
    assert found[:, TAGGED_TYPES.index("Gene")].tolist() == [B, O, O, O, O, O]


def test_only_first_pieces_have_labels(texts: list[LabelledText]) -> None:
    """The second piece of a word counts in no loss."""
    others = np.delete(texts[0].labels, texts[0].pieces.first, axis=0)
    assert len(others)
    assert (others == MASKED).all()


def test_of_overlapping_gold_of_a_type_the_longest_counts(texts: list[LabelledText]) -> None:
    """A mention within another of its type leaves no label of its own; one of another type does."""
    gold = [
        Mention("0", (Span(0, 4),), "aa b", "Disease"),
        Mention("0", (Span(3, 4),), "b", "Disease"),
        Mention("0", (Span(3, 4),), "b", "Chemical"),
    ]
    found = labels(texts[0].pieces, gold, TAGGED_TYPES)[texts[0].pieces.first]
    assert found[:2, DISEASE].tolist() == [B, I]
    assert found[:2, CHEMICAL].tolist() == [O, B]


def test_exported_tagger_finds_what_was_learnt(
    texts: list[LabelledText], trained: Path, tmp_path: Path
) -> None:
    """Float and int8 agree on the toy rule, and the folder loads as a tagger that no batch changes."""
    figures = export_tagger(
        trained / "tagger", tmp_path, sample=texts, dev={"own": texts[:10]}, base_model="own"
    )
    assert all(int8 > 0.9 for _, int8 in figures.values())
    tag = load_tagger(tmp_path, threads=1)
    docs = [document(n) for n in range(6)]
    together = tag(docs, [()] * 6)
    alone = [tag([doc], [()])[0] for doc in docs]
    assert together == alone
    assert [[each.probability for each in own] for own in together] == [
        [each.probability for each in own] for own in alone
    ]
    best = max(together[0], key=lambda each: each.probability or 0.0)
    assert (best.text, best.type) == ("d", "Disease")


def test_training_goes_on_from_an_exported_tagger(
    texts: list[LabelledText], settings: TaggerSettings, trained: Path, tmp_path: Path
) -> None:
    """Weights read back from int8 are nearly those exported, and a graph of no tagger is refused."""
    export_tagger(trained / "tagger", tmp_path, sample=texts, dev={}, base_model="own")
    before, after = load_tagger_network(str(trained / "tagger")), load_tagger_network(settings.base)
    load_exported(after, tmp_path / "model.onnx")
    for (name, a), b in zip(before.named_parameters(), after.parameters(), strict=True):
        assert (a - b).norm() <= 0.05 * a.norm(), name
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"model\.onnx: not the graph of an exported tagger"):
        load_exported(after, tmp_path / "model.onnx")


def test_what_is_saved_is_the_mean_with_what_training_began_with(
    texts: list[LabelledText], settings: TaggerSettings, trained: Path, tmp_path: Path
) -> None:
    """With a share of 0 the weights are those of the beginning, those of an exported tagger for one."""
    export_tagger(trained / "tagger", tmp_path / "model", sample=texts, dev={}, base_model="own")
    changed = replace(settings, exported=str(tmp_path / "model"), tuned_share=0.0, steps=2)
    saved = load_tagger_network(str(train_tagger(texts, changed, tmp_path / "run", {})))
    begun = load_tagger_network(settings.base)
    load_exported(begun, tmp_path / "model" / "model.onnx")
    for a, b in zip(begun.parameters(), saved.parameters(), strict=True):
        assert torch.equal(a, b)


def test_rate_rises_and_falls(settings: TaggerSettings) -> None:
    """Up over the warm-up, then down to nearly nothing at the last step."""
    longer = replace(settings, steps=100, warmup_steps=10)
    shares = [rate_share(step, longer) for step in range(100)]
    assert shares[9] == 1.0
    assert sorted(shares[9:], reverse=True) == shares[9:]
    assert 0 < shares[-1] < 0.02


PUBTATOR = "{id}|t|aspirin against {name}\n{id}|a|\n{id}\t0\t7\taspirin\tChemical\tMESH:D001241\n\n"


def test_development_documents_of_any_corpus_are_not_learnt_from(tmp_path: Path) -> None:
    """An id that the splits of another corpus hold out is missing from the training part."""
    (tmp_path / "a.PubTator").write_text("".join(PUBTATOR.format(id=n, name="pain") for n in "123"))
    (tmp_path / "splits.json").write_text('{"a": {"dev": ["1"]}, "other": {"dev": ["2"]}}')
    corpus = TaggerCorpus("a", "a.PubTator", ("Chemical",), split="a")
    train, dev = read_corpora([corpus], tmp_path, tmp_path / "splits.json")
    assert [doc.id for doc in train[0][1]] == ["3"]
    assert [doc.id for doc in dev[0][1]] == ["1"]


def test_a_development_text_under_another_id_is_refused(tmp_path: Path) -> None:
    """The same text in both parts fails the run and is named."""
    name = "the head ache of a long and weary winter day"
    (tmp_path / "a.PubTator").write_text("".join(PUBTATOR.format(id=n, name=name) for n in "13"))
    (tmp_path / "splits.json").write_text('{"a": {"dev": ["1"]}}')
    corpus = TaggerCorpus("a", "a.PubTator", ("Chemical",), split="a")
    with pytest.raises(InputError, match="1 = 3"):
        read_corpora([corpus], tmp_path, tmp_path / "splits.json")


def test_the_recipe_that_ships_is_read() -> None:
    """The recipe beside the weights has a vocabulary and a corpus for each type."""
    recipe = read_tagger_recipe(Path(__file__).parents[2] / "models" / "tagger" / "recipe.toml", {"steps": 5})
    assert recipe.tagger.steps == 5
    assert set(recipe.dictionary) == set(TAGGED_TYPES)
    assert {type_ for corpus in recipe.corpora for type_ in corpus.types} == set(TAGGED_TYPES)


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    """A misspelt setting is named with those known."""
    (tmp_path / "recipe.toml").write_text('[tagger]\nbase = "x"\nstepz = 3\n')
    with pytest.raises(ConfigError, match="unknown setting 'stepz'; known: base"):
        read_tagger_recipe(tmp_path / "recipe.toml", {})
