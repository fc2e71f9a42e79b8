"""Make the names of a knowledge base ready for matching: words as codes, names as strings of codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson

from belink.detect.common_words import FUNCTION_WORDS, CommonWords
from belink.errors import KnowledgeBaseError
from belink.text.normalise import normalise, singular


@dataclass(frozen=True, slots=True)
class DictionaryEntry:
    """A name to look for and the type of what it names."""

    alias: str
    type: str


@dataclass(frozen=True, slots=True)
class NameTable:
    """Names made ready for matching; what is worth storing between runs.

    Attributes:
        folded_words: words in the form `fold_word` gives, by code.
        exact_words: words as written, by code.
        folded: for each type, names as strings with one code point for each word.
        exact: the same for names that must match to the letter.
    """

    folded_words: tuple[str, ...]
    exact_words: tuple[str, ...]
    folded: dict[str, tuple[str, ...]]
    exact: dict[str, tuple[str, ...]]


TOKEN = re.compile(
    r"((?:[^\W_]|[\u0300-\u036f])+(?:(?<=[^\W\d_])['’`´]s\b)?"
    r"|\+|,(?=\s)|[.;:!?](?=\s)|\n\s*\n|[)\]](?=\s|$)|(?<!\S)[(\[]|[=<>|])"
)
"""A word with its possessive ending, or punctuation that a name does not run over unless it has it too."""

_SAME_WORD = {"cancer": "neoplasm", "tumour": "tumor"}
_AMERICAN = {
    "haem": "hem", "aemi": "emi", "oedem": "edem", "oesoph": "esoph", "rrhoea": "rrhea", "paed": "ped",
    "oestr": "estr", "sulph": "sulf",
}  # fmt: skip
_BRITISH = re.compile("|".join(_AMERICAN))

UNKNOWN = "\x03"
"""The code of a word that no name has."""

_BREAK, _COMMA = "\x01", "\x02"
_POSSESSIVE = re.compile(r"['’`´]s$")
_FIRST_CODE = 16
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800
_SHORT_NAME = 3
_SYMBOL = 8
_VERSION = 2
"""Of the stored form."""


def name_table(
    entries: Iterable[DictionaryEntry], common: CommonWords | None = None, *, exact_symbols: bool = True
) -> NameTable:
    """Make names ready for matching.

    Args:
        entries: names with their types; repeated ones count once. Function words of English in small
            letters, as vocabularies in small letters hold them ("as", "all"), are left out.
        common: names to leave out because they are ordinary words (`belink.detect.common_words`).
        exact_symbols: names for which `must_match_exactly` holds are only found as written.
    """
    folded_codes: dict[str, str] = {}
    exact_codes: dict[str, str] = {}
    folded: dict[str, dict[str, None]] = {}
    exact: dict[str, dict[str, None]] = {}
    fold = lru_cache(maxsize=65536)(fold_word)
    for entry in entries:
        tokens = TOKEN.findall(entry.alias)
        if entry.alias in FUNCTION_WORDS or not any(token[0].isalnum() for token in tokens):
            continue
        as_written = exact_symbols and must_match_exactly(entry.alias)
        own = (exact if as_written else folded).setdefault(entry.type, {})
        codes = exact_codes if as_written else folded_codes
        for words in _written_forms(entry.alias, tokens) if as_written else _folded_forms(tokens, fold):
            if common is None or (entry.type, " ".join(words)) not in common:
                own[_encode(words, codes)] = None
    return NameTable(
        tuple(folded_codes),
        tuple(exact_codes),
        {type_: tuple(names) for type_, names in folded.items()},
        {type_: tuple(names) for type_, names in exact.items()},
    )


def must_match_exactly(alias: str) -> bool:
    """Tell whether a name has at most three letters or digits, or is one word in capitals (a symbol)."""
    length = sum(c.isalnum() for c in alias)
    return length <= _SHORT_NAME or (length <= _SYMBOL and alias.isupper() and alias.isalpha())


def fold_word(word: str) -> str:
    """Give the form of a word that matching compares.

    Lower case, plain letters, singular, no possessive, American spelling; "cancer" is "neoplasm", because
    what is found here is a mention of some kind, not which concept it names.
    """
    if mark(word):
        return word
    bare = _POSSESSIVE.sub("", word)
    lower = bare.lower() if bare.isascii() else normalise(bare).replace(" ", "")
    word = lower[:-1] if lower.endswith("ias") else singular(lower)
    return _SAME_WORD.get(word) or _BRITISH.sub(lambda match: _AMERICAN[match[0]], word)


def name_key(name: str) -> str:
    """Give the form in which `CommonWords` hold a name: folded words with spaces, symbols as written."""
    tokens = TOKEN.findall(name)
    return " ".join(tokens if must_match_exactly(name) else map(fold_word, tokens))


def _written_forms(alias: str, tokens: list[str]) -> Iterator[list[str]]:
    """Give the name as written and, for "Tin", "tin"."""
    yield tokens
    if alias[:1].isupper() and alias[1:].islower():
        yield [token.lower() for token in tokens]


def _folded_forms(tokens: list[str], fold: Callable[[str], str]) -> Iterator[list[str]]:
    """Give the folded words in order and, for an inverted name ("Anemia, Aplastic"), put right."""
    words = [fold(token) for token in tokens]
    yield words
    if "," in words[1:-1]:
        parts: list[list[str]] = [[]]
        for word in words:
            if word == ",":
                parts.append([])
            else:
                parts[-1].append(word)
        yield [word for part in reversed(parts) for word in part]


def _encode(words: Sequence[str], codes: dict[str, str]) -> str:
    return "".join(
        mark(word) or codes.get(word) or codes.setdefault(word, code(len(codes))) for word in words
    )


def mark(word: str) -> str:
    """Give the code of punctuation that parts words, "" for a word."""
    if word == "+" or word[0].isalnum() or (len(word) > 1 and not word.isspace()):
        return ""
    return _COMMA if word == "," else _BREAK


def code(number: int) -> str:
    """Give the code point that stands for the word with this number."""
    place = number + _FIRST_CODE
    return chr(place if place < _SURROGATES else place + _SURROGATE_COUNT)


def save(table: NameTable, path: Path) -> None:
    """Write a name table to a file.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(
        orjson.dumps([_VERSION, table.folded_words, table.exact_words, table.folded, table.exact])
    )


def load(path: Path) -> NameTable:
    """Read a name table that `save` wrote.

    Raises:
        KnowledgeBaseError: the file is missing, damaged or of another version.
    """
    try:
        version, folded_words, exact_words, folded, exact = orjson.loads(path.read_bytes())
    except OSError as error:
        raise KnowledgeBaseError(f"{path}: cannot read the name table: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise KnowledgeBaseError(f"{path}: damaged name table; delete it and it is made again") from error
    if version != _VERSION:
        raise KnowledgeBaseError(
            f"{path}: name table of version {version}, expected {_VERSION}; delete it and it is made again"
        )
    return NameTable(tuple(folded_words), tuple(exact_words), _tuples(folded), _tuples(exact))


def _tuples(names: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {type_: tuple(own) for type_, own in names.items()}
