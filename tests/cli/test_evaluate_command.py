"""`belink evaluate` and `belink compare` from the outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Belink

GOLD = """1|t|Naloxone reverses clonidine.
1|a|It caused high blood pressure.
1\t0\t8\tNaloxone\tChemical\tD009270
1\t18\t27\tclonidine\tChemical\tMESH:D003000
1\t39\t58\thigh blood pressure\tDisease\tD006973

2|t|Narcan helps in dystrophia myotonia.
2|a|
2\t0\t6\tNarcan\tChemical\tD009270
2\t16\t35\tdystrophia myotonia\tDisease\tD009223
"""


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.pubtator"
    path.write_text(GOLD, encoding="utf-8")
    return path


def test_json_has_the_stated_keys_first(belink: Belink, small_kb: Path, gold: Path, tmp_path: Path) -> None:
    """The figures' keys are those of the documentation, in its order, flat, fractions in [0, 1]."""
    out = tmp_path / "figures.json"
    result = belink("evaluate", "--kb", small_kb, "--test", gold, "--json", out)
    assert result.returncode == 0, result.stderr
    record = json.loads(out.read_bytes())
    first = "protocol n accuracy@1 recall@1 recall@5 recall@10 recall@20 mentions_per_s kb"
    assert list(record)[:9] == first.split()
    assert (record["protocol"], record["n"], record["accuracy@1"], record["recall@20"]) == (
        "full",
        5,
        1.0,
        1.0,
    )
    assert not any(isinstance(value, list | dict) for value in record.values())


def test_unseen_leaves_out_what_training_holds(
    belink: Belink, small_kb: Path, gold: Path, tmp_path: Path
) -> None:
    """Forms of the training file are not scored, whatever their case."""
    train, out = tmp_path / "train.pubtator", tmp_path / "figures.json"
    train.write_text("9|t|NALOXONE\n9|a|\n9\t0\t8\tNALOXONE\tChemical\tD009270\n", encoding="utf-8")
    arguments = (
        "--test",
        gold,
        "--train",
        train,
        "--protocol",
        "unseen",
        "--type",
        "chemical",
        "--json",
        out,
    )
    result = belink("evaluate", "--kb", small_kb, *arguments)
    assert result.returncode == 0, result.stderr
    assert json.loads(out.read_bytes())["n"] == 2


def test_saved_decisions_are_scored_alike(belink: Belink, small_kb: Path, gold: Path, tmp_path: Path) -> None:
    """Decisions saved by one run and scored by another give the same accuracy; each line has its keys."""
    decisions, out = tmp_path / "decisions.jsonl", tmp_path / "figures.json"
    assert belink("evaluate", "--kb", small_kb, "--test", gold, "--save-decisions", decisions).returncode == 0
    records = [json.loads(line) for line in decisions.read_text(encoding="utf-8").splitlines()]
    assert len(records) == 5
    wanted = {"document_id", "spans", "text", "type", "concept_ids", "probability", "stage", "candidates"}
    assert all(wanted <= record.keys() for record in records)
    assert all({"id", "name", "alias", "score"} <= record["candidates"][0].keys() for record in records)
    again = belink("evaluate", "--kb", small_kb, "--test", gold, "--decisions", decisions, "--json", out)
    assert again.returncode == 0, again.stderr
    assert json.loads(out.read_bytes())["accuracy@1"] == 1.0


def test_a_rival_s_file_is_scored(belink: Belink, small_kb: Path, gold: Path, tmp_path: Path) -> None:
    """Any annotated file can be scored: of five mentions this one has one wrong and one none."""
    rival, out = tmp_path / "rival.pubtator", tmp_path / "figures.json"
    text = GOLD.replace("Narcan\tChemical\tD009270", "Narcan\tChemical\tD003000")
    rival.write_text(text.replace("clonidine\tChemical\tMESH:D003000", "clonidine\tChemical\t-"), "utf-8")
    result = belink("evaluate", "--kb", small_kb, "--test", gold, "--decisions", rival, "--json", out)
    assert result.returncode == 0, result.stderr
    assert json.loads(out.read_bytes())["accuracy@1"] == pytest.approx(3 / 5)


