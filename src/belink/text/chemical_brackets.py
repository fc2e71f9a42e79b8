"""Find short names of chemicals in brackets whose letters tell nothing: "irinotecan (CPT-11)"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from belink.text.definitions import AbbreviationPair
from belink.text.short_forms import looks_short
from belink.types import Span

_ENDING = (
    r"(?:ines?|ates?|ides?|ones?|ols?|enes?|anes?|yls?|oses?|ium|ites?|azoles?|amides?|amines?|cins?|[mt]abs?|nibs?|"
    r"pams?|lams?|pril|tans?|phyllin|setrons?|farin|mycin|statin|platin|erin|taxel|tecans?|rubicin|ran|afil|"
    r"ins?|[fx]ens?|[vx]abans?|virs?|grel|coxibs?|barbital|dopa|glucans?|acids?|esters?|ethers?)"
)
_NAMED = re.compile(rf"[a-z]{{4,}}{_ENDING}$")
_SHORT = re.compile(r" \(([^\s()\[\],;]{2,14})(?=[);,])")
_NAMED_CODE = re.compile(
    rf"(?<![\w-])((?=[\w-]{{0,11}}\d)[A-Z][\w-]{{2,11}}) "
    rf"\(([a-z]{{4,}}{_ENDING}|[a-z]{{4,}} [a-z]{{3,}}{_ENDING})(?=[);,])"
)
_SECOND_WORD = re.compile(
    r"[\d,'-]*(?:acid|glycol|esters?|ethers?|radical|sodium|(?:di|tri|tetra|hydro|hexa|penta|per|mono?|bis|thio|pyro)?"
    r"(?:oxide|chloride|bromide|iodide|fluoride|sul(?:f|ph)[ai][td]e|sul(?:f|ph)ide|nitr[ai]te|phosphate|acetate|"
    r"hydroxide|carbonate|tartrate|maleate|citrate|bromate|propionate|chlorate|cyanide|amine|nitrosamine))s?"
)
_ORDINARY = frozenset({
    "control", "protocol", "baseline", "membrane", "substrate", "candidate", "aggregate", "medicine",
    "vaccine", "machine", "protein", "proteins", "genotype", "guideline", "guidelines", "chromatin",
    "immunoglobulin", "telephone", "milestone", "syndrome", "template", "estimate", "isolate", "isolates",
    "separate", "magazine", "cytokine", "cytokines", "chemokine", "chemokines", "pipeline", "discipline",
    "decline", "determine", "routine", "combine", "correlate", "covariate", "associate", "indicate",
    "duplicate", "triplicate", "kinesin", "dynein", "backbone", "homologue", "carbohydrate", "hormone",
    "hormones", "intermediate", "conjugate", "precipitate", "filtrate", "lysate", "homogenate",
    "infiltrate", "microorganism", "bulletin", "assistance", "tetraspanin", "milestones", "outside",
    "inside", "beside", "provide", "include", "oligonucleotide", "oligonucleotides", "peptide", "peptides",
    "polypeptide", "nucleotide", "nucleotides", "pesticide", "suicide", "genocide", "landslide",
    "worldwide", "metabolite", "metabolites", "composite", "satellite", "microsatellite", "parasite",
    "website", "opposite", "favorite", "scintillating", "enterprise", "fellowship", "spleen", "alone",
    "epithelium", "endothelium", "medium", "migraine", "bacterium", "concentrate", "conjugates",
})  # fmt: skip
_MAKERS = frozenset({
    "USA", "UK", "US", "EU", "CA", "MO", "MA", "BD", "GE", "BDH", "ICN", "RBI", "GSK", "NEB", "ATCC",
    "GIBCO", "JAPAN", "FLUKA", "MERCK", "SIGMA", "ROCHE", "SCBT", "R&D", "PBS", "DMSO", "FDA", "SD", "SEM",
    "SE", "CI", "IC50", "EC50", "ED50", "LD50", "KI", "KD", "KM", "MW", "HPLC", "GC", "MS", "NMR", "IR",
    "UV", "IV", "IP", "PO", "SC", "IM", "WT", "KO",
})  # fmt: skip


_AND = re.compile(r"(?:(?<!\w)and|(?<!\w)plus|[+&/])\s?$")
_MOST_AND = 6
_CLOSING = {"(": ")", "[": "]"}
_MOST_ENDING = 40
_MOST_NAME = 160


def in_chemical_brackets(text: str) -> Iterator[AbbreviationPair]:
    """Look for "irinotecan (CPT-11)" and "CPT-11 (irinotecan)", by the look of both names alone."""
    for match in _SHORT.finditer(text):
        if _is_code(match[1]) and (long_span := _name_before(text, match.start())) is not None:
            long = text[long_span.start : long_span.end]
            if match[1] not in long and not _one_of_several(text, long_span.start, match[1]):
                yield AbbreviationPair(match[1], long, Span(*match.span(1)), long_span)
    for match in _NAMED_CODE.finditer(text):
        if match[2].rsplit(" ", 1)[-1] not in _ORDINARY:
            yield AbbreviationPair(match[1], match[2], Span(*match.span(1)), Span(*match.span(2)))


def _is_code(short: str) -> bool:
    """Tell whether a string has the look of a short name: two capitals, or a capital and a digit."""
    capitals = sum(char.isupper() for char in short)
    digits = any(char.isdigit() for char in short)
    return capitals + digits >= 2 and capitals > 0 and looks_short(short) and short.upper() not in _MAKERS


def _one_of_several(text: str, start: int, short: str) -> bool:
    """Tell whether letters may stand for all that is named: "mitoxantrone, 5-FU and leucovorin (MFL)"."""
    return short.isalpha() and _AND.search(text, max(0, start - _MOST_AND), start) is not None


def _name_before(text: str, end: int) -> Span | None:
    """Find the name that ends here: a word, and those before it where it is one like "acid"."""
    start = _word_start(text, end)
    if _NAMED.search(text, max(start, end - _MOST_ENDING), end) is None or _last_part(text, end) in _ORDINARY:
        return None
    for _ in range(2):
        if start < 2 or _SECOND_WORD.fullmatch(text[start:end].partition(" ")[0]) is None:
            break
        start = _word_start(text, start - 1)
    if text[start] in _CLOSING and not _balanced(text[start:end]):
        start += 1
    name = text[start:end]
    return Span(start, end) if end - start < _MOST_NAME and _balanced(name) else None


def _word_start(text: str, end: int) -> int:
    """Find where the word begins that ends here; words longer than a name can be are cut."""
    least = max(0, end - _MOST_NAME)
    return max(text.rfind(" ", least, end), text.rfind("\n", least, end), least - 1) + 1


def _last_part(text: str, end: int) -> str:
    return re.split(r"[^a-z]", text[max(0, end - _MOST_ENDING) : end])[-1]


def _balanced(name: str) -> bool:
    return all(name.count(opening) == name.count(closing) for opening, closing in _CLOSING.items())
