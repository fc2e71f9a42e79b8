from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.normalise import normalise
from belink.text.species_variants import Genera, genera_of, species_variants
from belink.text.species_variants_former import FORMER
from belink.text.species_variants_names import KNOWN, LAY
from belink.text.species_variants_viruses import VIRUSES


def variants(text: str, document: str = "") -> tuple[str, ...]:
    return species_variants(text, genera_of(document))


def test_a_genus_that_the_document_writes_out_goes_before_the_table() -> None:
    """The document's own "Entamoeba coli" is what its "E. coli" means."""
    assert variants("E. coli", "Cysts of Entamoeba coli were seen.")[0] == "Entamoeba coli"


def test_a_known_binomial_needs_no_document() -> None:
    """Authors of "E. coli" take Escherichia as known."""
    assert variants("E. coli") == ("Escherichia coli",)


@pytest.mark.parametrize("text", ["C.elegans", "C. elegans", "C elegans"])
def test_an_abbreviated_genus_is_known_however_it_is_set(text: str) -> None:
    """Dot and space are optional."""
    assert variants(text)[0] == "Caenorhabditis elegans"


def test_a_genus_of_several_letters_must_begin_the_full_one() -> None:
    """The mosquito "An. funestus" is an Anopheles, not the document's Aedes."""
    document = "Aedes funestus and Anopheles funestus and"
    assert variants("An. funestus", document)[0] == "Anopheles funestus"


def test_an_epithet_never_written_out_gets_a_genus_of_its_initial() -> None:
    """A list shortens the genus from its second species on."""
    found = variants("L. whitmani", "We caught Lutzomyia longipalpis and L. whitmani.")
    assert "Lutzomyia whitmani" in found


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Aspergillus niger van Tieghem 1867", "Aspergillus niger"),
        ("Nocardioides caricicola sp. nov.", "Nocardioides caricicola"),
        ("Solenopsis invicta Buren", "Solenopsis invicta"),
        ("Candidatus Liberibacter asiaticus", "Liberibacter asiaticus"),
        ("'Vibrio gazogenes'", "Vibrio gazogenes"),
    ],
)
def test_what_surrounds_a_binomial_is_left_out(text: str, plain: str) -> None:
    """Authors, years, ranks, quotes and Candidatus are no part of the name."""
    assert plain in variants(text)


def test_a_strain_is_kept_first_and_left_out_second() -> None:
    """The taxonomy has some strains as entries of their own."""
    assert variants("E. coli O157:H7") == ("Escherichia coli O157:H7", "Escherichia coli")


def test_a_serovar_is_written_as_the_taxonomy_has_it() -> None:
    """Articles set the serovar where a species would stand."""
    assert "Salmonella enterica subsp. enterica serovar Typhimurium" in variants("S. Typhimurium")


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("patients", "Homo sapiens"),
        ("Women", "Homo sapiens"),
        ("participants", "Homo sapiens"),
        ("mice", "Mus musculus"),
        ("murine", "Mus musculus"),
        ("Wistar rats", "Rattus norvegicus"),
        ("porcine", "Sus scrofa"),
        ("fruit flies", "Drosophila melanogaster"),
        ("baker's yeast", "Saccharomyces cerevisiae"),
        ("rice plants", "Oryza sativa"),
        ("worker honeybees", "Apis mellifera"),
    ],
)
def test_lay_words_have_a_scientific_name(text: str, standard: str) -> None:
    """Number, adjectives, and words before or behind do not matter."""
    assert standard in variants(text)


def test_a_last_word_that_names_many_organisms_is_not_looked_up_alone() -> None:
    """A bristle worm is no Caenorhabditis."""
    assert "Caenorhabditis elegans" not in variants("bristle worm")


