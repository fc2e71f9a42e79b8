"""Languages of names: what sources say of them, what a build keeps, what a request asks for."""

from __future__ import annotations

import json
import shutil
from itertools import compress
from pathlib import Path

import pytest

from belink.detect.allowed import allowed_only
from belink.errors import KnowledgeBaseError
from belink.kb.build import build
from belink.kb.export import export
from belink.kb.filters import filter_of
from belink.kb.languages import language_code
from belink.kb.records import Filter
from belink.kb.search import search
from belink.kb.sources import SourceFormat, SourceOptions, read_source
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept, Document, Mention, Span

FIXTURES = Path(__file__).parent / "fixtures"
PAIN = Concept(
    "X:1",
    "Headache",
    (Alias("Kopfschmerz", language="de"), Alias("Cephalgia")),
    language="en",
)
FEVER = Concept("X:2", "Fieber", (Alias("Pyrexie", language="de"),), language="de")
COUGH = Concept("X:3", "Cough", language="en")
CONCEPTS = (PAIN, FEVER, COUGH)
CLASS = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#"
  xmlns:obo="http://purl.obolibrary.org/obo/" xmlns:oio="http://www.geneontology.org/formats/oboInOwl#">
<owl:Ontology rdf:about="http://purl.obolibrary.org/obo/hp.owl"/>
<owl:Class rdf:about="http://purl.obolibrary.org/obo/HP_0002315">
  <rdfs:label xml:lang="de">Kopfschmerz</rdfs:label>
  <rdfs:label xml:lang="en-US">Headache</rdfs:label>
  <obo:IAO_0000115 xml:lang="en">Pain in the head.</obo:IAO_0000115>
  <obo:IAO_0000115 xml:lang="de">Schmerz im Kopf.</obo:IAO_0000115>
  <oio:hasExactSynonym xml:lang="de">Cephalgie</oio:hasExactSynonym>
  <oio:hasExactSynonym>Cephalgia</oio:hasExactSynonym>
