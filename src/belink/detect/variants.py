"""Find sequence variants by the ways they are written: "V600E", "c.35delG", "rs1801133", "Arg16 to Gly".

The forms are those of the HGVS recommendations (den Dunnen et al. 2016, doi 10.1002/humu.22981), of dbSNP,
and the older ones that articles use (Wei et al. 2013, tmVar, doi 10.1093/bioinformatics/btt156). Where
patterns overlap, the leftmost match wins and, of those that start there, the longest. A bare change of
letters ("G/A") counts only where the document has another variant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from belink.detect.boundaries import trim
from belink.types import Document, Mention, Span

_BASE = "[ACGTU]"
_RESIDUE = "[ACDEFGHIKLMNPQRSTVWY]"
_SHORT = "(?:Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val)"
_LONG = (
    "(?:alanine|arginine|asparagine|aspart(?:ate|ic acid)|cysteine|glutamine|glutam(?:ate|ic acid)|glycine"
    "|histidine|isoleucine|leucine|lysine|methionine|phenylalanine|proline|serine|threonine|tryptophan"
    "|tyrosine|valine)"
)
_NUCLEOTIDE = "(?:adenine|guanine|cytosine|thymi(?:ne|dine))"
_STOP = "(?:[Ss]top(?: codon)?|[Tt]er(?:m|mination codon)?|[Nn]onsense)"
_RESIDUE_NAME = re.compile(f"{_SHORT}|{_LONG}|{_NUCLEOTIDE}", re.IGNORECASE)
_ARROW = r"(?:\s?(?:-{1,3}|[–—=])?(?:>|&gt;|→|➔)\s?)"
_EVENT = "(?:delins|del|ins|dup|inv|con)"
_POSITION = r"[-+*]?\d+(?:\s?[-+]\s?\d+)?"
_RANGE = rf"{_POSITION}(?:[_–-]{_POSITION}|_\?)?"
_SEQUENCE = rf"(?:{_BASE}{{1,30}}|\(?\d{{1,4}}\)?(?:\s?bp)?)?(?![a-z])"
_SITE = (
    r"(?:(?:amino acid|nucleotide|residue|codon|base(?: pair)?|nt)s?\s?(?:positions?|residues?|number)?"
    r"|positions?|residues?)"
)
_PLACE = rf"(?:(?:at|in|of|on)\s(?:the\s)?{_SITE}\s(?:of\s)?{_POSITION}|(?:at|in)\s{_POSITION})"
_CHANGE = "(?:substitutions?|mutations?|transitions?|transversions?|changes?|polymorphisms?|variants?)"

_INTO = rf"(?:{_ARROW}|[- ](?:to|by|for|with|instead of)[- ](?:an?\s)?)"
_DNA_CHANGE = rf"(?:{_BASE}{{1,10}}{_ARROW}{_BASE}{{1,10}}|{_BASE}/{_BASE})"
_PROTEIN_END = rf"(?:{_SHORT}|{_RESIDUE}|[X*]|Ter|stop|=)?(?:fs(?:[X*]|Ter)?\(?\d*\)?)?"

_STRONG = (
    # rs1801133
    r"[Rr]s\s?#?\d{2,}",
    # c.35delG, g.3426G>A, c.*557G>A, c.1181_1186+20del26, m.1555A>G
    rf"[cgmnr]\.\s?{_RANGE}\s?(?:{_BASE}{{1,10}}{_ARROW}{_BASE}{{1,10}}|{_EVENT}\s?{_SEQUENCE}|{_BASE}/{_BASE})",
    # c.304ins(GCG)(7)
    rf"[cgmnr]\.\s?{_RANGE}{_EVENT}\({_BASE}+\)(?:\(?\d+\)?)?",
    # p.Ala88Val, p.R58fs, p.(Gly12Asp), p.G204_K247del, p.D418
    rf"p\.\s?\(?(?:{_SHORT}|{_RESIDUE}|X)\d+(?:_(?:{_SHORT}|{_RESIDUE})\d+)?"
    rf"(?:{_EVENT}(?:{_SHORT}|{_RESIDUE})*|{_PROTEIN_END})\)?",
    # IVS3+1G>A, Ex2+860G>C, IVS9 + 217T
    rf"(?:IVS|[Ee]x(?:on)?)\s?-?\d+\s?[-+]\s?\d+\s?(?:{_DNA_CHANGE}|{_EVENT}\s?{_SEQUENCE}|{_BASE}(?![a-z]))",
    # 1858C>T, -1082(G/A), +3100 T/G, 677 C>T
    rf"[-+]?\d{{1,6}}(?:\s?[-+]\s?\d+)?\s?\(?{_DNA_CHANGE}\)?",
    # C-1228T, G-395A, C677T, A11666C, G1103R, V600E, Q298X
    rf"{_BASE}\s?[-+]\s?\d{{2,6}}\s?{_BASE}",
    rf"{_BASE}\d{{2,6}}{_BASE}",
    rf"{_RESIDUE}\d{{2,4}}(?:{_RESIDUE}|X|\*)",
    rf"{_RESIDUE}\d{{1,4}}(?:{_RESIDUE})?(?:fs(?:[X*]?\d*)?|[Ss]top|{_EVENT})",
    # G6410 to T, E873-TAG
    rf"{_BASE}\d{{3,6}}{_ARROW}{_BASE}",
    rf"{_RESIDUE}\d{{2,4}}(?:_{_RESIDUE}\d{{1,4}})*\s?(?:deletion|duplication|insertion)",
    # 35delG, 5382insC, 125-126insAA, 2238-9del AG, del642T, delta F508
    rf"\d{{1,6}}(?:[_–-]\d{{1,6}})?\s?{_EVENT}\s?(?:{_BASE}{{1,30}}|\d{{1,4}}(?:\s?bp)?)(?![a-z])",
    rf"\b{_EVENT}[- ]?\(?\d{{1,6}}(?:[_–-]\d{{1,6}})?\)?(?:{_BASE}{{1,10}}|bp)?(?![a-z])",
    rf"(?:[Dd]elta|Δ)[- ]?(?:{_RESIDUE}|{_SHORT})\s?\d{{1,4}}",
    # Val600Glu, Gly(388)Arg, Ile(146)-->Leu, Cys 23 Ser, Arg16 to Gly, Arg-399-Gln
    rf"{_SHORT}[- ]?\(?\d{{1,4}}\)?(?:{_ARROW}|\s?/\s?|[- ]?(?:to|by|for)[- ]|[- ])?"
    rf"(?:{_SHORT}|{_STOP}|[X*](?!\w))(?:\s?{_SHORT})?(?:fs(?:[X*]?\d*)?)?",
    rf"{_SHORT}\d{{1,4}}(?:del|dup|ins|fs)(?:{_SHORT}|[X*]?\d+)?",
    # 326 from Ser to Cys, 399 Gln, 232Ile, 273ser----phe
    rf"\d{{1,4}}\s?(?:from\s)?(?:{_SHORT}|{_SHORT.lower()}){_ARROW}?(?:-+|\s(?:to|by)\s|/)"
    rf"(?:{_SHORT}|{_SHORT.lower()}|stop)",
    rf"\d{{2,4}}\s?{_SHORT}",
    # 192Q/R, 55M/L, A/V 16
    rf"\d{{2,4}}\s?{_RESIDUE}/{_RESIDUE}",
    # arginine 150 proline, proline 484 by arginine, arginine84 to glutamine
    rf"{_LONG}[- ]?\d{{1,4}}\s?(?:to|by|for|with|-->|→)?\s?(?:{_LONG}|a\s)?",
    # glycine to arginine substitution at amino acid 86, Lys to Asn at position 198
    rf"(?:{_LONG}|{_SHORT}|{_RESIDUE})(?:\s\(\w+\))?{_INTO}"
    rf"(?:{_LONG}|{_SHORT}|{_RESIDUE}|{_STOP})(?:\s\(\w+\))?(?:\s{_CHANGE})?\s{_PLACE}",
    rf"(?:{_BASE}|{_NUCLEOTIDE}){_INTO}(?:{_BASE}|{_NUCLEOTIDE})(?:\s{_CHANGE})?\s{_PLACE}",
    rf"(?:{_LONG}|{_SHORT})\s{_PLACE}\s(?:to|by|with|for)\s(?:{_LONG}|{_SHORT})",
    # codon 358, tyrosine to histidine
    rf"codon\s\d{{1,4}},?\s(?:{_LONG}|{_SHORT})\s(?:to|by|for)\s(?:an?\s)?(?:{_LONG}|{_SHORT}|{_STOP})",
    # 32-bp deletion, 9 base pair duplication
    r"-?\d{1,5}[- ]?(?:bp|base[- ]?pairs?|nucleotides?|nt|kb)[- ]"
    r"(?:\w+\s)?(?:deletion|insertion|duplication|insertion/deletion|indel)",
)  # fmt: skip

_WEAK = (
    # A-->G, C to T
    rf"{_BASE}{_ARROW}{_BASE}",
    rf"{_BASE}[- ]to[- ]{_BASE}",
    # T allele at -31, -511C, 7488CC
    rf"{_BASE} allele at {_POSITION}",
    rf"[-+]\d{{2,5}}{_BASE}{{1,2}}",
    rf"\d{{3,5}}\s?{_BASE}{{1,2}}",
    rf"{_BASE}\d{{3,5}}",
    rf"{_RESIDUE}[2-9](?:{_RESIDUE}|X)",
    # Delta32
    r"(?:[Dd]elta|Δ)\d{2,3}",
    rf"{_SHORT}\d{{1,4}}",
    rf"{_SHORT}(?:{_ARROW}|/|[- ]to[- ]){_SHORT}",
    rf"{_LONG} (?:to|by|for|with) (?:an?\s)?{_LONG}",
)


_WHOLE_VARIANT = re.compile(
    rf"(?:{_SHORT}|{_LONG})[- ]?\d{{1,4}}[- ]?(?:{_SHORT}|{_LONG}|{_STOP}|del|dup|ins|fs)", re.IGNORECASE
)
_UNIT = re.compile(r"(.*\W)?(?:nucleotides?|amino[- ]acids?)", re.IGNORECASE)
_OF_SEQUENCE_AFTER = re.compile(
    r"[- ](?:(?:polymorphism|substitution|change|replacement|mutation|variant|variation|alteration|deletion"
    r"|insertion|position|sequence|identit(?:y|ie)|homolog(?:y|ie)|similarit(?:y|ie))s?\b|sequencing\b|\d)",
    re.IGNORECASE,
)
_OF_SEQUENCE_BEFORE = re.compile(r"(?:\b\d+|\bsingle)[- ]$", re.IGNORECASE)
_BEFORE = 12
"""Characters before a unit that are looked at."""
_CODON = re.compile(r"(?:\w+\W)?codons?", re.IGNORECASE)

_GLUED = (
    # rtM204V, KrasG12D
    rf"(?<=[a-z]){_RESIDUE}\d{{2,4}}{_RESIDUE}(?!\w)",
    # IL1B-511C/T, and+2740 A>G
    rf"(?<=\w)[-+]\d{{2,6}}\s?(?:\({_DNA_CHANGE}\)|{_DNA_CHANGE}|{_EVENT}{_BASE}{{1,10}})(?!\w)",
)
"""Forms told well enough to be found behind a gene's name without a space."""


