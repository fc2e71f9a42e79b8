"""Tables and dictionaries: shapes of identifiers, merged rows, real files, and what can be wrong."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.errors import KnowledgeBaseError
from belink.kb.build import build_sources
from belink.kb.records import Located, Retirement, Source, Supplement
from belink.kb.sources import SourceOptions, read_source
from belink.kb.sources.extras import parse_extra
from belink.kb.sources.headers import parse_columns
from belink.types import Alias, Concept, Problem

FIXTURES = Path(__file__).parent / "fixtures"


def read(path: Path, **options: Any) -> list[Concept | Retirement | Supplement]:
    _, records = read_source(path, options=SourceOptions(**options))
    return [record.record if isinstance(record, Located) else record for record in records]


def concepts(path: Path, **options: Any) -> dict[str, Concept]:
    return {record.id: record for record in read(path, **options) if isinstance(record, Concept)}


def written(tmp_path: Path, text: str, name: str = "table.tsv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("identifier", "type_"),
    [
        ("MESH:D003924", "Disease"),
        ("MESH:C538288", "Disease"),
        ("NCBIGene:672", "Gene"),
        ("NCBITaxon:9606", "Species"),
        ("Cellosaurus:CVCL_0030", "CellLine"),
        ("ICD10CM:A00.0", "Disease"),
        ("HP:0000003", "Phenotype"),
    ],
)
def test_bare_identifiers_get_their_prefix_and_type(identifier: str, type_: str) -> None:
    """The shape of an identifier and the keys beside it tell the vocabulary and the type."""
    assert concepts(FIXTURES / "table.tsv")[identifier].types == (type_,)


def test_mesh_parents_come_from_tree_numbers_and_headings() -> None:
    """A descriptor's parent stands one tree number up, a supplementary record's is its heading."""
    found = concepts(FIXTURES / "table.tsv")
    assert found["MESH:D003924"].parents == ("MESH:D003920",)
    assert found["MESH:C538288"].parents == ("MESH:D003920",)


def test_the_bar_inside_extra_parts_no_synonyms() -> None:
    """`map=17q21.31|17 Y` stays inside `extra`, and the xrefs behind it are read."""
    gene = concepts(FIXTURES / "table.tsv")["NCBIGene:672"]
    assert gene.aliases == (Alias("RNF53"),)
    assert (gene.xrefs, gene.taxon) == (("HGNC:1100", "OMIM:113705"), "NCBITaxon:9606")


def test_the_suffix_that_makes_aliases_unique_is_taken_off() -> None:
    """An alias "T2D (Diabetes Mellitus, Type 2)" of the concept of that name is its alias "T2D"."""
    found = concepts(FIXTURES / "table.tsv")["MESH:D003924"]
    assert [alias.text for alias in found.aliases] == ["NIDDM", "T2D"]


def test_alternative_ids_are_retired() -> None:
    """`alt=` leads to the concept beside it."""
    assert Retirement("HP:0004715", ("HP:0000003",)) in read(FIXTURES / "table.tsv")


def test_jsonl() -> None:
    """Aliases are strings or objects; a retired id has its successors."""
    found = read(FIXTURES / "table.jsonl")
    assert found[0] == Concept(
        "MONDO:0005148",
        "type 2 diabetes mellitus",
        (Alias("NIDDM"), Alias("T2D", "abbreviation", "lab")),
        types=("Disease",),
        parents=("MONDO:0005015",),
        xrefs=("MESH:D003924",),
    )
    assert found[2] == Retirement("MONDO:0000002", ("MONDO:0005015",))


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_the_delimiter_of_csv_is_found(tmp_path: Path, delimiter: str) -> None:
    """Comma, semicolon and bar part fields alike; quotes protect them."""
    rows = [["id", "name", "definition"], ["LAB:1", f'"a{delimiter}b"', '"say ""x"""']]
    text = "\n".join(delimiter.join(row) for row in rows)
    found = concepts(written(tmp_path, text, "table.csv"), added_prefixes={"LAB": "https://lab.example/"})
    assert (found["LAB:1"].name, found["LAB:1"].definition) == (f"a{delimiter}b", 'say "x"')


def test_one_alias_a_row(tmp_path: Path) -> None:
    """Rows of one id, wherever they stand, make one concept; a row without a name is an alias."""
    text = "id\tname\talias\nHP:1\tone\tuno\nHP:2\ttwo\t\nHP:1\t\teins\n"
    found = read(written(tmp_path, text))
    assert found == [
        Concept("HP:2", "two", types=("Phenotype",)),
        Concept("HP:1", "one", (Alias("uno"), Alias("eins")), types=("Phenotype",)),
    ]