</owl:Class>
</rdf:RDF>
"""


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    build(CONCEPTS, tmp_path / "kb")
    return KnowledgeBase.open(tmp_path / "kb")


def read(path: Path, kind: SourceFormat | None = None, *languages: str, sources: str = "") -> list[Concept]:
    options = SourceOptions(
        prefix="X",
        added_prefixes={"X": "https://x.org/"},
        languages=frozenset(languages),
        vocabularies=frozenset(sources.split()),
    )
    _, records = read_source(path, format=kind, options=options)
    found = [getattr(record, "record", record) for record in records]
    return [each for each in found if isinstance(each, Concept)]


@pytest.mark.parametrize(
    ("text", "code"),
    [("ENG", "en"), ("en-US", "en"), ("pt_BR", "pt"), ("GER", "de"), ("tlh", "tlh"), ("", "")],
)
def test_a_language_has_one_code(text: str, code: str) -> None:
    """Whether a vocabulary writes three letters, two, or a region as well."""
    assert language_code(text) == code


def test_a_knowledge_base_keeps_the_language_of_every_name(kb: KnowledgeBase) -> None:
    """Of preferred names and aliases; the manifest lists them, with none first."""
    assert tuple(kb.concepts()) == tuple(
        Concept(each.id, each.name, tuple(Alias(a.text, a.scope, "memory", a.language) for a in each.aliases),
                language=each.language)
        for each in CONCEPTS
    )  # fmt: skip
    assert kb.manifest.languages == ("", "en", "de")


def test_a_name_of_several_languages_is_of_none(tmp_path: Path) -> None:
    """It is one name, and no language leaves it out."""
    build([Concept("X:1", "Diabetes", (Alias("Diabetes", language="de"),), language="en")], tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    assert tuple(kb.concepts()) == (Concept("X:1", "Diabetes"),)


def test_a_language_selects_the_concepts_that_have_a_name_in_it(kb: KnowledgeBase) -> None:
    """A name of no stated language counts for every one; a language the names do not have is refused."""
    german, english = (kb.select(filter_of(kb, languages=[each])).tolist() for each in ("GER", "en"))
    assert (german, english) == ([True, True, False], [True, False, True])
    with pytest.raises(KnowledgeBaseError, match="no language 'fr'; it has de, en"):
        filter_of(kb, languages=["fr"])


def test_a_language_selects_names(kb: KnowledgeBase) -> None:
    """Those of the language and those of none, of the concepts that every other condition lets pass."""
    names = [name.alias for name in kb.names()]

    def left(keep: Filter) -> list[str]:
        return list(compress(names, kb.select_names(keep).tolist()))

    german = frozenset({"de"})
    assert left(Filter(languages=german)) == ["Kopfschmerz", "Cephalgia", "Fieber", "Pyrexie"]
    assert left(Filter(languages=german, deny=frozenset({"X:2"}))) == ["Kopfschmerz", "Cephalgia"]
    assert left(Filter(allow=frozenset({"X:3"}))) == ["Cough"]


def test_a_search_finds_by_names_of_the_language(kb: KnowledgeBase) -> None:
    """A concept is found by none of its other names."""
    german = Filter(languages=frozenset({"de"}))
    assert search(kb, "headache")[0].name.alias == "Headache"
    assert "Headache" not in [hit.name.alias for hit in search(kb, "headache", keep=german)]
    assert search(kb, "kopfschmertz", keep=german)[0].name.alias == "Kopfschmerz"


def test_a_detector_passes_over_names_of_other_languages(kb: KnowledgeBase) -> None:
    """What no language has a name for stays, for the annotations of others."""
    text = "Headache, Kopfschmerz, Cough, dizziness"
    mentions = tuple(
        Mention("1", (Span(text.index(each), text.index(each) + len(each)),), each, "Disease")
        for each in text.split(", ")
    )
    detect = allowed_only(lambda docs: [mentions for _ in docs], kb, Filter(languages=frozenset({"de"})))
    assert [each.text for each in detect([Document("1", text, ())])[0]] == ["Kopfschmerz", "dizziness"]


def test_a_build_may_keep_the_concepts_of_a_language(tmp_path: Path) -> None:
    """The filter of a build selects as that of a request does."""
    build(CONCEPTS, tmp_path / "kb", keep=Filter(languages=frozenset({"de"})))
    assert [each.id for each in KnowledgeBase.open(tmp_path / "kb").concepts()] == ["X:1", "X:2"]


@pytest.mark.parametrize("file_format", ["tsv", "jsonl"])
def test_an_export_keeps_languages(kb: KnowledgeBase, tmp_path: Path, file_format: str) -> None:
    """The file builds back to the same content."""
    out = tmp_path / f"out.{file_format}"
    export(kb, out, "tsv" if file_format == "tsv" else "jsonl")
    build(read(out), tmp_path / "again")
    assert KnowledgeBase.open(tmp_path / "again").fingerprint == kb.fingerprint


def test_languages_of_a_table(tmp_path: Path) -> None:
    """A row's language is that of its name and aliases; other rows of the concept may have others."""
    path = tmp_path / "t.tsv"
    path.write_text("id\tname\taliases\tlanguage\nX:1\tHeadache\t\ten\nX:1\tKopfschmerz\tKopfweh\tde\n")
    assert read(path) == [
        Concept("X:1", "Headache", (Alias("Kopfschmerz", language="de"), Alias("Kopfweh", language="de")),
                language="en")
    ]  # fmt: skip
    assert read(path, None, "de") == [
        Concept("X:1", "Kopfschmerz", (Alias("Kopfweh", language="de"),), language="de")
    ]


def test_languages_of_json(tmp_path: Path) -> None:
    """An alias that is an object tells its own language, one that is a string has the concept's."""
    path = tmp_path / "t.jsonl"
    other = {"text": "Kopfschmerz", "language": "GER"}
    path.write_text(
        json.dumps({"id": "X:1", "name": "Headache", "language": "en", "aliases": ["Pain", other]})
    )
    (found,) = read(path)
    assert found.language == "en"
    assert found.aliases == (Alias("Pain", language="en"), Alias("Kopfschmerz", language="de"))


def test_languages_of_umls() -> None:
    """English goes before what else is asked for, and each name has its language."""
    found = {each.id: each for each in read(FIXTURES / "META", None, "ENG", "fr")}["UMLS:C0004057"]
    assert (found.name, found.language) == ("Aspirin", "en")
    assert "Acide acétylsalicylique" in [each.text for each in found.aliases if each.language == "fr"]


