"""Each format's fixture, record for record, against what the published format description says."""

from __future__ import annotations

import gzip
import io
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.records import Located, Retirement, Supplement
from belink.kb.sources import SOURCE_FORMATS, SourceFormat, SourceOptions, read_source, sniff
from belink.types import Alias, Concept

FIXTURES = Path(__file__).parent / "fixtures"
FORMAT_OF: dict[str, SourceFormat] = {
    "META": "umls",
    "c2026.bin": "mesh-ascii",
    "cellosaurus.txt": "cellosaurus",
    "ctd_chemicals.csv": "ctd",
    "ctd_diseases.tsv": "ctd",
    "d2026.bin": "mesh-ascii",
    "desc2026.xml": "mesh-xml",
    "dictionary.txt": "dictionary",
    "gene_history.tsv": "gene-history",
    "gene_info.tsv": "gene-info",
    "hgnc.tsv": "hgnc",
    "icd10cm.xml": "icd10cm",
    "mini.obo": "obo",
    "mini.owl": "owl",
    "mini.ssslm.tsv": "ssslm",
    "mini.sssom.tsv": "sssom",
    "mini_obograph.json": "obograph",
    "snomed": "snomed",
    "supp2026.xml": "mesh-xml",
    "table.jsonl": "jsonl",
    "table.tsv": "table",
    "taxdump": "taxdump",
}


def read(name: str, **options: object) -> list[Concept | Retirement | Supplement]:
    _, records = read_source(FIXTURES / name, options=SourceOptions(**options))  # type: ignore[arg-type]
    return [record.record if isinstance(record, Located) else record for record in records]


def concepts(name: str, **options: object) -> dict[str, Concept]:
    return {record.id: record for record in read(name, **options) if isinstance(record, Concept)}


def retired(name: str, **options: object) -> dict[str, tuple[str, ...]]:
    return {
        record.id: record.replaced_by for record in read(name, **options) if isinstance(record, Retirement)
    }


def names(concept: Concept, scope: str) -> tuple[str, ...]:
    return tuple(alias.text for alias in concept.aliases if alias.scope == scope)


@pytest.mark.parametrize(("name", "expected"), FORMAT_OF.items())
def test_the_format_is_told_from_the_content(name: str, expected: SourceFormat) -> None:
    """Every format is found without its being named."""
    assert sniff(FIXTURES / name) == expected


def test_every_format_has_a_fixture() -> None:
    """The fixtures cover all formats."""
    assert set(FORMAT_OF.values()) == set(SOURCE_FORMATS)


@pytest.mark.parametrize("name", [name for name in FORMAT_OF if (FIXTURES / name).is_file()])
def test_gzip_makes_no_difference(name: str, tmp_path: Path) -> None:
    """A packed file gives the records of the plain one."""
    if name == "mini.owl":
        pytest.importorskip("pronto")
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((FIXTURES / name).read_bytes()))
    assert list(read_source(packed)[1]) == list(read_source(FIXTURES / name)[1])


def test_the_source_is_described() -> None:
    """Name, release, licence, checksum and format of a source are what its file says."""
    info, _ = read_source(FIXTURES / "mini.obo")
    assert (info.name, info.release, info.licence, info.format) == (
        "hp",
        "hp/releases/2026-02-16",
        "https://hpo.jax.org/app/license",
        "obo",
    )
    assert len(info.sha256) == 64


def test_the_user_describes_the_source() -> None:
    """Name, release and licence the user gives go before the file's own."""
    options = SourceOptions(source_name="mine", release="7", licence="none")
    info, _ = read_source(FIXTURES / "mini.obo", options=options)
    assert (info.name, info.release, info.licence) == ("mine", "7", "none")


def test_ctd_diseases() -> None:
    """OMIM ids beside a disease are alternative ids, DO ids cross-references."""
    found = concepts("ctd_diseases.tsv")["MESH:D003924"]
    assert found.name == "Diabetes Mellitus, Type 2"
    assert names(found, "exact") == ("Diabetes Mellitus, Non Insulin Dependent", "MODY", "NIDDM")
    assert (found.types, found.parents, found.xrefs) == (("Disease",), ("MESH:D003920",), ("DOID:9352",))
    assert retired("ctd_diseases.tsv") == {
        "OMIM:219000": ("MESH:D058497",),
        "OMIM:125853": ("MESH:D003924",),
    }


