"""Other ways to write the name of a chemical: without salt, isotope or stereo prefix, formulae as names.

Chosen on the train parts of BC5CDR, NLM-Chem and BioRED: of forms that other train documents do not have,
all rules together bring 3 to 13 points of recall@1 and 4 to 13 of recall@20 to look-up by strings. NLM-Chem
gives a chemical that MeSH does not have the identifier of its class, hence the rule `_class`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from belink.text.chemical_names import classes_of, short_name
from belink.text.formulae import formula_names, plain
from belink.text.hand_made import hand_made_in_use
from belink.text.normalise import normalise
from belink.text.thesaurus import everyday_names, hand_made_names

Rule = Callable[[str], Iterator[str]]

MOST = 6
"""Variants given for a mention at most."""

_SALT = (
    r"(?:mono|di|tri|hemi|sesqui)?(?:hydrochlorides?|hydrobromides?|hcl|hbr|chlorides?|bromides?|iodides?|"
    r"maleates?|mesylates?|tosylates?|besylates?|fumarates?|tartrates?|bitartrates?|citrates?|succinates?|"
    r"sul(?:f|ph)ates?|phosphates?|nitrates?|acetates?|lactates?|gluconates?|oxalates?|malates?|pamoates?|"
    r"embonates?|methanesulfonates?|trifluoroacetates?|hydrates?|anhydrous|sodium|potassium|calcium|"
    r"magnesium|lithium|zinc|meglumine|hydrogen|salts?|free base|acid)"
)
_SALT_TAIL = re.compile(rf"[\s-]{{1,3}}\(?{_SALT}\)?$", re.IGNORECASE)
_TELLS_NOTHING = re.compile(rf"{_SALT}|anhydrides?|\w*oxides?|agents?|drugs?|esters?|buffers?", re.IGNORECASE)
_SALT_HEAD = re.compile(
    r"^(?:(?:mono|di|tri)?(?:sodium|potassium|calcium|lithium|magnesium|ammonium|silver|zinc))[\s-]+(?=[a-z]{4})",
    re.IGNORECASE,
)
_STEREO = re.compile(
    r"^(?:[\[(]?(?:±|\+/?-?|-)[\])]?-?(?=\W?\w)|\((?:[0-9'a-z]*[RSEZ][*']?,?\s?)+\)-?|\((?:r|s|d|l|dl)\)-|"
    r"(?:dl|DL|d,l|D,L|[dlDLSREZ]|rac|racemic|meso|levo|dextro|cis|trans|all-trans|allo|iso|threo|erythro|sn|"
    r"[αβ]\d?[-–]\d|[αβ]|\d{1,2}[αβ](?=\D+$))[\s-])+(?=[\w(\[])"
)
_ISOTOPE = re.compile(
    r"^(?:\[(?:\d{1,3}[A-Z][a-z]?[,\s0-9]*)+\][\s-]?|\(\d{1,3}\)?[A-Z][a-z]?\)?-|\d{1,3}[A-Z][a-z]?-|"
    r"\[[^\]]{0,12}(?:3H|14C|13C|15N|18F|11C|32P|35S|12[35]I|131I|2H)[^\]]{0,12}\][\s-]?|"
    r"(?:tritiated|deuterated|radiolabell?ed|labell?ed|isotopic)[\s-])"
)
_ISOTOPE_TAIL = re.compile(r"-?\(?[dD]\d{1,2}\)?$|-(?:14C|13C|3H|d)$")
_TAIL = re.compile(
    r"[\s-]{1,3}(?:induced|treated|dependent|mediated|free|like|containing|loaded|based|derived|labell?ed|"
    r"conjugated|bound|coated|rich|depleted|deficient|sensitive|resistant)\b.*$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"[\s-]{1,3}(?:derivatives?|compounds?|analog(?:ue)?s?|salts?|extracts?|groups?|moiet(?:y|ies)|residues?|"
    r"ions?|radicals?|molecules?|monomers?|units?|chains?|esters?|solutions?|vapou?rs?|gas|dyes?|reagents?|"
    r"regents?|buffers?|fluorophores?|therapy|treatment|metabolites?|preparations?|formulations?|powder|"
    r"nanoparticles?|NPs?|rings?|isomers?|enantiomers?|conjugates?|complex(?:es)?|agents?|drugs?|substances?|"
    r"types?|forms?|cpd)$",
    re.IGNORECASE,
)
_ACID = re.compile(r"^(.{3,}?)(?:o?ic acids?)$", re.IGNORECASE)
_ATE = re.compile(r"^(.+[a-z])ates?$", re.IGNORECASE)
_NOT_OF_ACIDS = ("hydr", "phosph", "chelat", "anh", "sulf", "sulph")
_SERIES = re.compile(
    r"^((?:vitamin|prostaglandin|leukotriene|thromboxane|aflatoxin|bisphenol|coenzyme|interferon|factor|"
    r"ginsenoside|ceramide)s?)\s+(.+)$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:,|/|&|\band\b|\bor\b|\+)\s*")
_TOGETHER = re.compile(
    r"([a-z]{5,})(?:\s*[/+]\s*|\s+(?:and|plus|with)\s+)([a-z]{5,})|([a-z]{7,})[-–\s]([a-z]{7,})",
    re.IGNORECASE,
)
_EICOSANOID = re.compile(r"(PG|LT|TX)([A-J]\d?)(.*)")
_FAMILIES = {"PG": "prostaglandin", "LT": "leukotriene", "TX": "thromboxane"}
_AMINO_ACIDS = {
    "Ala": "alanine", "Arg": "arginine", "Asn": "asparagine", "Asp": "aspartic acid", "Cys": "cysteine",
    "Gln": "glutamine", "Glu": "glutamic acid", "Gly": "glycine", "His": "histidine", "Ile": "isoleucine",
    "Leu": "leucine", "Lys": "lysine", "Met": "methionine", "Phe": "phenylalanine", "Pro": "proline",
    "Ser": "serine", "Thr": "threonine", "Trp": "tryptophan", "Tyr": "tyrosine", "Val": "valine",
    "Orn": "ornithine", "Cit": "citrulline", "Hyp": "hydroxyproline", "Hcy": "homocysteine",
    "pSer": "phosphoserine", "pThr": "phosphothreonine", "pTyr": "phosphotyrosine", "A": "alanine",
    "R": "arginine", "N": "asparagine", "D": "aspartic acid", "C": "cysteine", "Q": "glutamine",
    "E": "glutamic acid", "G": "glycine", "H": "histidine", "I": "isoleucine", "L": "leucine", "K": "lysine",
    "M": "methionine", "F": "phenylalanine", "P": "proline", "S": "serine", "T": "threonine",
    "W": "tryptophan", "Y": "tyrosine", "V": "valine",
}  # fmt: skip
_CODES = "|".join(code for code in _AMINO_ACIDS if len(code) > 1)
_AMINO = re.compile(rf"(?:[DLdl]-)?({_CODES})(?:s|-?\d{{0,4}})|([A-Z])", re.ASCII)
_PEPTIDE = re.compile(rf"(?:{_CODES})(?:\d|n)?[-–‐](?:.*[-–‐])?(?:{_CODES})|(?:{_CODES})[n2-9]")
_NUCLEIC_ACID = re.compile(r"(?:5['′]?-?)?(?:[ACGTU]{6,}|p?d?\([ACGTU]+\)\w*)(?:-?3['′]?)?")


def chemical_variants(text: str) -> tuple[str, ...]:
    """Give other ways to write the name of a chemical, the most trusted first, without the text itself.

    Short names, trade names, codes, formulae and element symbols become names, salts, stereo prefixes and
    isotopes are left out, acids and their anions stand for each other, series ("vitamins A and E") are
    parted; last comes the class that a systematic name tells. At most `MOST`; empty where no rule applies.
    Case counts: "CO" is a gas, "Co" a metal.

    Args:
        text: the mention, or what its abbreviation was written out to where the document defines it.
    """
    return _variants(text, hand_made_in_use())[:MOST]


@lru_cache(maxsize=16384)
def _variants(text: str, in_use: bool) -> tuple[str, ...]:
    """Give all variants that the rules find, in their order; `in_use` is `hand_made_in_use()`."""
    del in_use  # it only tells one result in the cache from another
    bare = plain(text)
    found: dict[str, str] = {}
    for rule in RULES:
        for variant in rule(bare):
            trimmed = variant.strip(" -,;")
            if len(trimmed) > 1:
                found.setdefault(normalise(trimmed), trimmed)
    found.pop(normalise(text), None)
    return tuple(found.values())


def _short(text: str) -> Iterator[str]:
    if (name := short_name(text)) is not None:
        yield name


def _everyday(text: str) -> Iterator[str]:
    yield from everyday_names("chemical", text)
    yield from hand_made_names(text)


def _formula(text: str) -> Iterator[str]:
    yield from formula_names(text)


def _folded(text: str) -> Iterator[str]:
    yield text


def _amino_acid(text: str) -> Iterator[str]:
    if (match := _AMINO.fullmatch(text)) is not None and (code := match[1] or match[2]) in _AMINO_ACIDS:
        yield _AMINO_ACIDS[code]


def _eicosanoid(text: str) -> Iterator[str]:
    if (match := _EICOSANOID.fullmatch(text)) is not None:
        yield f"{_FAMILIES[match[1]]} {match[2]}{match[3]}"


def _isotope(text: str) -> Iterator[str]:
    for pattern in (_ISOTOPE, _ISOTOPE_TAIL):
        yield from _without(pattern, text)


def _stereo(text: str) -> Iterator[str]:
    yield from _without(_STEREO, text)


def _salt(text: str) -> Iterator[str]:
    short = _SALT_TAIL.sub("", text)
    while short != text:
        yield from _without(_SALT_TAIL, text)
        text, short = short, _SALT_TAIL.sub("", short)


def _acid(text: str) -> Iterator[str]:
    """Write an anion for an acid and an acid for an anion."""
    headless = _SALT_HEAD.sub("", text)
    if (acid := _ACID.match(headless)) is not None:
        yield f"{acid[1]}ate"
    elif (anion := _ATE.match(headless)) is not None and not anion[1].lower().endswith(_NOT_OF_ACIDS):
        yield f"{anion[1]}ic acid"
    yield from _without(_SALT_HEAD, text)


def _tail(text: str) -> Iterator[str]:
    for pattern in (_TAIL, _HEAD):
        yield from _without(pattern, text)


def _without(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Leave out what a pattern finds, and look up what is left."""
    short = pattern.sub("", text)
    if short != text and len(short) > 2:
        yield from _known(short)
        yield short