def test_comparison_counts_what_one_alone_got_right(
    belink: Belink, small_kb: Path, gold: Path, tmp_path: Path
) -> None:
    """`belink compare` gives the difference of the accuracies and the discordant mentions."""
    worse = tmp_path / "worse.pubtator"
    worse.write_text(GOLD.replace("Narcan\tChemical\tD009270", "Narcan\tChemical\tD003000"), "utf-8")
    result = belink("compare", gold, worse, "--test", gold, "--kb", small_kb)
    assert result.returncode == 0, result.stderr
    assert "A - B: 20.0 points" in result.stdout
    assert "right in A alone 1, in B alone 0" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--protocol", "strict"), "unseen-mentions"),
        (("--protocol", "unseen"), "training"),
        (("--type", "Drug"), "Disease, Chemical"),
        (("--suite", "x.toml"), "--test"),
        (("--remember-training",), "--memory"),
    ],
)
def test_wrong_options_are_named(
    belink: Belink, small_kb: Path, gold: Path, arguments: tuple[str, ...], message: str
) -> None:
    """An unknown protocol or type, a missing training file or a contradiction is one line, exit code 2."""
    result = belink("evaluate", "--kb", small_kb, "--test", gold, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_training_on_the_test_set_is_refused(belink: Belink, small_kb: Path, gold: Path) -> None:
    """A document that stands in training and test stops the run and is named."""
    result = belink("evaluate", "--kb", small_kb, "--test", gold, "--train", gold, "--protocol", "unseen")
    assert result.returncode == 2
    assert "'1'" in result.stderr


def test_suite_runs_all_corpora_and_goes_on(
    belink: Belink, home: Path, gold: Path, small_kb: Path, tmp_path: Path
) -> None:
    """A suite links and scores each entry once; a second run takes the decisions that are there."""
    suite, results = tmp_path / "suite.toml", tmp_path / "results"
    (tmp_path / "small.tsv").write_bytes((home / "small.tsv").read_bytes())
    suite.write_text(
        '[[corpus]]\nname = "one"\ntype = "Chemical"\ntest = ["gold.pubtator"]\nkb = ["small.tsv"]\n'
        'protocols = ["full"]\n',
        encoding="utf-8",
    )
    arguments = ("evaluate", "--suite", suite, "--data", tmp_path, "--results", results)
    first = belink(*arguments)
    assert first.returncode == 0, first.stderr
    assert "| one | Chemical | full | 3 | 100.0" in first.stdout
    decisions = results / "one.decisions.jsonl"
    written = decisions.stat().st_mtime_ns
    assert belink(*arguments).stdout == first.stdout
    assert decisions.stat().st_mtime_ns == written
    assert (results / "report.html").is_file()


@pytest.mark.parametrize("vectors", [True, False])
def test_a_suite_says_which_names_are_embedded(
    belink: Belink, home: Path, gold: Path, tmp_path: Path, vectors: bool
) -> None:
    """`vectors = true` embeds the names of an entry's knowledge base, where settings alone would not."""
    suite, results, config = tmp_path / "suite.toml", tmp_path / "results", tmp_path / "settings.toml"
    config.write_text('[retrieve]\nencoder = "default"\nvectors_on_first_use = 0\n', encoding="utf-8")
    (tmp_path / "small.tsv").write_bytes((home / "small.tsv").read_bytes())
    suite.write_text(
        '[[corpus]]\nname = "one"\ntype = "Chemical"\ntest = ["gold.pubtator"]\nkb = ["small.tsv"]\n'
        f'protocols = ["full"]\nvectors = {str(vectors).lower()}\n',
        encoding="utf-8",
    )
    asked = ("--suite", suite, "--data", tmp_path, "--results", results, "--config", config)
    result = belink("evaluate", *asked)
    assert result.returncode == 0, result.stderr
    assert any(results.glob("kb/*/index/dense-*")) is vectors


def test_a_suite_is_scored_end_to_end_from_decisions_of_its_own(
    belink: Belink, home: Path, gold: Path, tmp_path: Path
) -> None:
    """`--protocol` wins over the entries' protocols, and detected mentions do not mix with given ones."""
    suite, results = tmp_path / "suite.toml", tmp_path / "results"
    (tmp_path / "small.tsv").write_bytes((home / "small.tsv").read_bytes())
    suite.write_text(
        '[[corpus]]\nname = "one"\ntype = "Chemical"\ntest = ["gold.pubtator"]\nkb = ["small.tsv"]\n'
        'protocols = ["full"]\n',
        encoding="utf-8",
    )
    arguments = ("evaluate", "--suite", suite, "--data", tmp_path, "--results", results)
    result = belink(*arguments, "--protocol", "end-to-end")
    assert result.returncode == 0, result.stderr
    assert "| one | Chemical | 75.0 / 100.0 / 85.7" in result.stdout
    assert (results / "one.detected.decisions.jsonl").is_file()
    assert not (results / "one.decisions.jsonl").exists()


def test_end_to_end_scores_each_type_and_may_be_narrowed(
    belink: Belink, small_kb: Path, gold: Path, tmp_path: Path
) -> None:
    """Decisions on both types against a gold of both, of one, and of one part of the knowledge base."""
    out = tmp_path / "figures.json"
    chemicals = tmp_path / "chemicals.pubtator"
    chemicals.write_text("".join(line for line in GOLD.splitlines(True) if "Disease" not in line), "utf-8")
    asked = ("--kb", small_kb, "--decisions", gold, "--protocol", "end-to-end", "--json", out)

    def figures(*arguments: str | Path) -> dict[str, float]:
        result = belink("evaluate", *asked, *arguments)
        assert result.returncode == 0, result.stderr
        found: dict[str, float] = json.loads(out.read_bytes())
        return found

    whole = figures("--test", gold)
    assert (whole["document_f1"], whole["document_f1_Disease"], whole["document_f1_Chemical"]) == (1, 1, 1)
    assert figures("--test", chemicals)["strict_precision"] == pytest.approx(3 / 5)
    assert figures("--test", chemicals, "--type", "Chemical")["strict_f1"] == 1
    allowed = tmp_path / "allowed.txt"
    allowed.write_text("MESH:D009270\nMESH:D003000\n", encoding="utf-8")
    narrowed = figures("--test", chemicals, "--allow", allowed)
    assert (narrowed["strict_f1"], narrowed["problem_outside_what_is_scored"]) == (1, 2)
    assert figures("--test", gold, "--type", "Disease,Chemical")["strict_f1"] == 1


def test_index_is_built_ahead_of_use(belink: Belink, small_kb: Path) -> None:
    """`belink kb index` says where the name index lies, and it lies in the knowledge base."""
    result = belink("kb", "index", small_kb)
    assert result.returncode == 0, result.stderr
    lexical, dense = map(Path, result.stdout.splitlines())
    assert lexical == small_kb / "index" / "lexical"
    assert (dense.parent, dense.name[:6]) == (lexical.parent, "dense-")


def test_missing_encoder_is_named(belink: Belink, small_kb: Path, gold: Path) -> None:
    """An encoder that is not there is one line and exit code 2, before anything is linked."""
    result = belink("evaluate", "--kb", small_kb, "--test", gold, "--encoder", "no-such-encoder")
    assert result.returncode == 2
    assert "no-such-encoder" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("memory", "culprit"),
    [
        (GOLD, "the same document id: '1', '2'"),
        ("7|t|Narcan, again.\n7|a|\n7\t0\t6\tNarcan\tChemical\tD009270\n", "the same surface form: 'Narcan'"),
        ("narcan\tMESH:D009270\n", "the same surface form: 'Narcan'"),
    ],
)
def test_a_memory_of_what_is_scored_is_refused(
    belink: Belink, small_kb: Path, gold: Path, tmp_path: Path, memory: str, culprit: str
) -> None:
    """Documents of the evaluation part, and under `unseen` their forms, in files and tables alike."""
    train, known = tmp_path / "train.pubtator", tmp_path / "memory"
    train.write_text("9|t|NALOXONE\n9|a|\n9\t0\t8\tNALOXONE\tChemical\tD009270\n", encoding="utf-8")
    known.write_text(memory, encoding="utf-8")
    options = ("--kb", small_kb, "--test", gold, "--train", train, "--protocol", "unseen", "--memory", known)
    result = belink("evaluate", *options)
    assert result.returncode != 0
    assert f"--memory holds what is to be evaluated: 1 × {culprit}" in result.stderr.replace("2 ×", "1 ×")