def test_ctd_chemicals_in_csv() -> None:
    """Quoted fields are unquoted, and the CAS number is a cross-reference."""
    found = concepts("ctd_chemicals.csv")
    assert found["MESH:D001241"].xrefs == ("CAS:50-78-2",)
    assert names(found["MESH:D001241"], "exact")[-2:] == ("Acid, Acetylsalicylic", "ASA")
    assert found["MESH:C534883"].definition == ""


def test_ctd_chemicals_of_older_files(tmp_path: Path) -> None:
    """Files with one column of synonyms and no identifiers of other databases read alike."""
    path = tmp_path / "CTD_chemicals.tsv"
    header = (
        "# ChemicalName\tChemicalID\tCasRN\tDefinition\tParentIDs\tTreeNumbers\tParentTreeNumbers\tSynonyms"
    )
    row = "Aspirin\tMESH:D001241\t50-78-2\t\tMESH:D012459\tD02.455\tD02\tAcetylsalicylic Acid|ASA"
    path.write_text(f"# Fields:\n{header}\n#\n{row}\n")
    (record,) = [each.record for each in read_source(path)[1] if isinstance(each, Located)]
    assert isinstance(record, Concept)
    assert (record.xrefs, names(record, "exact")) == (("CAS:50-78-2",), ("Acetylsalicylic Acid", "ASA"))


def test_ctd_without_its_comment_lines(tmp_path: Path) -> None:
    """A file whose header is its first plain line reads the same."""
    text = (FIXTURES / "ctd_diseases.tsv").read_text().splitlines()
    header = next(line for line in text if line.startswith("# DiseaseName"))
    path = tmp_path / "plain.tsv"
    path.write_text("\n".join([header.removeprefix("# "), *(line for line in text if line[0] != "#")]))
    found = [record.record for record in read_source(path)[1] if isinstance(record, Located)]
    assert found == read("ctd_diseases.tsv")


@pytest.mark.parametrize("name", ["desc2026.xml", "d2026.bin"])
def test_mesh_descriptors(name: str) -> None:
    """XML and ASCII give parents by the tree, types by the branch, scopes by the concept's relation."""
    found = concepts(name)
    assert found["MESH:D003924"].parents == ("MESH:D003920",)
    assert found["MESH:D003924"].types == ("Disease",)
    assert names(found["MESH:D003924"], "narrow") == ("Maturity-Onset Diabetes",)
    assert found["MESH:D001241"].types == ("Chemical",)
    assert found["MESH:D001241"].xrefs == ("CAS:50-78-2", "UNII:R16CO5Y76E")
    assert found["MESH:D003920"].definition.endswith("GLUCOSE INTOLERANCE.")


def test_mesh_supplementary_records() -> None:
    """The headings a record is mapped to are its parents, its class tells the type."""
    found = concepts("supp2026.xml")
    assert (found["MESH:C000002"].types, found["MESH:C000002"].parents) == (("Chemical",), ("MESH:D001561",))
    assert found["MESH:C538288"].types == ("Disease",)
    assert found["MESH:C000724599"].types == ()


def test_mesh_supplementary_records_in_ascii() -> None:
    """The semantic types tell the type; the headings have no numbers and are left out."""
    found = concepts("c2026.bin")["MESH:C000002"]
    assert (found.name, found.types, found.parents) == ("bevonium", ("Chemical",), ())


def test_obo() -> None:
    """Scopes, definition, parents and cross-references of a term; abbreviations by their synonym type."""
    found = concepts("mini.obo")["HP:0000003"]
    assert found.aliases == (
        Alias("Multicystic dysplastic kidney", "exact"),
        Alias("MCDK", "abbreviation"),
        Alias("Cystic kidney", "broad"),
    )
    assert found.definition.startswith("Multicystic dysplasia of the kidney is")
    assert (found.parents, found.xrefs) == (("HP:0000107",), ("SNOMEDCT:82525005", "UMLS:C3714581"))