@pytest.mark.parametrize(
    "document",
    [
        "Arctic springtails (Megaphorura arctica) survive.",
        "Megaphorura arctica (Arctic springtail) survives.",
        "The Arctic springtail Megaphorura arctica survives.",
        "The Arctic springtail, Megaphorura arctica, survives.",
        "Megaphorura arctica, the Arctic springtail, survives.",
    ],
)
def test_a_lay_name_beside_a_binomial_stands_for_it(document: str) -> None:
    """In brackets, between commas or adjoining; before or behind."""
    assert "Megaphorura arctica" in variants(
        "springtails" if "springtails" in document else "Arctic springtail", document
    )


def test_a_host_before_a_binomial_keeps_its_own_name() -> None:
    """In "human Plasmodium falciparum" two organisms stand side by side."""
    assert variants("human", "human Plasmodium falciparum infection") == ("Homo sapiens",)


def test_a_strain_code_stands_for_the_binomial_before_it() -> None:
    """Later sentences name the strain alone."""
    document = "Thiomonas islandica sp. nov. differs from Thiomonas intermedia DSM 18155(T)."
    assert variants("DSM 18155(T)", document)[0] == "Thiomonas intermedia"


def test_an_unknown_strain_code_is_taken_for_the_species_described_as_new() -> None:
    """An article that describes a species is about its strains."""
    document = "Bacillus cereus and Bacillus cereus and Thiomonas islandica sp. nov. were compared."
    assert variants("6C(T)", document) == ("Thiomonas islandica",)


@pytest.mark.parametrize(
    ("text", "standard"),
    [
        ("HIV-1", "Human immunodeficiency virus 1"),
        ("HIV-1 strain NL4-3", "Human immunodeficiency virus 1"),
        ("SIVmac239", "Simian immunodeficiency virus"),
        ("HBV", "Hepatitis B virus"),
        ("SARS-CoV-2", "Severe acute respiratory syndrome coronavirus 2"),
        ("H5N1 viruses", "Influenza A virus"),
        ("DENV-2", "dengue virus type 2"),
        ("vaccinia viruses", "vaccinia virus"),
    ],
)
def test_viruses_are_written_as_the_taxonomy_has_them(text: str, standard: str) -> None:
    """Short forms, subtypes, isolates and plurals."""
    assert standard in variants(text)


def test_a_former_name_leads_to_the_present_one() -> None:
    """Also where the genus is shortened."""
    assert variants("M. oryzae", "Magnaporthe oryzae kills rice.")[:2] == (
        "Pyricularia oryzae",
        "Magnaporthe oryzae",
    )


def test_the_epithet_comes_last() -> None:
    """A species keeps it where it has moved to a genus that no table knows."""
    assert variants("Leifsonia ginsengi wged11(T)", "")[-1] == "ginsengi"


def test_an_ordinary_capitalised_sentence_gives_no_binomial() -> None:
    """Though "These data" and "Our analysis" look like binomials."""
    assert genera_of("These data and Our analysis of Some bacteria.").main == ""


def test_an_empty_document_tells_nothing() -> None:
    """And a mention without a rule has no variants."""
    assert genera_of("") == Genera({}, {}, {}, {}, {}, "")
    assert variants("Parus major") == ()


@given(st.text(max_size=60), st.text(max_size=200))
def test_variants_are_few_distinct_and_never_the_text(text: str, document: str) -> None:
    """Whatever the characters."""
    found = variants(text, document)
    assert len(found) == len(set(found)) <= 4
    assert text not in found and "" not in found


def test_tables_are_keyed_as_they_are_looked_up() -> None:
    """A key that normalising changes would never be found."""
    keys = [*LAY, *VIRUSES, *FORMER]
    assert [key for key in keys if normalise(key) != key] == []
    assert KNOWN["E", "coli"] == "Escherichia coli"


def test_the_scan_is_linear_in_the_document() -> None:
    """Ten times the text costs about ten times the time."""
    sentence = "Great tits (Parus major) and Bacillus cereus, the bacterium, met E. coli K-12 in (the lab. "

    def seconds(times: int) -> float:
        begun = time.process_time()
        genera_of(sentence * times)
        return time.process_time() - begun

    assert min(seconds(2000) for _ in range(3)) < 40 * max(seconds(200), 1e-3)
