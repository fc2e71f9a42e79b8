"""Tell short forms from other words by their look."""

from __future__ import annotations

import re

_SHORT = re.compile(r"[^\W_][\w'’./&+-]{0,11}(?: [\w'’/&+-]{1,6})?")
_STOP = frozenset({
    "fig", "figs", "figure", "figures", "table", "tables", "ref", "refs", "see", "eq", "eqs", "vs", "no",
    "nos", "and", "or", "not", "in", "of", "at", "to", "by", "on", "for", "from", "the", "mean", "range",
    "total", "all", "both", "data", "e.g", "i.e", "n", "p", "sd", "ie", "eg",
})  # fmt: skip
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix"})


def looks_short(form: str) -> bool:
    """Tell whether a string may be a short form by its look."""
    if not 2 <= len(form) <= 14 or _SHORT.fullmatch(form) is None or _is_stop(form):
        return False
    letters = sum(c.isalpha() for c in form)
    return letters > 0 and sum(c.isalnum() for c in form) >= 2


def _is_stop(form: str) -> bool:
    """Tell whether a string is an ordinary word or number; "NO" and "SD" in capitals are not."""
    return form.lower() in _ROMAN or (not form.isupper() and form.lower().rstrip(".") in _STOP)


def forms_of(short: str) -> tuple[str, ...]:
    """Give the short form and, if it looks like a plural ("EPSs"), its singular."""
    if len(short) > 2 and short[-1] == "s" and not short[-2].islower():
        return (short.rstrip("s").rstrip("'’"), short)
    return (short,)


def tolerance(form: str) -> float:
    """Give the cost up to which an alignment is believed (see `belink.text.letter_alignment`).

    Less for what may be an ordinary word. Chosen on the train parts of NCBI-Disease, BC5CDR, NLM-Chem,
    GNormPlus and BioRED.
    """
    letters = sum(c.isalnum() for c in form)
    if form.islower():
        return 1.7 * letters
    if form[1:].islower():
        return (3.7 if letters <= 5 else 2.5) * letters
    return 5.5 * letters + 4