def test_obo_retirements() -> None:
    """`alt_id` and `replaced_by` name replacements; `consider` does not."""
    assert retired("mini.obo") == {
        "HP:0004715": ("HP:0000003",),
        "HP:0000057": ("HP:0008665",),
        "HP:0000489": (),
    }


def test_obograph() -> None:
    """Addresses become CURIEs, properties are no concepts, and only is_a makes parents."""
    found = concepts("mini_obograph.json")
    assert sorted(found) == ["DOID:9351", "DOID:9352"]
    assert found["DOID:9352"].parents == ("DOID:9351",)
    assert found["DOID:9352"].aliases == (
        Alias("NIDDM"),
        Alias("insulin resistance", "related"),
        Alias("T2DM", "abbreviation"),
    )
    assert retired("mini_obograph.json") == {
        "DOID:9350": ("DOID:9352",),
        "DOID:0050523": ("DOID:0050522",),
    }


def test_owl() -> None:
    """OWL gives what the OBO of the same terms would."""
    pytest.importorskip("pronto")
    found = concepts("mini.owl")["DOID:9352"]
    assert (found.name, found.parents, names(found, "exact")) == (
        "type 2 diabetes mellitus",
        ("DOID:9351",),
        ("NIDDM",),
    )
    assert retired("mini.owl") == {"DOID:9350": ("DOID:9352",)}


@pytest.mark.skipif("pronto" in sys.modules, reason="pronto is installed and loaded")
def test_owl_without_pronto_names_the_extra() -> None:
    """Where pronto is missing the error tells what to install."""
    try:
        import pronto  # noqa: F401
    except ImportError:
        with pytest.raises(KnowledgeBaseError, match=r"pip install 'belink\[owl\]'"):
            read("mini.owl")
    else:
        pytest.skip("pronto is installed")


def test_gene_info() -> None:
    """Description, synonyms and designations are aliases of the symbol; biological regions are no genes."""
    found = concepts("gene_info.tsv")
    assert sorted(found) == ["NCBIGene:12189", "NCBIGene:672"]
    gene = found["NCBIGene:672"]
    assert (gene.name, gene.taxon, gene.types) == ("BRCA1", "NCBITaxon:9606", ("Gene",))
    assert names(gene, "exact")[:3] == ("BRCA1 DNA repair associated", "BRCAI", "BRCC1")
    assert {"HGNC:1100", "OMIM:113705"} <= set(gene.xrefs)
    assert found["NCBIGene:12189"].xrefs == ("ENSEMBL:ENSMUSG00000017146", "MGI:104537")


@pytest.mark.parametrize("taxon", ["10090", "NCBITaxon:10090"])
def test_genes_of_one_organism(taxon: str) -> None:
    """The filter by organism takes a number or a CURIE, for genes and their history."""
    assert sorted(concepts("gene_info.tsv", taxa=frozenset({taxon}))) == ["NCBIGene:12189"]
    assert retired("gene_history.tsv", taxa=frozenset({taxon})) == {"NCBIGene:100039204": ("NCBIGene:12189",)}


def test_gene_history() -> None:
    """A discontinued gene has its successor, or none."""
    assert retired("gene_history.tsv")["NCBIGene:394269"] == ("NCBIGene:672",)
    assert retired("gene_history.tsv")["NCBIGene:100128328"] == ()


def test_taxdump() -> None:
    """Name classes tell scopes; type material names no taxon; the root has no parent."""
    found = concepts("taxdump")
    assert (found["NCBITaxon:9606"].name, found["NCBITaxon:9606"].parents) == (
        "Homo sapiens",
        ("NCBITaxon:9605",),
    )
    assert found["NCBITaxon:11676"].aliases == (Alias("HIV-1", "abbreviation"),)
    assert found["NCBITaxon:1"].parents == ()
    assert retired("taxdump") == {"NCBITaxon:12": ("NCBITaxon:74109",), "NCBITaxon:3438213": ()}