def _whole(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    return [re.compile(rf"(?<![\w.*]){pattern}(?![\w*])") for pattern in patterns]


_STRONG_PATTERNS = [*_whole(_STRONG), *map(re.compile, _GLUED)]
_WEAK_PATTERNS = _whole(_WEAK)


def variants(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Find mentions of type "Variant": a `Detector`.

    One tuple a document, sorted by spans; mentions neither overlap nor cross a passage's end.
    """
    return [tuple(_mentions(doc)) for doc in docs]


def _mentions(doc: Document) -> list[Mention]:
    inside = [p.span for p in doc.passages]
    return [
        Mention(doc.id, (span,), doc.text[span.start : span.end], "Variant")
        for span in find_variants(doc.text)
        if not any(p.start <= span.start < p.end < span.end for p in inside)
    ]


def told_of_variants(text: str, spans: Sequence[Span]) -> set[Span]:
    """Tell which spans speak of variants or of sequences, and so name no chemical.

    They are an amino acid or a base that is exchanged, as in "serine to cysteine at 326", a whole variant
    ("Arg555Trp"), codons, and what sequences are counted in ("single nucleotide polymorphisms", "a 52-amino
    acid peptide"). The name of an amino acid with its place and nothing else ("Ser326") stays.
    """
    told = {
        span
        for span in spans
        if _WHOLE_VARIANT.fullmatch(text, span.start, span.end)
        or _CODON.fullmatch(text, span.start, span.end)
        or _is_unit(text, span)
    }
    named = {span for span in spans if _RESIDUE_NAME.fullmatch(text, span.start, span.end)}
    variants = find_variants(text) if named else []
    return told | {span for span in named if any(v.overlaps(span) and v != span for v in variants)}


def _is_unit(text: str, span: Span) -> bool:
    """Tell whether a span names nucleotides or amino acids as that which sequences are counted in."""
    unit = _UNIT.fullmatch(text, span.start, span.end)
    if unit is None:
        return False
    begin = max(unit.end(1), span.start)
    before = text[max(0, begin - _BEFORE) : begin]
    return bool(_OF_SEQUENCE_AFTER.match(text, span.end) or _OF_SEQUENCE_BEFORE.search(before))


def find_variants(text: str) -> list[Span]:
    """Find where variants stand in a text, in order."""
    strong = _matches(_STRONG_PATTERNS, text)
    found = strong + _matches(_WEAK_PATTERNS, text) if strong else []
    kept: list[Span] = []
    for span in sorted(
        filter(None, (trim(text, span) for span in found)), key=lambda span: (span.start, -span.end)
    ):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _matches(patterns: Sequence[re.Pattern[str]], text: str) -> list[Span]:
    return [Span(*match.span()) for pattern in patterns for match in pattern.finditer(text)]
