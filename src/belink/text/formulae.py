"""Read chemical formulae and element symbols: "H2O2", "Ca(2+)", "K3PO4" and "CuSO4·5H2O" have names."""

from __future__ import annotations

import re
import unicodedata

ELEMENTS = {
    "H": "hydrogen", "He": "helium", "Li": "lithium", "Be": "beryllium", "B": "boron", "C": "carbon",
    "N": "nitrogen", "O": "oxygen", "F": "fluorine", "Ne": "neon", "Na": "sodium", "Mg": "magnesium",
    "Al": "aluminum", "Si": "silicon", "P": "phosphorus", "S": "sulfur", "Cl": "chlorine", "Ar": "argon",
    "K": "potassium", "Ca": "calcium", "Sc": "scandium", "Ti": "titanium", "V": "vanadium", "Cr": "chromium",
    "Mn": "manganese", "Fe": "iron", "Co": "cobalt", "Ni": "nickel", "Cu": "copper", "Zn": "zinc",
    "Ga": "gallium", "Ge": "germanium", "As": "arsenic", "Se": "selenium", "Br": "bromine", "Kr": "krypton",
    "Rb": "rubidium", "Sr": "strontium", "Y": "yttrium", "Zr": "zirconium", "Nb": "niobium",
    "Mo": "molybdenum", "Tc": "technetium", "Ru": "ruthenium", "Rh": "rhodium", "Pd": "palladium",
    "Ag": "silver", "Cd": "cadmium", "In": "indium", "Sn": "tin", "Sb": "antimony", "Te": "tellurium",
    "I": "iodine", "Xe": "xenon", "Cs": "cesium", "Ba": "barium", "La": "lanthanum", "Ce": "cerium",
    "Pr": "praseodymium", "Nd": "neodymium", "Sm": "samarium", "Eu": "europium", "Gd": "gadolinium",
    "Tb": "terbium", "Dy": "dysprosium", "Ho": "holmium", "Er": "erbium", "Tm": "thulium", "Yb": "ytterbium",
    "Lu": "lutetium", "Hf": "hafnium", "Ta": "tantalum", "W": "tungsten", "Re": "rhenium", "Os": "osmium",
    "Ir": "iridium", "Pt": "platinum", "Au": "gold", "Hg": "mercury", "Tl": "thallium", "Pb": "lead",
    "Bi": "bismuth", "Po": "polonium", "Rn": "radon", "Ra": "radium", "Ac": "actinium", "Th": "thorium",
    "U": "uranium", "Np": "neptunium", "Pu": "plutonium", "Am": "americium",
}  # fmt: skip
"""Names of the elements by symbol, in American spelling."""

_ANIONS = {
    "F": "fluoride", "Cl": "chloride", "Br": "bromide", "I": "iodide", "O": "oxide", "O2": "peroxide",
    "S": "sulfide", "Se": "selenide", "H": "hydride", "OH": "hydroxide", "CN": "cyanide",
    "SCN": "thiocyanate", "NCS": "thiocyanate", "OCN": "cyanate", "N3": "azide", "NO2": "nitrite",
    "NO3": "nitrate",
    "CO3": "carbonate", "HCO3": "bicarbonate", "SO3": "sulfite", "HSO3": "bisulfite", "SO4": "sulfate",
    "HSO4": "bisulfate", "S2O3": "thiosulfate", "S2O4": "dithionite", "S2O5": "metabisulfite",
    "S2O8": "persulfate", "HS": "hydrosulfide", "PO4": "phosphate", "HPO4": "phosphate", "H2PO4": "phosphate",
    "P2O7": "pyrophosphate", "ClO": "hypochlorite", "OCl": "hypochlorite", "ClO2": "chlorite",
    "ClO3": "chlorate", "ClO4": "perchlorate", "BrO3": "bromate", "IO3": "iodate", "IO4": "periodate",
    "MnO4": "permanganate", "CrO4": "chromate", "Cr2O7": "dichromate", "AsO2": "arsenite",
    "AsO3": "arsenite", "AsO4": "arsenate", "SeO3": "selenite", "SeO4": "selenate", "VO3": "metavanadate",
    "VO4": "vanadate", "MoO4": "molybdate", "WO4": "tungstate", "SiO3": "silicate", "SiO4": "silicate",
    "BH4": "borohydride", "BF4": "tetrafluoroborate", "PF6": "hexafluorophosphate", "BO3": "borate",
    "B4O7": "borate", "AlH4": "aluminum hydride", "CH3COO": "acetate", "OAc": "acetate", "Ac": "acetate",
    "CH3CO2": "acetate", "C2H3O2": "acetate", "HCOO": "formate", "C2O4": "oxalate",
}  # fmt: skip

_CATIONS = {"NH4": "ammonium", "H": "hydrogen"}

_ACIDS = {
    "fluoride": "hydrofluoric acid", "chloride": "hydrochloric acid", "bromide": "hydrobromic acid",
    "iodide": "hydroiodic acid", "cyanide": "hydrogen cyanide", "nitrite": "nitrous acid",
    "nitrate": "nitric acid", "sulfate": "sulfuric acid", "sulfite": "sulfurous acid",
    "phosphate": "phosphoric acid", "carbonate": "carbonic acid", "hypochlorite": "hypochlorous acid",
    "chlorate": "chloric acid", "perchlorate": "perchloric acid", "acetate": "acetic acid",
    "formate": "formic acid", "borate": "boric acid", "chromate": "chromic acid",
    "thiocyanate": "thiocyanic acid", "azide": "hydrazoic acid", "oxalate": "oxalic acid",
    "periodate": "periodic acid", "arsenate": "arsenic acid", "sulfide": "hydrogen sulfide",
    "peroxide": "hydrogen peroxide", "tetrafluoroborate": "fluoroboric acid",
}  # fmt: skip