def _known(text: str) -> Iterator[str]:
    for rule in (_short, _everyday, _formula):
        yield from rule(text)


def _series(text: str) -> Iterator[str]:
    if (series := _SERIES.match(text)) is not None:
        head = series[1].removesuffix("s")
        parts = _JOIN.split(series[2])
        if len(parts) > 1:
            yield from (f"{head} {part}" for part in parts if part)
        elif len(series[2]) == 1 and series[2].isupper():
            yield f"{head}s {series[2]}"  # a class by itself: "prostaglandins E"


def _combination(text: str) -> Iterator[str]:
    """Write medicines given together as MeSH does: "amodiaquine, artesunate drug combination"."""
    if (match := _TOGETHER.fullmatch(text)) is not None:
        yield f"{match[1] or match[3]} {match[2] or match[4]} drug combination"


def _parts(text: str) -> Iterator[str]:
    parts = [part for part in re.split(r"\s+(?:and|or|plus)\s+|\s*/\s*|\s+\+\s+", text) if len(part) > 2]
    if len(parts) > 1:
        yield from parts


def _last_word(text: str) -> Iterator[str]:
    words = text.split()
    if len(words) > 1 and len(words[-1]) > 3 and _TELLS_NOTHING.fullmatch(words[-1]) is None:
        yield words[-1]


def _class(text: str) -> Iterator[str]:
    if _PEPTIDE.search(text) is not None:
        yield "oligopeptides"
    elif _NUCLEIC_ACID.fullmatch(text) is not None:
        yield "polynucleotides"
        yield "oligonucleotides"
    else:
        yield from classes_of(text)


RULES: tuple[Rule, ...] = (
    _short, _everyday, _formula, _amino_acid, _eicosanoid, _isotope, _stereo, _salt, _acid, _tail,
    _series, _folded, _combination, _parts, _last_word, _class,
)  # fmt: skip
"""The rules, the most trusted first."""