def test_a_second_name_of_an_id_becomes_an_alias(tmp_path: Path) -> None:
    """The first row's name is the preferred one."""
    found = concepts(written(tmp_path, "id\tname\nHP:1\tone\nHP:1\tother\n"))
    assert found["HP:1"].aliases == (Alias("other"),)


def test_a_table_without_names_adds_aliases_only(tmp_path: Path) -> None:
    """Rows of one id are united; scope, source and xrefs count, and nothing is a concept."""
    path = written(
        tmp_path,
        "id\taliases\tscope\txrefs\nHP:1\tone|uno\tbroad\tMESH:D000001\nHP:2\tb\t\t\nHP:1\tein\t\t\n",
    )
    assert read(path) == [
        Supplement("HP:2", (Alias("b"),)),
        Supplement("HP:1", (Alias("one", "broad"), Alias("uno", "broad"), Alias("ein")), ("MESH:D000001",)),
    ]


@pytest.mark.parametrize("text", ["HP_ID,info\nHP:1,one\n", "\ufeffinfo,HP_ID,x\none,HP:1,y\n"])
def test_the_user_says_what_columns_are_called(tmp_path: Path, text: str) -> None:
    """With `columns`, a table of any header is read, and told from its content."""
    path = written(tmp_path, text, "phrases.csv")
    for field, expected in (("name", Concept("HP:1", "one", types=("Phenotype",))),
                            ("aliases", Supplement("HP:1", (Alias("one"),)))):  # fmt: skip
        assert read(path, columns={"HP_ID": "id", "info": field}) == [expected]


def test_columns_leave_tables_alone_that_have_none_of_them(tmp_path: Path) -> None:
    """The same options read our own header and another."""
    path = written(tmp_path, "id\tname\nHP:1\tone\n")
    assert list(concepts(path, columns={"HP_ID": "id", "info": "name"})) == ["HP:1"]


def test_columns_are_written_as_name_and_header() -> None:
    """Known names are known in every spelling; what is none is refused with the choices."""
    assert parse_columns("id=HP_ID, synonyms=info") == (("HP_ID", "id"), ("info", "aliases"))
    assert parse_columns("") == ()
    for text in ("id", "id=", "colour=info", "id=A,,"):
        with pytest.raises(KnowledgeBaseError, match=r"--columns .* expected NAME=HEADER.* one of id, name"):
            parse_columns(text)


def test_phrases_of_hpo_add_to_its_concepts(shared_data: Path) -> None:
    """The real table of lay phrases has 3,079 of them, each an alias of an id, and no concept."""
    found = read(shared_data / "kb" / "hpo-addon-phrases.csv", columns={"HP_ID": "id", "info": "aliases"})
    assert {type(record) for record in found} == {Supplement}
    phrases = {record.id: record.aliases for record in found if isinstance(record, Supplement)}
    assert Alias("problem with walking") in phrases["HP:0002355"]
    assert sum(map(len, phrases.values())) == 3_079


def test_a_table_of_replacements(tmp_path: Path) -> None:
    """`retired_id` and `current_id` make retirements."""
    text = "retired_id\tcurrent_id\nMESH:C000873\tMESH:D000077555\nMESH:C537422\t\n"
    assert read(written(tmp_path, text)) == [
        Retirement("MESH:C000873", ("MESH:D000077555",)),
        Retirement("MESH:C537422"),
    ]


def test_the_user_gives_prefix_and_type(tmp_path: Path) -> None:
    """Bare ids of no known shape take the user's prefix; the user's type goes before ours."""
    path = written(tmp_path, "id\tname\n17\tx\n")
    assert concepts(path, prefix="DOID", type="Chemical")["DOID:17"].types == ("Chemical",)


def test_medic_of_2012_has_all_names_in_one_line() -> None:
    """Ids before "||" are one concept, names behind it parted by bars, digits are OMIM."""
    found = read(FIXTURES / "dictionary.txt")
    assert found[:2] == [
        Concept("MESH:C566983", "Bifid Nose", (Alias("BNAR"),)),
        Retirement("OMIM:608980", ("MESH:C566983",)),
    ]
    assert isinstance(found[2], Concept)
    assert found[2].name == "Down Syndrome"
    assert Alias("Down's Syndrome") in found[2].aliases
    assert [one.id for one in found[4:]] == ["OMIM:613162", "MESH:C"]


def test_biosyn_dictionary_has_one_name_a_line(tmp_path: Path) -> None:
    """Where an id stands in several lines a bar belongs to the name."""
    path = written(tmp_path, "D001||a|b\nD000001||c\nD000001||d|e\n", "dictionary.txt")
    assert concepts(path)["MESH:D000001"].aliases == (Alias("d|e"),)


