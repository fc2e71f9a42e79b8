"""Other ways to write the name of an organism: genera written out, lay words, former names, no strain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from belink.text.hand_made import hand_made
from belink.text.normalise import normalise
from belink.text.species_variants_former import FORMER
from belink.text.species_variants_genera import Genera, genera_of, lay_key
from belink.text.species_variants_names import ENGLISH, HOMONYM_HEADS, KNOWN, LAY
from belink.text.species_variants_viruses import VIRUSES
from belink.text.thesaurus import everyday_names

__all__ = ["Genera", "genera_of", "species_variants"]

_QUOTES = re.compile(r"[\"“”‘`]|(?<!\w)['’]|['’](?!\w)")
_CANDIDATUS = re.compile(r"^(?:Candidatus|Ca\.)\s+")
_ABBREVIATED = re.compile(r"([A-Z][a-z]{0,4})(\.\s*|\s+)([a-z]{3,}(?:-[a-z]+)?|ni|io)\b(.*)", re.DOTALL)
_FULL = re.compile(r"([A-Z][a-z]{2,})\s+([a-z]{3,}(?:-[a-z]+)?)\b(.*)", re.DOTALL)
_INNER = re.compile(r"(?<=\s)[A-Z][a-z]{0,3}\.\s?[a-z]{3,}")
_SEROVAR = re.compile(r"(?:S\.|Salmonella(?: enterica)?)(?: (?:serovars?|serotypes?|sv\.))? ([A-Z][a-z]+)")
_TAIL = re.compile(
    r"(?:\s+(?:strains?|isolates?|serotypes?|virus particles|virions?|plants?|seedlings?|larvae|adults?"
    r"|workers?|queens?|cells?|trees?|crops?|embryos?|oocytes?|populations?))+$"
)
_SUBTYPE = re.compile(r"\bH\d{1,2}(?:N\d{1,2}|\s+(?:influenza|virus))")
_SIV = re.compile(r"SIV(?:mac|cpz|sm|agm|mnd|[a-z]{3})[\w-]*")
_DENGUE = re.compile(r"r?DENV?-?\s?(\d)\b")
_CODE = re.compile(r"\d|\b(?:strains?|mutants?|wild[- ]type|isolates?|cv|ecotype|allele)\b")
_MAX_LENGTH = 200
_MIN_EPITHET = 6
MOST = 6
"""At most so many variants are given."""


def species_variants(text: str, genera: Genera) -> tuple[str, ...]:
    """Write the name of an organism in other ways, the most trusted first, without the text itself.

    At most `MOST`; empty where there is nothing to rewrite, and for texts of more than 200 code points.

    Args:
        text: a species mention, or what an abbreviation of it stands for.
        genera: of the document it stands in.
    """
    if len(text) > _MAX_LENGTH:
        return ()
    clean = _CANDIDATUS.sub("", _QUOTES.sub("", text)).strip()
    found = dict.fromkeys((*_variants(clean, genera), clean))
    found.pop(text, None)
    found.pop("", None)
    return tuple(found)[:MOST]


def _variants(text: str, genera: Genera) -> Iterator[str]:
    """Give variants of a name without quotes, the most trusted first."""
    inner = _INNER.search(text)
    binomials = list(_binomials(text[inner.start() :] if inner else text, genera))
    for name in (*binomials, text):
        yield from _current(name)
    yield from _virus(text)
    lay = lay_key(text)
    yield from _told(genera.beside, lay)
    yield from _told(genera.strains, normalise(text))
    yield from hand_made(LAY).get(lay, ())
    yield from everyday_names("species", text)
    yield from _told(genera.near, lay)
    stem = _TAIL.sub("", text)
    if stem != text:
        yield stem
        yield from everyday_names("species", stem)
        yield from hand_made(LAY).get(lay_key(stem), ())
    yield from _heads(lay, genera)
    if genera.main and not binomials and _CODE.search(text):
        yield from _current(genera.main)
    yield from _epithet(binomials, text)


def _epithet(binomials: list[str], text: str) -> Iterator[str]:
    """Give the epithet alone: a species keeps it where it moves to another genus."""
    name = _FULL.fullmatch(binomials[0] if binomials else text)
    if name is not None and len(name[2]) >= _MIN_EPITHET and name[2] not in ENGLISH:
        yield name[2]


def _current(name: str) -> Iterator[str]:
    """Give what the taxonomy calls a name now, then the name."""
    yield from hand_made(FORMER).get(normalise(name), ())
    yield name


def _told(names: Mapping[str, str], key: str) -> Iterator[str]:
    """Give what the document has for a key."""
    if key in names:
        yield from _current(names[key])


def _binomials(text: str, genera: Genera) -> Iterator[str]:
    """Give the binomial of a text, with what follows it and without; written out where it is abbreviated."""
    if serovar := _SEROVAR.fullmatch(text):
        yield f"Salmonella enterica subsp. enterica serovar {serovar[1]}"
    match = _ABBREVIATED.fullmatch(text)
    if match and ("." in match[2] or len(match[1]) < 3) and match[3] not in ENGLISH:
        for full in _written_out(match[1], match[3], genera):
            if match[4].strip(" ,.;:()"):
                yield f"{full}{match[4]}"
            yield full
        return
    match = _FULL.fullmatch(text)
    if match and match[3] and match[2] not in ENGLISH:
        yield f"{match[1]} {match[2]}"


def _written_out(genus: str, epithet: str, genera: Genera) -> list[str]:
    """Give the binomials that an abbreviated one may stand for.

    One that the document has written out, else one of the table, else those with a genus of the document.
    """
    told = [full for full in genera.by_epithet.get(epithet, ()) if full.startswith(genus) and full != genus]
    if told:
        return [f"{told[0]} {epithet}"]
    known = KNOWN.get((genus[0], epithet), "")
    if known.startswith(genus):
        return [known]
    same = [full for full in genera.by_initial.get(genus[0], ()) if full.startswith(genus)]
    return [f"{full} {epithet}" for full in same[:2]]


def _virus(text: str) -> Iterator[str]:
    """Look up a virus by its whole name, without its tail, and by its first words ("HIV-1 strain NL4-3")."""
    forms = [normalise(text), lay_key(text), lay_key(_TAIL.sub("", text))]
    words = forms[0].split(" ")
    forms += [" ".join(words[:count]) for count in range(min(len(words) - 1, 3), 0, -1)]
    for form in dict.fromkeys(forms):
        yield from hand_made(VIRUSES).get(form, ())
    if "viruses" in text:
        yield text.replace("viruses", "virus")
    if _SUBTYPE.search(text):
        yield "Influenza A virus"
    if _SIV.search(text):
        yield "Simian immunodeficiency virus"
    if dengue := _DENGUE.search(text):
        yield f"dengue virus type {dengue[1]}"


def _heads(key: str, genera: Genera) -> Iterator[str]:
    """Look up the last words of a lay name ("worker honeybees")."""
    words = key.split(" ")
    for first in range(1, len(words)):
        head = " ".join(words[first:])
        yield from _told(genera.beside, head)
        if head not in HOMONYM_HEADS:
            yield from hand_made(LAY).get(head, ())
            yield from everyday_names("species", head)
