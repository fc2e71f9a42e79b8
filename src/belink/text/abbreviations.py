"""Find the abbreviations a document defines, and write them out in mentions.

After Schwartz and Hearst (PSB 2003, doi:10.1142/9789812776303_0042), with a cost for each alignment of
letters and words (`belink.text.letter_alignment`) and more places to look: "long form (SHORT)",
"SHORT (long form)", "(long form; SHORT)", square and nested brackets, "SHORT, long form," and lists of
abbreviations. Of chemicals also short names whose letters tell nothing ("irinotecan (CPT-11)").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from belink.text.chemical_brackets import in_chemical_brackets
from belink.text.definitions import AbbreviationPair, in_appositions, in_brackets, in_lists, page_of
from belink.text.glossaries import in_glossaries
from belink.text.short_forms import forms_of
from belink.types import Span

__all__ = ["AbbreviationPair", "expand", "find_abbreviations"]

_REMEMBERED_CHARS = 20_000


def find_abbreviations(text: str) -> tuple[AbbreviationPair, ...]:
    """Give the definitions of abbreviations in a text, sorted by the place of the short form.

    A short form defined twice is given twice. The time is linear in the length of the text. What was found in
    the last texts of some pages is remembered, since several stages ask for it.
    """
    return _known(text) if len(text) <= _REMEMBERED_CHARS else _find(text)


def _find(text: str) -> tuple[AbbreviationPair, ...]:
    page = page_of(text)
    found: dict[Span, AbbreviationPair] = {}
    for finder in (in_brackets, in_lists, in_appositions, in_glossaries):
        for pair in finder(page):
            found.setdefault(pair.short_span, pair)
    defined = {pair.short for pair in found.values()}
    for pair in in_chemical_brackets(text):
        if pair.short not in defined:
            found.setdefault(pair.short_span, pair)
    return _agreeing(text, [found[span] for span in sorted(found)])


_known = lru_cache(maxsize=256)(_find)


def _agreeing(text: str, pairs: Sequence[AbbreviationPair]) -> tuple[AbbreviationPair, ...]:
    """Shorten a later long form that ends with an earlier one ("effects of carbachol (CCh)")."""
    longs: dict[str, str] = {}
    agreeing = []
    for pair in pairs:
        known = longs.setdefault(pair.short, pair.long)
        if pair.long.lower().endswith(known.lower()):
            span = Span(pair.long_span.end - len(known), pair.long_span.end)
            pair = AbbreviationPair(pair.short, text[span.start : span.end], pair.short_span, span)
        agreeing.append(pair)
    return tuple(agreeing)


def expand(mention_text: str, pairs: Sequence[AbbreviationPair], start: int | None = None) -> str | None:
    """Write out the short forms in a mention.

    "DM" and "congenital DM" become "myotonic dystrophy" and "congenital myotonic dystrophy" where the
    document defines DM; plurals ("EPSs") count as their singular; "long form (SHORT)" becomes the long form.
    Of overlapping short forms the longest is written out. Short forms within a long form are written
    out too.

    Args:
        mention_text: the mention.
        pairs: what `find_abbreviations` gave for the document.
        start: where the mention stands; of several definitions of a short form the last before it is
            taken, else the first after it. Without it, the first definition counts.

    Returns:
        None where no short form of the document occurs.
    """
    written, used = _write_out(mention_text, _definitions(mention_text, pairs, start))
    if not used:
        return None
    nested = _definitions(written, pairs, start)
    written, _ = _write_out(written, {short: long for short, long in nested.items() if short not in used})
    return written if written != mention_text else None


def _definitions(mention_text: str, pairs: Sequence[AbbreviationPair], start: int | None) -> dict[str, str]:
    """Give the long form of each short form that occurs in a mention, by the form's singular."""
    longs: dict[str, str] = {}
    for pair in pairs:
        short = forms_of(pair.short)[0]
        if short not in mention_text:
            continue
        before = start is not None and pair.short_span.start <= start
        if short not in longs or before:
            longs[short] = pair.long
    return longs


def _write_out(mention_text: str, longs: dict[str, str]) -> tuple[str, set[str]]:
    """Write out short forms that are whole words; give the text and the forms written out."""
    used: set[str] = set()
    if not longs:
        return mention_text, used

    def long_of(match: re.Match[str]) -> str:
        used.add(match[1])
        return longs[match[1]]

    bare = _without_own(mention_text, longs)
    forms = "|".join(re.escape(short) for short in sorted(longs, key=len, reverse=True))
    written = re.sub(rf"(?<![^\W_])({forms})(?:['’]?s)?(?![^\W_])", long_of, bare)
    return written, used if bare == mention_text else used | longs.keys()


def _without_own(mention_text: str, longs: dict[str, str]) -> str:
    """Take away the short form beside its long form: "long form (SHORT)", "SHORT (long form)"."""
    for short, long in longs.items():
        one, other = rf"{re.escape(short)}['’]?s?", rf"({re.escape(long)})"
        for pattern in (rf"{other}\s*[(\[]\s*{one}\s*[)\]]", rf"{one}\s*[(\[]\s*{other}\s*[)\]]"):
            mention_text = re.sub(pattern, r"\1", mention_text)
    return mention_text