@given(
    st.dictionaries(
        st.sampled_from(["alt", "parents", "xref", "tax", "chr", "map"]), st.text("ab|,=; ", max_size=8)
    )
)
def test_extra_never_invents(values: dict[str, str]) -> None:
    """Whatever stands in `extra`, every value read is a piece of it, without bars and commas."""
    text = ";".join(f"{key}={value}" for key, value in values.items())
    extra = parse_extra(text)
    for part in (*extra.alternatives, *extra.parents, *extra.xrefs):
        assert part and part in text and "|" not in part and "," not in part


BAD_TABLES = [
    ("no header", "D000001\tCalcimycin\nD000002\tTemefos\n", r":1: "),
    ("renamed header", "HP_ID\tname\nHP:1\tx\n", r":1: .*found 'HP_ID', 'name'"),
    ("doubled header", "id\tname\tlabel\nHP:1\tx\ty\n", r":1: two columns for name"),
]
BAD_ROWS = [
    ("columns", "HP:1\tone\textra\n", r":3: 3 columns, the header has 2"),
    ("no id", "\tone\n", r":3: a row without an id"),
    ("unknown prefix", "NOPE:1\tone\n", r":3: unknown prefix 'NOPE'.*--prefix"),
    ("no prefix", "one\tone\n", r":3: 'one' has no prefix"),
]


@pytest.mark.parametrize(
    ("text", "message"), [row[1:] for row in BAD_TABLES], ids=[row[0] for row in BAD_TABLES]
)
def test_a_wrong_header_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A missing, renamed or doubled header is refused even leniently, for no row could be understood."""
    with pytest.raises(KnowledgeBaseError, match=message):
        list(read_source(written(tmp_path, text), format="table", options=SourceOptions(lenient=True))[1])


@pytest.mark.parametrize(("row", "message"), [row[1:] for row in BAD_ROWS], ids=[row[0] for row in BAD_ROWS])
def test_a_bad_row_is_refused_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    """The error names file and line."""
    with pytest.raises(KnowledgeBaseError, match=rf"table\.tsv{message}"):
        read(written(tmp_path, f"id\tname\nHP:7\tseven\n{row}HP:8\teight\n"))


@pytest.mark.parametrize("row", [row[1] for row in BAD_ROWS], ids=[row[0] for row in BAD_ROWS])
def test_a_bad_row_is_skipped_and_reported_leniently(tmp_path: Path, row: str) -> None:
    """The rows around it are read, and it is reported once."""
    problems: list[Problem] = []
    path = written(tmp_path, f"id\tname\nHP:7\tseven\n{row}HP:8\teight\n")
    assert sorted(concepts(path, lenient=True, on_problem=problems.append)) == ["HP:7", "HP:8"]
    assert [problem.where for problem in problems] == [f"{path}:3"]


def test_an_alias_without_a_concept_is_refused(tmp_path: Path) -> None:
    """Aliases whose id no row names are refused with the line of the first one."""
    path = written(tmp_path, "id\tname\talias\nHP:1\tone\t\nHP:2\t\tzwei\n")
    with pytest.raises(KnowledgeBaseError, match=r":3: an alias without a concept: no row gives HP:2 a name"):
        read(path)
    assert sorted(concepts(path, lenient=True)) == ["HP:1"]


def test_latin_1_bytes_are_refused_with_their_line(tmp_path: Path) -> None:
    """Mixed encodings: the line and the byte are named; leniently the line is skipped."""
    path = tmp_path / "table.tsv"
    path.write_bytes(b"id\tname\nHP:1\tone\n" + "HP:2\tSjögren\n".encode("latin-1") + b"HP:3\tthree\n")
    with pytest.raises(KnowledgeBaseError, match=r"table\.tsv:3: not UTF-8: byte 0xf6 at byte 8"):
        read(path)
    problems: list[Problem] = []
    assert sorted(concepts(path, lenient=True, on_problem=problems.append)) == ["HP:1", "HP:3"]
    assert len(problems) == 1


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    """Data broken off are an error; leniently what came before is kept and the loss reported."""
    rows = "".join(f"HP:{number}\tname {number * 7919}\n" for number in range(20_000))
    packed = gzip.compress(f"id\tname\n{rows}".encode())
    path = tmp_path / "table.tsv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(KnowledgeBaseError, match=r"table\.tsv\.gz:\d+: the packed data are broken off"):
        read(path)
    problems: list[Problem] = []
    found = concepts(path, lenient=True, on_problem=problems.append)
    assert 1000 < len(found) < 20_000
    assert [problem.severity for problem in problems] == ["rest"]


@pytest.mark.parametrize("text", ["", "\n\n", "id\tname\n"])
def test_an_empty_source_is_refused(tmp_path: Path, text: str) -> None:
    """A file without a concept is no vocabulary."""
    with pytest.raises(KnowledgeBaseError, match=r"table\.tsv"):
        read(written(tmp_path, text))


def test_an_unknown_format_names_the_choices(tmp_path: Path) -> None:
    """Prose is refused with the option and its values."""
    with pytest.raises(
        KnowledgeBaseError, match=r"notes\.txt:1: .*--format, one of table, jsonl, dictionary"
    ):
        read(written(tmp_path, "Dear all,\nsee below.\n", "notes.txt"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The error names the path."""
    with pytest.raises(KnowledgeBaseError, match=r"absent\.tsv: no such file"):
        read(tmp_path / "absent.tsv")