def test_taxdump_as_an_archive(tmp_path: Path) -> None:
    """taxdump.tar.gz gives the records of its folder."""
    path = tmp_path / "taxdump.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted((FIXTURES / "taxdump").iterdir()):
            archive.add(file, file.name)
    assert sniff(path) == "taxdump"
    assert [r.record for r in read_source(path)[1] if isinstance(r, Located)] == read("taxdump")


def test_hgnc() -> None:
    """Quoted lists are taken apart; previous symbols and names are aliases; columns are found by name."""
    found = concepts("hgnc.tsv")["HGNC:100"]
    assert names(found, "exact") == (
        "acid sensing ion channel subunit 1",
        "BNaC2",
        "hBNaC2",
        "ACCN2",
        "amiloride-sensitive cation channel 2, neuronal",
    )
    assert found.xrefs == (
        "ENSEMBL:ENSG00000110881", "MGI:1194915", "NCBIGene:41", "OMIM:602866", "RGD:71062", "UniProt:P78348",
    )  # fmt: skip


def test_withdrawn_symbols_of_old_hgnc_files_are_retired(tmp_path: Path) -> None:
    """A row whose status is not "Approved" is no concept."""
    header, first, *_ = (FIXTURES / "hgnc.tsv").read_text().splitlines()
    row = first.replace("HGNC:1100", "HGNC:99999").replace("Approved", "Entry Withdrawn")
    path = tmp_path / "hgnc.tsv"
    path.write_text(f"{header}\n{row}\n")
    (record,) = [each.record for each in read_source(path)[1] if isinstance(each, Located)]
    assert record == Retirement("HGNC:99999", (), "BRCA1")


def test_cellosaurus() -> None:
    """Synonyms, parent line, organism, and secondary accessions as retired ids."""
    found = concepts("cellosaurus.txt")
    assert names(found["Cellosaurus:CVCL_0030"], "exact")[-1] == "Henrietta Lacks cells"
    assert found["Cellosaurus:CVCL_0030"].xrefs == ("CLO:0003684", "EFO:0001185", "Wikidata:Q847482")
    assert found["Cellosaurus:CVCL_0058"].parents == ("Cellosaurus:CVCL_0030",)
    assert retired("cellosaurus.txt")["Cellosaurus:CVCL_5778"] == ("Cellosaurus:CVCL_0030",)
    assert read_source(FIXTURES / "cellosaurus.txt")[0].release == "55.0"


def test_umls() -> None:
    """The preferred name is the preferred term of the concept; French and obsolete names are left out."""
    found = concepts("META")["UMLS:C0004057"]
    assert found.name == "Aspirin"
    assert found.aliases == (
        Alias("Acetylsalicylic Acid", "exact", "MSH", "en"),
        Alias("ASA", "abbreviation", "NCI", "en"),
    )
    assert (found.types, found.xrefs) == (("Chemical",), ("MESH:D001241", "NCIT:C287"))
    assert found.definition.startswith("The prototypical analgesic")


def test_umls_parents_and_retired() -> None:
    """Only PAR makes parents; only a synonymous CUI replaces a retired one."""
    assert concepts("META")["UMLS:C0011860"].parents == ("UMLS:C0011849",)
    assert retired("META") == {"UMLS:C0000258": ("UMLS:C0020538",), "UMLS:C0000401": ()}


def test_umls_filters() -> None:
    """Names are kept by source, language and suppress flag, concepts by semantic type."""
    snomed = concepts("META", vocabularies=frozenset({"SNOMEDCT_US"}))
    assert {one.name for one in snomed.values()} == {"Type 2 diabetes mellitus"}
    assert concepts("META", languages=frozenset({"FRE"}))["UMLS:C0004057"].name == "Acide acétylsalicylique"
    assert sorted(concepts("META", semantic_types=frozenset({"T047"}))) == ["UMLS:C0011860"]
    assert sorted(concepts("META", semantic_types=frozenset({"Organic Chemical"}))) == ["UMLS:C0004057"]
    kept = concepts("META", keep_suppressed=True)["UMLS:C0004057"]
    assert "aspirin obsolete form" in names(kept, "exact")