_LOOK_ALIKES = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0430\u0435\u043e\u0440\u0441\u0443\u0445",
    "ABEKMHOPCTXaeopcyx",
)
"""Cyrillic letters that look Latin, which stand in formulae of some articles."""

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2013\u2014\u207b", "-"),
        **dict.fromkeys("\u30fb\u2219\u2022\u22c5", "·"),
        **dict.fromkeys("®™©", " "),
        **dict.fromkeys("\u2032\u2019", "'"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", None),
        "\u207a": "+",
    }
)
_ELEMENT = "|".join(sorted(ELEMENTS, key=lambda symbol: (-len(symbol), symbol)))
_ANION = "|".join(sorted(_ANIONS, key=lambda group: (-len(group), group)))
_CATION = "|".join(sorted([*_CATIONS, *ELEMENTS], key=lambda group: (-len(group), group)))
_ROMAN = r"\((?:0|I{1,3}|I?V|VI{0,3}|i{1,3}|i?v|vi{0,3})\)"
_CHARGE = rf"(?:\(?\s?(?:\d?\s?[+-]|[+-]\s?\d?|\+\+|\+\+\+|--)\s?\)?|\s?{_ROMAN})"
_ION = re.compile(rf"\[?({_ELEMENT})\d?\s?{_CHARGE}\s?\]?[ioe]?")
_ANION_ION = re.compile(rf"\[?({_ANION})\s?{_CHARGE}\]?[ioe]?")
_MASS = re.compile(rf"\[?\(?(\d{{1,3}}m?)\)?\]?-?({_ELEMENT})|({_ELEMENT})-?(\d{{2,3}}m?)")
_MOLECULE = re.compile(rf"({_ELEMENT})[2-9]?")
_SALT = re.compile(rf"\(?({_CATION})\)?([2-9]?)\s?(?:\(({_ANION})\)|({_ANION}))([2-9]?)")
_HYDRATE = re.compile(r"(?:\s?[·.x×]\s?|\s)(?:\d{0,2}|[nx])\s?H2O$")
_DASHED = re.compile(rf"({_ELEMENT})[- ](?=[a-z]{{4}})")


def plain(text: str) -> str:
    """Fold sub- and superscripts, look-alike Cyrillic letters, dashes, dots and trade marks of a formula."""
    if text.isascii():
        return text.strip()
    folded = text.translate(_SIGNS)
    folded = "".join(
        unicodedata.normalize("NFKC", char) if unicodedata.decomposition(char)[:2] == "<s" else char
        for char in folded
    ).translate(_SIGNS)
    if re.search("[A-Za-z0-9]", folded):
        folded = folded.translate(_LOOK_ALIKES)
    return " ".join(folded.split())


def formula_names(formula: str) -> tuple[str, ...]:
    """Give names of an element, ion, isotope or simple salt by its formula, the likeliest first.

    Args:
        formula: what `plain` gave; case counts ("CO" is not "Co").
    """
    bare = _HYDRATE.sub("", formula)
    if (ion := _ION.fullmatch(bare)) is not None:
        return _ion_names(ion[1], bare)
    if (ion := _ANION_ION.fullmatch(bare)) is not None:
        return (_ANIONS[ion[1]],)
    if (mass := _MASS.fullmatch(bare)) is not None:
        symbol = mass[2] or mass[3]
        return (f"{ELEMENTS[symbol]} {mass[1] or mass[4]}", ELEMENTS[symbol])
    if (molecule := _MOLECULE.fullmatch(bare)) is not None:
        return (ELEMENTS[molecule[1]],)
    if (salt := _SALT.fullmatch(bare)) is not None:
        return _salt_names(salt[1], salt[2], salt[3] or salt[4], salt[5])
    if (dashed := _DASHED.match(bare)) is not None:
        return (f"{ELEMENTS[dashed[1]]} {bare[dashed.end() :]}",)
    return ()


def _ion_names(symbol: str, ion: str) -> tuple[str, ...]:
    """Name a cation as its element, an anion of a halogen also by its salts."""
    names = [ELEMENTS[symbol]]
    if symbol in _ANIONS and "-" in ion:
        names.insert(0, _ANIONS[symbol])
    elif symbol == "H" and "+" in ion:
        names = ["protons", "hydrogen"]
    elif symbol == "Fe" and re.search(r"2|II?\)|ii?\)", ion) and "III" not in ion.upper():
        names = ["ferrous iron", "iron"]
    elif symbol == "Fe":
        names = ["ferric iron", "iron"]
    return tuple(names)


def _salt_names(cation: str, cations: str, anion: str, anions: str) -> tuple[str, ...]:
    base = _CATIONS.get(cation) or ELEMENTS[cation]
    name = _ANIONS[anion]
    if cation == "H":
        return (_ACIDS.get(name, f"hydrogen {name}"),)
    names = [f"{base} {name}"]
    if cation == "Fe":
        ferric = anions == "3" or (cations == "2" and anions in ("3",)) or anion == "PO4"
        names = [f"{'ferric' if ferric else 'ferrous'} {name}", *names]
    elif cation in ("Cu", "Hg") and cations != "2":
        names.append(f"{'cupric' if cation == 'Cu' else 'mercuric'} {name}")
    elif cation == "Sn":
        names.append(f"{'stannic' if anions == '4' else 'stannous'} {name}")
    if anions in ("2", "3", "4"):
        names.append(f"{base} {('di', 'tri', 'tetra')[int(anions) - 2]}{name}")
    return tuple(names)