def test_a_memory_of_training_is_used(belink: Belink, small_kb: Path, gold: Path, tmp_path: Path) -> None:
    """Its names join those of the knowledge base."""
    train, out = tmp_path / "train.pubtator", tmp_path / "figures.json"
    known = "9|t|Opiate blocker\n9|a|\n9\t0\t14\tOpiate blocker\tChemical\tD009270\n"
    train.write_text(known, encoding="utf-8")
    scored = tmp_path / "other.pubtator"
    scored.write_text(known.replace("9", "3").replace("Opiate blocker", "opiate blockers").replace(
        "\t14\t", "\t15\t").replace("D003270", "D009270"), encoding="utf-8")  # fmt: skip
    options = ("--kb", small_kb, "--test", scored, "--train", train, "--protocol", "unseen", "--json", out)
    figures = []
    for memory in ((), ("--memory", train)):
        result = belink("evaluate", *options, "--encoder", "none", "--reranker", "none", *memory)
        assert result.returncode == 0, result.stderr
        figures.append(json.loads(out.read_bytes())["accuracy@1"])
    assert figures == [0.0, 1.0]


def test_a_suite_remembers_the_training_documents_of_its_entries(
    belink: Belink, home: Path, tmp_path: Path
) -> None:
    """A name that only the training documents know is found with `--remember-training`."""
    (tmp_path / "small.tsv").write_bytes((home / "small.tsv").read_bytes())
    known = "9|t|Opiate blocker\n9|a|\n9\t0\t14\tOpiate blocker\tChemical\tD009270\n"
    (tmp_path / "train.pubtator").write_text(known, encoding="utf-8")
    gold = known.replace("9|", "3|").replace("9\t0\t14", "3\t0\t15").replace("blocker", "blockers")
    (tmp_path / "gold.pubtator").write_text(gold, encoding="utf-8")
    suite = tmp_path / "suite.toml"
    suite.write_text(
        '[[corpus]]\nname = "one"\ntype = "Chemical"\ntest = ["gold.pubtator"]\ntrain = ["train.pubtator"]\n'
        'kb = ["small.tsv"]\nprotocols = ["unseen"]\n',
        encoding="utf-8",
    )
    arguments = ("--suite", suite, "--data", tmp_path, "--encoder", "none", "--reranker", "none")
    for options, accuracy in (((), "| 1 | 0.0"), (("--remember-training",), "| 1 | 100.0")):
        results = tmp_path / f"results{len(options)}"
        result = belink("evaluate", *arguments, "--results", results, *options)
        assert result.returncode == 0, result.stderr
        assert f"| one | Chemical | unseen {accuracy}" in result.stdout


