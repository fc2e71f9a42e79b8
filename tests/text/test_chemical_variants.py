from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.text.chemical_names import classes_of, short_name
from belink.text.chemical_variants import MOST, chemical_variants
from belink.text.formulae import formula_names, plain
from belink.text.normalise import normalise


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("morphine hydrochloride", "morphine"),
        ("diclofenac sodium", "diclofenac"),
        ("(R)-verapamil", "verapamil"),
        ("(+/-)-propranolol", "propranolol"),
        ("D-penicillamine", "penicillamine"),
        ("5β-bile acids", "bile acids"),
        ("l-GSH", "GSH"),
        ("[3H]dopamine", "dopamine"),
        ("ethanol-d6", "ethanol"),
        ("glutamate", "glutamic acid"),
        ("glutamic acid", "glutamate"),
        ("sodium ascorbate", "ascorbic acid"),
        ("caffeate", "caffeic acid"),
        ("PGD2", "prostaglandin D2"),
        ("vitamins A and E", "vitamin E"),
        ("nickel compounds", "nickel"),
        ("MES buffer", "2-(N-morpholino)ethanesulfonic acid"),
        ("heparin-treated", "heparin"),
        ("THF", "tetrahydrofuran"),
        ("PUFAs", "fatty acids, unsaturated"),
        ("Tyr", "tyrosine"),
        ("pThr", "phosphothreonine"),
        ("dibromo arenes", "aromatic hydrocarbons"),
        ("Ac-Gln-Ala-Trp", "oligopeptides"),
        ("Voltarol", "Diclofenac"),
        ("LY-171555", "quinpirole"),
        ("SR 95531 hydrobromide", "gabazine"),
        ("BZDs", "Benzodiazepines"),
        ("taraxer-14-ene", "triterpenes"),
        ("lopinavir/ritonavir", "lopinavir ritonavir drug combination"),
        ("Artesunate-amodiaquine", "Artesunate amodiaquine drug combination"),
        ("azobenzene", "azo compounds"),
    ],
)
def test_variant_is_given(text: str, variant: str) -> None:
    """Each way to write a chemical is among its variants."""
    assert variant.lower() in {each.lower() for each in chemical_variants(text)}


def test_a_locant_stays_where_other_places_are_told() -> None:
    """The compound is another without it; a class ("5β-bile acids") is not."""
    assert "pregnane-3,20-dione" not in chemical_variants("5β-pregnane-3,20-dione")


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("Ca2+", "calcium"),
        ("Ca(2+)", "calcium"),
        ("Ca²⁺", "calcium"),
        ("[Ca2+]i", "calcium"),
        ("Na(+)", "sodium"),
        ("Fe3+", "ferric iron"),
        ("Fe(II)", "ferrous iron"),
        ("Cl−", "chloride"),
        ("He", "helium"),
        ("35S", "sulfur 35"),
        ("NaCl", "sodium chloride"),
        ("KH2PO4", "potassium phosphate"),
        ("(NH4)2SO4", "ammonium sulfate"),
        ("CuSO4·5H2O", "copper sulfate"),
        ("FeCl3", "ferric chloride"),
        ("H2SO4", "sulfuric acid"),
        ("N\u04302CO3", "sodium carbonate"),
        ("K-gluconate", "potassium gluconate"),
    ],
)
def test_formula_has_a_name(formula: str, name: str) -> None:
    """Elements, ions, isotopes and simple salts are named, in whatever code points they are written."""
    assert formula_names(plain(formula))[0] == name


@pytest.mark.parametrize("text", ["aspirin", "p53", "Control", "", " ", "-"])
def test_what_is_no_formula_has_no_name(text: str) -> None:
    """Words and codes are not read as formulae."""
    assert formula_names(plain(text)) == ()


def test_case_tells_a_gas_from_a_metal() -> None:
    """CO is carbon monoxide, Co is cobalt."""
    assert chemical_variants("CO")[0].lower() == "carbon monoxide"
    assert chemical_variants("Co")[0].lower() == "cobalt"


def test_short_name_is_trusted_more_than_what_is_left_without_a_salt() -> None:
    """What a table knows goes before what rules cut off, and the class of a name goes last."""
    assert chemical_variants("Tris HCl")[0].lower() == "tromethamine"
    assert chemical_variants("ethyl pyrrole hydrochloride") == ("ethyl pyrrole", "pyrroles")


def test_tables_have_no_others() -> None:
    """An unknown name is in no table."""
    assert short_name("no such chemical") is None
    assert classes_of("xyz") == ()


def test_hyphens_and_spaces_of_short_names_do_not_count() -> None:
    """Code names are known however they are parted."""
    assert short_name("MK 801") == short_name("MK-801") == short_name("MK801") == "dizocilpine maleate"


@given(st.text(max_size=40))
def test_variants_are_few_and_differ_from_the_text(text: str) -> None:
    """At most `MOST`, none of which is the text, each with a letter or digit to search for."""
    variants = chemical_variants(text)
    assert len(variants) <= MOST
    assert normalise(text) not in {normalise(variant) for variant in variants}
    assert len({normalise(variant) for variant in variants}) == len(variants)


@pytest.mark.parametrize("unit", ["(R)-", "[3H]", "D-", "Na", "and ", "1,", "Gly-", "-", "yl", "A"])
def test_pathological_names_take_linear_time(unit: str) -> None:
    """Four times the text takes at most ten times as long."""

    def seconds(chars: int) -> float:
        text = unit * (chars // len(unit))
        start = time.process_time()
        chemical_variants(text)
        return time.process_time() - start

    assert min(seconds(4_000) for _ in range(3)) < 10 * seconds(1_000) + 0.1


def test_a_drug_whose_name_holds_azo_is_no_azo_compound() -> None:
    """The class is told where "azo" stands for the group, not where it is part of a stem."""
    assert "azo compounds" not in chemical_variants("Midazolan")
