from __future__ import annotations

import json
from pathlib import Path

import pytest

from belink.errors import ConfigError, InputError
from belink.evaluate.protocol import form
from belink.evaluate.suite import load_suite

DEV_SUITE = Path(__file__).parents[2] / "benchmarks" / "suites" / "dev.toml"

CORPUS = """\
1|t|flu and p53

1\t0\t3\tflu\tDisease\tD007251
1\t8\t11\tp53\tGene\t7157

2|t|cancer

2\t0\t6\tcancer\tDisease\tD009369
"""
ENTRY = '[[corpus]]\nname = "toy"\ntype = "Disease"\ntest = ["toy.PubTator"]\nkb = ["kb.tsv"]\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one corpus of two documents, of which 2 is the dev part."""
    (tmp_path / "toy.PubTator").write_text(CORPUS)
    (tmp_path / "splits.json").write_text(json.dumps({"toy": {"dev": ["2"]}}))
    return tmp_path


def suite(folder: Path, text: str) -> Path:
    path = folder / "suite.toml"
    path.write_text(text)
    return path


def test_a_split_parts_one_file_into_gold_and_training(data: Path) -> None:
    """Dev documents are scored, the others are training; only the type asked for is kept."""
    (entry,) = load_suite(suite(data, f'splits = "splits.json"\n{ENTRY}split = "toy"\n'))
    assert [doc.id for doc in entry.gold_documents(data)] == ["2"]
    (train,) = entry.train_documents(data)
    assert [a.mention.text for a in train.annotations] == ["flu"]


def test_dev_ids_may_stand_in_the_suite(data: Path) -> None:
    """They do what a splits file does."""
    (entry,) = load_suite(suite(data, f'{ENTRY}dev_ids = ["1"]\n'))
    assert [doc.id for doc in entry.gold_documents(data)] == ["1"]
    assert [doc.id for doc in entry.train_documents(data)] == ["2"]


def test_files_of_their_own_are_taken_whole(data: Path) -> None:
    """Without a split all of `test` is scored and all of `train` is training."""
    (data / "train.PubTator").write_text(CORPUS.replace("1|", "8|").replace("1\t", "8\t", 1))
    (entry,) = load_suite(suite(data, f'{ENTRY}protocols = ["full"]\n'))
    assert [doc.id for doc in entry.gold_documents(data)] == ["1", "2"]
    assert entry.train_documents(data) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f'{ENTRY}dev_ids = ["1"]\nsplitt = "toy"',
            r"corpus 'toy': unknown key 'splitt'; known here: name, type,",
        ),
        (f'colour = 1\n{ENTRY}dev_ids = ["1"]', r"unknown key 'colour'; known here: splits, corpus"),
        (ENTRY.replace('type = "Disease"\n', ""), r"corpus 'toy': key 'type' is missing"),
        (f'{ENTRY}dev_ids = ["1"]\nprotocols = ["zero-shot"]', r"corpus 'toy': .*found 'zero-shot'"),
        (ENTRY, r"corpus 'toy': protocol 'unseen' needs train, split or dev_ids"),
        (f'{ENTRY}split = "toy"', r"corpus 'toy': split is given, but the suite names no splits file"),
        (f'{ENTRY}dev_ids = ["1"]\n' * 2, "entries with the same name: toy"),
        (ENTRY.replace('"toy"', '"a/b"') + 'dev_ids = ["1"]', r"corpus 'a/b': key 'name': found 'a/b'"),
        ("", "key 'corpus' is missing"),
        ("[[corpus", "not a TOML file"),
        ("corpus = [3]", "corpus number 1: "),
    ],
)
def test_a_wrong_suite_is_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    """The message names the file, the entry, what was found and what is known."""
    path = suite(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_suite(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_suite_is_refused(tmp_path: Path) -> None:
    """No traceback of the operating system."""
    with pytest.raises(ConfigError, match="cannot read the suite: No such file"):
        load_suite(tmp_path / "no.toml")


def test_a_missing_corpus_names_the_data_folder(tmp_path: Path) -> None:
    """The commonest mistake is a wrong data folder."""
    (entry,) = load_suite(suite(tmp_path, f'{ENTRY}dev_ids = ["1"]'))
    with pytest.raises(InputError, match=r"is .* the data folder of this suite"):
        entry.gold_documents(tmp_path)


def test_dev_ids_that_are_in_no_file_are_refused(data: Path) -> None:
    """Scoring a smaller part than was meant would go unnoticed."""
    (entry,) = load_suite(suite(data, f'{ENTRY}dev_ids = ["2", "7"]'))
    with pytest.raises(InputError, match=r"1 of 2 dev documents are not in toy\.PubTator: 7"):
        entry.gold_documents(data)


def test_a_splits_file_without_the_split_is_refused(data: Path) -> None:
    """The message says what the file should hold."""
    (entry,) = load_suite(suite(data, f'splits = "splits.json"\n{ENTRY}split = "other"\n'))
    with pytest.raises(InputError, match='expected JSON with a list of document ids under "other", "dev"'):
        entry.gold_documents(data)


def test_an_entry_names_its_result_file(data: Path) -> None:
    """A run that is started again can tell what is done."""
    (entry,) = load_suite(suite(data, f'{ENTRY}dev_ids = ["1"]'))
    assert entry.decisions_path(Path("out")) == Path("out/toy.decisions.jsonl")


def test_the_dev_suite_lists_every_corpus() -> None:
    """The eight corpora, BioRED by type, cell lines, CRAFT and HPO."""
    names = [entry.name for entry in load_suite(DEV_SUITE)]
    assert names[:8] == [
        "ncbi-disease",
        "bc5cdr-disease",
        "bc5cdr-chemical",
        "nlm-chem",
        "gnormplus",
        "nlm-gene",
        "s800",
        "linnaeus",
    ]
    for start, count in (("biored-", 5), ("bioid-", 1), ("craft-", 7), ("hpo-", 2)):
        assert sum(name.startswith(start) for name in names) == count


def test_the_dev_suite_finds_all_its_files(shared_data: Path) -> None:
    """Every path of the suite is there."""
    for entry in load_suite(DEV_SUITE):
        paths = [*entry.kb_paths(shared_data), *entry.retired_paths(shared_data)]
        paths += [shared_data / path for path in (*entry.test, *entry.train)]
        assert all(path.is_file() for path in paths)


def test_a_real_entry_has_gold_and_training_apart(shared_data: Path) -> None:
    """S800: 113 dev documents, no document in both parts, and forms to score."""
    (entry,) = [entry for entry in load_suite(DEV_SUITE) if entry.name == "s800"]
    gold, train = entry.gold_documents(shared_data), entry.train_documents(shared_data)
    assert len(gold) == 113
    assert not {doc.id for doc in gold} & {doc.id for doc in train}
    assert len({form(a.mention) for doc in gold for a in doc.annotations}) > 100