def test_a_suite_takes_a_knowledge_base_built_of_the_same_bytes(
    belink: Belink, home: Path, gold: Path, tmp_path: Path
) -> None:
    """A newer date does not build it again, other content does; a build that was cut short is made anew."""
    suite, results, table = tmp_path / "suite.toml", tmp_path / "results", tmp_path / "small.tsv"
    table.write_bytes((home / "small.tsv").read_bytes())
    suite.write_text(
        '[[corpus]]\nname = "one"\ntype = "Chemical"\ntest = ["gold.pubtator"]\nkb = ["small.tsv"]\n'
        'protocols = ["full"]\n',
        encoding="utf-8",
    )

    def built() -> list[Path]:
        arguments = ("--suite", suite, "--data", tmp_path, "--results", results, "--encoder", "none")
        result = belink("evaluate", *arguments, "--reranker", "none")
        assert result.returncode == 0, result.stderr
        return sorted((results / "kb").iterdir())

    first = built()
    table.touch()
    assert built() == first
    (first[0] / "manifest.json").unlink()
    shutil.rmtree(first[0] / "index")
    assert built() == first
    table.write_text(f"{table.read_text(encoding='utf-8')}MESH:D000001\tX\t\t\t\n", encoding="utf-8")
    assert len(built()) == 2
