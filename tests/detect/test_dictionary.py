from __future__ import annotations

import time
from pathlib import Path

import pytest

from belink.detect.common_words import common_words
from belink.detect.dictionary import dictionary, from_table
from belink.detect.name_table import DictionaryEntry, load, name_key, name_table, save
from belink.errors import KnowledgeBaseError
from belink.types import Document, Passage, Span

ENTRIES = [
    DictionaryEntry("Anemia, Aplastic", "Disease"),
    DictionaryEntry("Alzheimer Disease", "Disease"),
    DictionaryEntry("Diabetes Mellitus, Type 2", "Disease"),
    DictionaryEntry("Breast Neoplasms", "Disease"),
    DictionaryEntry("Aspirin-Induced Asthma", "Disease"),
    DictionaryEntry("Asthma", "Disease"),
    DictionaryEntry("Myotonic Dystrophy", "Disease"),
    DictionaryEntry("Disease", "Disease"),
    DictionaryEntry("ALL", "Disease"),
    DictionaryEntry("Tin", "Chemical"),
    DictionaryEntry("Aspirin", "Chemical"),
    DictionaryEntry("beta Carotene", "Chemical"),
    DictionaryEntry("Ca2+", "Chemical"),
]


def found(text: str, entries: list[DictionaryEntry] = ENTRIES) -> list[tuple[str, str]]:
    (mentions,) = dictionary(entries)([Document("1", text)])
    return [(m.text, m.type) for m in mentions]


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("had APLASTIC ANEMIA then", "APLASTIC ANEMIA"),
        ("had aplastic anaemias then", "aplastic anaemias"),
        ("an Alzheimer's disease clinic", "Alzheimer's disease"),
        ("in diabetes mellitus, type 2 we", "diabetes mellitus, type 2"),
        ("in type-2 diabetes mellitus we", "type-2 diabetes mellitus"),
        ("with breast cancer in", "breast cancer"),
        ("much β-carotene here", "β-carotene"),
        ("the Ca2+ level", "Ca2+"),
        ("the asthma's cause", "asthma"),
    ],
)
def test_variant_is_found(text: str, mention: str) -> None:
    """Case, plurals, inversion, hyphens, Greek letters and possessives do not matter."""
    assert [m for m, _ in found(text)] == [mention]


@pytest.mark.parametrize(
    "text", ["all of them", "TIN", "asthmatic", "aplastic. Anemia", "Alzheimer (disease)"]
)
def test_look_alike_is_not_found(text: str) -> None:
    """Short names need their case, and no name ends in a word or runs over a sentence end or bracket."""
    assert [m for m, _ in found(text) if m != "disease" and m != "Anemia"] == []


def test_short_name_as_written() -> None:
    """A symbol is found as written; a short word also in lower case."""
    assert found("ALL and tin and Tin") == [("ALL", "Disease"), ("tin", "Chemical"), ("Tin", "Chemical")]


def test_nested_mentions_of_different_types_survive() -> None:
    """The longest name of a type wins; another type's name inside it stays."""
    assert found("aspirin-induced asthma") == [("aspirin", "Chemical"), ("aspirin-induced asthma", "Disease")]


def test_defined_short_form_is_tagged_everywhere() -> None:
    """A short form has the type of its long form, before and after the definition, plural too."""
    text = "DM genes. Myotonic dystrophy (DM) is a DM-like illness; DMs and DMX."
    assert [m for m, _ in found(text)] == ["DM", "Myotonic dystrophy", "DM", "DM", "DMs"]


def test_short_form_of_something_else_is_dropped() -> None:
    """A name that the document defines as short for something else is not a mention."""
    assert found("the average lesion length (ALL) was low; ALL rose") == []


def test_common_words_are_left_out() -> None:
    """Names in the list of common words are not looked for; longer names with them are."""
    (mentions,) = dictionary(ENTRIES, common=frozenset({("Disease", "disease")}))(
        [Document("1", "a disease such as Alzheimer disease")]
    )
    assert [m.text for m in mentions] == ["Alzheimer disease"]


def test_shipped_common_words_hold_ordinary_words() -> None:
    """The list that BeLink ships has the obvious words and not the names of diseases."""
    words = common_words()
    assert {("Disease", "disease"), ("Chemical", "protein"), ("Gene", "the"), ("Species", "data")} <= words
    assert ("Disease", name_key("Lymphoma")) not in words


def test_no_mention_crosses_passages() -> None:
    """A name whose words stand in two passages is not a mention."""
    doc = Document("1", "on aplastic anemia", (Passage("t", Span(0, 11), 0), Passage("a", Span(12, 18), 12)))
    assert dictionary(ENTRIES)([doc]) == [()]


def test_stored_table_finds_the_same(tmp_path: Path) -> None:
    """A name table read back from its file gives the same mentions."""
    table = name_table(ENTRIES)
    save(table, tmp_path / "names")
    docs = [Document("1", "Aplastic anemia, tin and Alzheimer's disease")]
    assert from_table(load(tmp_path / "names"))(docs) == from_table(table)(docs)
    assert len(from_table(table)(docs)[0]) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[0,[],[],{},{}]", b"[1]", b"7"])
def test_damaged_table_is_one_error(tmp_path: Path, content: bytes) -> None:
    """A damaged or old file is named in an error of the knowledge base."""
    (tmp_path / "names").write_bytes(content)
    with pytest.raises(KnowledgeBaseError, match="names"):
        load(tmp_path / "names")


def test_missing_table_is_one_error(tmp_path: Path) -> None:
    """A missing file is an error of the knowledge base."""
    with pytest.raises(KnowledgeBaseError, match="No such file"):
        load(tmp_path / "names")


def test_no_names_find_nothing() -> None:
    """Names without a letter or digit, and no names at all, find nothing."""
    assert found("fever", []) == []
    assert found("- fever +", [DictionaryEntry("-", "Disease"), DictionaryEntry("", "Disease")]) == []


@pytest.mark.parametrize("unit", ["a", "aplastic ", "(ALL) ", "\0", "\N{GRINNING FACE}", "a'", "\n "])
def test_pathological_text_takes_linear_time(unit: str) -> None:
    """Four times the text takes at most ten times as long."""
    detect = dictionary(ENTRIES)

    def seconds(chars: int) -> float:
        docs = [Document("1", unit * (chars // len(unit)))]
        start = time.process_time()
        detect(docs)
        return time.process_time() - start

    assert min(seconds(40_000) for _ in range(3)) < 10 * seconds(10_000) + 0.1


def test_function_words_in_small_letters_are_no_names() -> None:
    """A vocabulary in small letters that holds "as" and "all" does not find them; "ALL" is still a name."""
    entries = [DictionaryEntry(alias, "Disease") for alias in ("as", "all", "ALL", "asthma")]
    assert found("asthma as in all cases of ALL", entries) == [("asthma", "Disease"), ("ALL", "Disease")]