def test_languages_of_snomed(tmp_path: Path) -> None:
    """A description has the language of its code; of several asked for, English is preferred."""
    shutil.copytree(FIXTURES / "snomed", tmp_path / "snomed")
    file = next((tmp_path / "snomed").rglob("sct2_Description*"))
    rows = [
        f"{number}\t20170731\t1\tm\t44054006\tes\t{kind}\t{text}\t900000000000448009\r\n"
        for number, kind, text in (
            (1, "900000000000003001", "diabetes mellitus tipo 2 (trastorno)"),
            (2, "900000000000013009", "diabetes tipo 2"),
        )
    ]
    header, *others = file.read_text().splitlines(keepends=True)
    file.write_text("".join([header, *rows, *others]), newline="")
    both, spanish = (
        {each.id: each for each in read(tmp_path / "snomed", None, *asked)}["SNOMEDCT:44054006"]
        for asked in (("es", "en"), ("es",))
    )
    assert (both.name, both.language, both.types) == ("Type 2 diabetes mellitus", "en", ("Disease",))
    assert Alias("diabetes tipo 2", language="es") in both.aliases
    assert (spanish.name, spanish.language) == ("diabetes tipo 2", "es")


def test_languages_of_owl(tmp_path: Path) -> None:
    """Every label counts: the English one is preferred unless another language is asked for."""
    pytest.importorskip("pronto")
    path = tmp_path / "hp.owl"
    path.write_text(CLASS, encoding="utf-8")
    (found,) = read(path, "owl")
    assert (found.name, found.language, found.definition) == ("Headache", "en", "Pain in the head.")
    assert set(found.aliases) == {
        Alias("Kopfschmerz", language="de"),
        Alias("Cephalgie", language="de"),
        Alias("Cephalgia"),
    }
    (german,) = read(path, "owl", "de")
    assert (german.name, german.definition) == ("Kopfschmerz", "Schmerz im Kopf.")
    assert [each.text for each in german.aliases] == ["Cephalgia", "Cephalgie"]


def test_a_build_keeps_names_of_a_source_of_any_format(tmp_path: Path) -> None:
    """Names that state another source are left out; preferred names and those that state none stay."""
    path = tmp_path / "t.tsv"
    path.write_text("id\tname\taliases\tsource\nX:1\tA\tB\twiki\nX:1\tA\tC\tmesh\nX:1\tA\tD\t\n")
    (found,) = read(path, sources="mesh")
    assert found == Concept("X:1", "A", (Alias("C", source="mesh"), Alias("D")))


def test_languages_of_obo(tmp_path: Path) -> None:
    """A trailing qualifier states the language of a name or synonym; without one none is known."""
    path = tmp_path / "t.obo"
    lines = (
        "format-version: 1.4", "ontology: x", "", "[Term]", "id: X:1", 'name: Kopfschmerz {xml:lang="de"}',
        'name: Headache {xml:lang="en-US"}', 'synonym: "Cephalgie" EXACT [] {xml:lang="de", source="X:9"}',
        'synonym: "Cephalgia" NARROW [] {source="X:9"}',
    )  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    german = (Alias("Kopfschmerz", language="de"), Alias("Cephalgie", language="de"))
    none = Alias("Cephalgia", "narrow")
    assert read(path) == [Concept("X:1", "Headache", (*german, none), language="en")]
    assert read(path, None, "de") == [Concept("X:1", "Kopfschmerz", (german[1], none), language="de")]


def test_languages_of_obo_graphs(tmp_path: Path) -> None:
    """A synonym may say `lang`; a label has no place for it."""
    path = tmp_path / "t.json"
    synonyms = [
        {"pred": "hasExactSynonym", "val": "Kopfschmerz", "lang": "de"},
        {"pred": "hasExactSynonym", "val": "Cephalgia", "lang": None},
    ]
    node = {"id": "https://x.org/1", "lbl": "Headache", "type": "CLASS", "meta": {"synonyms": synonyms}}
    path.write_text(json.dumps({"graphs": [{"nodes": [node], "edges": []}]}))
    none = Alias("Cephalgia")
    assert read(path) == [Concept("X:1", "Headache", (Alias("Kopfschmerz", language="de"), none))]
    assert read(path, None, "en") == [Concept("X:1", "Headache", (none,))]