def test_umls_that_is_not_sorted_is_refused(tmp_path: Path) -> None:
    """Side-by-side reading needs sorted files; the error gives the command that sorts."""
    rows = (FIXTURES / "META" / "MRCONSO.RRF").read_text().splitlines()
    (tmp_path / "MRCONSO.RRF").write_text("\n".join(reversed(rows)) + "\n")
    with pytest.raises(KnowledgeBaseError, match=r"MRCONSO.RRF:4: C0004057 stands behind C0011860.*sort -t"):
        list(read_source(tmp_path)[1])


def test_snomed() -> None:
    """The language reference set tells the preferred name, the semantic tag the type; inactive names go."""
    found = concepts("snomed")["SNOMEDCT:44054006"]
    assert found.name == "Type 2 diabetes mellitus"
    assert names(found, "exact") == ("Diabetes mellitus type II", "Diabetes mellitus type 2")
    assert (found.types, found.parents) == (("Disease",), ("SNOMEDCT:73211009",))
    assert retired("snomed") == {"SNOMEDCT:197605007": ("SNOMEDCT:73211009",)}


def test_snomed_description_without_concept_is_refused(tmp_path: Path) -> None:
    """An alias without a concept is refused with file and line."""
    shutil.copytree(FIXTURES / "snomed", tmp_path / "snomed")
    file = next((tmp_path / "snomed").rglob("sct2_Description*"))
    row = "1\t20170731\t1\tm\t999\ten\t900000000000013009\tlost\t900000000000448009\r\n"
    file.write_text(file.read_text() + row)
    with pytest.raises(KnowledgeBaseError, match=rf"{file.name}:9: a description of concept 999"):
        list(read_source(tmp_path / "snomed")[1])


def test_icd10cm() -> None:
    """Inclusion terms are aliases, a block is its categories' parent, external causes are no diseases."""
    found = concepts("icd10cm.xml")
    assert names(found["ICD10CM:A00.0"], "exact") == ("Classical cholera",)
    assert (found["ICD10CM:A00.0"].parents, found["ICD10CM:A00"].parents) == (
        ("ICD10CM:A00",),
        ("ICD10CM:A00-A09",),
    )
    assert found["ICD10CM:A00-A09"].name == "Intestinal infectious diseases"
    assert (found["ICD10CM:A00"].types, found["ICD10CM:V00"].types) == (("Disease",), ())


def test_ssslm() -> None:
    """Predicates tell scopes, the type column abbreviations; German is left out unless asked for."""
    english = concepts("mini.ssslm.tsv")["DOID:9352"]
    assert english.aliases == (Alias("T2DM", "abbreviation", "biosynonyms", "en"),)
    german = concepts("mini.ssslm.tsv", languages=frozenset({"de"}))["DOID:9352"]
    assert german.aliases == (Alias("Altersdiabetes", "related", language="de"),)


def test_sssom_adds_xrefs_only() -> None:
    """Exact matches add xrefs to their subject; broad and negated matches are left out."""
    assert read("mini.sssom.tsv") == [Supplement("DOID:9352", xrefs=("MESH:D003924",))]


@pytest.mark.parametrize("name", ["desc2026.xml", "icd10cm.xml", "mini.obo"])
def test_a_file_cut_in_the_middle_is_refused(name: str, tmp_path: Path) -> None:
    """Half a file is an error with its place, never half a vocabulary."""
    whole = (FIXTURES / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(gzip.compress(whole)[: -len(whole) // 8])
    format_ = FORMAT_OF[name]
    with pytest.raises(KnowledgeBaseError, match=name):
        list(read_source(path, format=format_)[1])


def test_an_archive_without_names_is_refused(tmp_path: Path) -> None:
    """An archive that is no taxdump is refused by name."""
    path = tmp_path / "other.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("readme.txt")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"hi"))
    with pytest.raises(KnowledgeBaseError, match=r"no nodes\.dmp in this archive"):
        list(read_source(path, format="taxdump")[1])
