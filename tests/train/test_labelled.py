from __future__ import annotations

from pathlib import Path

import pytest

from belink.errors import InputError
from belink.train.labelled import read_labelled

TRAIN = """\
1|t|Cardiac infarct and renal failure.
1|a|Myotonic dystrophy (DM) is rare. DM and lung or liver cancer.
1	0	15	Cardiac infarct	Disease	D009203
1	20	33	renal failure	Disease	D051437
1	68	70	DM	Disease	D009223
1	75	95	lung or liver cancer	Disease	D008175|D008113

"""
SCORED = """\
2|t|Renal Failure in a child.
2|a|A case report of some length, so that the texts can be told apart.
2	0	13	Renal Failure	Disease	D051437

"""


def files(folder: Path, train: str, scored: str) -> tuple[list[Path], list[Path]]:
    """Write both files."""
    (folder / "train.PubTator").write_text(train)
    (folder / "scored.PubTator").write_text(scored)
    return [folder / "train.PubTator"], [folder / "scored.PubTator"]


def test_mentions_become_names_of_their_concepts(tmp_path: Path) -> None:
    """Short forms give their long form; composite mentions and held-out forms give nothing."""
    found = read_labelled(*files(tmp_path, TRAIN, SCORED))
    assert [(concept.id, concept.name) for concept in found] == [
        ("MESH:D009203", "Cardiac infarct"),
        ("MESH:D009223", "Myotonic dystrophy"),
    ]


def test_held_out_documents_are_refused(tmp_path: Path) -> None:
    """A document that is to be scored stops the run by its id."""
    with pytest.raises(InputError, match=r"same document id: '1'"):
        read_labelled(*files(tmp_path, TRAIN, TRAIN))


def test_nothing_left_to_learn_is_an_error(tmp_path: Path) -> None:
    """Where every form is held out the message counts them."""
    only = (
        "\n".join(line for line in TRAIN.splitlines() if "\t" not in line or "renal failure" in line) + "\n\n"
    )
    with pytest.raises(InputError, match="1 have forms of held-out documents"):
        read_labelled(*files(tmp_path, only, SCORED))