def test_an_unknown_column_is_reported_not_refused(tmp_path: Path) -> None:
    """A column that is not known is left unread with a warning."""
    problems: list[Problem] = []
    read(written(tmp_path, "id\tname\tcolour\nHP:1\tx\tred\n"), on_problem=problems.append)
    assert [(one.severity, "colour" in one.message) for one in problems] == [("warning", True)]


def test_an_open_quote_is_refused_where_it_opens(tmp_path: Path) -> None:
    """A quote that swallows the rest of a CSV is an error at its line."""
    path = written(tmp_path, 'id,name\nHP:1,one\nHP:2,"two\nHP:3,three\n', "table.csv")
    with pytest.raises(KnowledgeBaseError, match=r"table\.csv:3: no CSV record"):
        read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HP:2\tbell\x07\n", r"table\.tsv:3: .*control character"),
        ("HP:2\t" + "x" * 10_001 + "\n", r"table\.tsv:3: .*10,001 characters"),
    ],
    ids=["control", "long"],
)
def test_unfit_names_are_refused_by_the_build_with_their_line(
    tmp_path: Path, text: str, message: str
) -> None:
    """The readers give the line along, so that the builder can name it."""
    info, records = read_source(written(tmp_path, f"id\tname\nHP:1\tone\n{text}"))
    with pytest.raises(KnowledgeBaseError, match=message):
        build_sources([Source(info, records)], tmp_path / "kb")


def test_duplicate_ids_are_refused_by_the_build_with_their_line(tmp_path: Path) -> None:
    """In a format that gives a concept once, a second one is refused at its line."""
    path = tmp_path / "hgnc.tsv"
    text = (FIXTURES / "hgnc.tsv").read_text()
    path.write_text(text + text.splitlines(keepends=True)[1])
    info, records = read_source(path)
    with pytest.raises(KnowledgeBaseError, match=r"hgnc\.tsv:4: HGNC:1100 stands here and at .*hgnc\.tsv:2"):
        build_sources([Source(info, records)], tmp_path / "kb")


@pytest.mark.parametrize(
    "line",
    ['{"id": "HP:1", "name": ', '["HP:1"]', '{"id": "HP:1", "name": 7}', '{"id": "HP:1", "aliases": [7]}'],
)
def test_bad_json_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    """Broken JSON and values of the wrong kind are errors at their line; leniently they are skipped."""
    path = written(tmp_path, f'{{"id": "HP:7", "name": "seven"}}\n{line}\n', "table.jsonl")
    with pytest.raises(KnowledgeBaseError, match=r"table\.jsonl:2: no concept in JSON"):
        read(path)
    assert sorted(concepts(path, lenient=True)) == ["HP:7"]


REAL_TABLES = {
    "medic-belink.tsv.gz": 13_316,
    "medic_06Jul2012.txt": 11_915,
    "mesh-diseases.tsv.gz": 11_312,
}


@pytest.mark.parametrize(("name", "count"), REAL_TABLES.items())
def test_real_tables_have_the_counts_of_their_provenance(shared_data: Path, name: str, count: int) -> None:
    """Every concept of a real table is read, without a fault."""
    assert len(concepts(shared_data / "kb" / name)) == count


def test_the_real_hpo_reads_the_same_as_obo_and_as_table(shared_data: Path) -> None:
    """hp.obo and the table made from it by others agree on ids, names and parents."""
    obo, table = (concepts(shared_data / "kb" / name) for name in ("hp.obo.gz", "hpo-2026.tsv.gz"))
    assert obo.keys() == table.keys()
    assert {one.id for one in obo.values() if one.name != table[one.id].name} == set()
    assert {one.id for one in obo.values() if one.parents != table[one.id].parents} == set()
