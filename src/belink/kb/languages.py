"""Codes of languages, written alike whatever the vocabulary."""

from __future__ import annotations

from functools import lru_cache

_TWO_LETTERS = {
    "ara": "ar", "baq": "eu", "chi": "zh", "cze": "cs", "dan": "da", "dut": "nl", "eng": "en", "est": "et",
    "fin": "fi", "fre": "fr", "ger": "de", "gre": "el", "heb": "he", "hun": "hu", "ita": "it", "jpn": "ja",
    "kor": "ko", "lav": "lv", "nor": "no", "pol": "pl", "por": "pt", "rus": "ru", "scr": "hr", "spa": "es",
    "swe": "sv", "tur": "tr", "ukr": "uk",
}  # fmt: skip
"""The languages of UMLS (LAT, bibliographic codes of ISO 639-2) in ISO 639-1."""


@lru_cache(512)
def language_code(text: str) -> str:
    """Give the code of a language: in small letters, of two where UMLS has three, without region or script.

    "ENG", "en" and "en-US" give "en"; a code that is not known stays, in small letters; "" stays "".
    """
    code = text.strip().lower().replace("_", "-").partition("-")[0]
    return _TWO_LETTERS.get(code, code)
