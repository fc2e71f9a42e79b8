"""Other ways to write a mention, by its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from belink.text.chemical_variants import chemical_variants
from belink.text.disease_variants import disease_variants
from belink.text.gene_variants import gene_variants
from belink.text.species_variants import genera_of, species_variants
from belink.types import Document, Mention

_BY_TYPE: dict[str, Callable[[str], tuple[str, ...]]] = {
    "Disease": disease_variants,
    "Phenotype": disease_variants,
    "Chemical": chemical_variants,
    "Gene": gene_variants,
}


def name_variants(
    doc: Document, mentions: Sequence[Mention], expansions: Sequence[str | None]
) -> list[tuple[str, ...]]:
    """Give other ways to write each mention, the most trusted first, without the mention and its expansion.

    Variants of the expansion go before those of the mention. A type without rules of its own has none.

    Args:
        doc: where the mentions stand; abbreviated names of organisms are written out after it.
        mentions: of the document.
        expansions: of each mention what its abbreviation stands for, None where it is none.
    """
    by_type = _BY_TYPE
    if any(mention.type == "Species" for mention in mentions):
        genera = genera_of(doc.text)
        by_type = {**_BY_TYPE, "Species": lambda text: species_variants(text, genera)}
    return [
        _of_texts(by_type[mention.type], mention.text, expansion) if mention.type in by_type else ()
        for mention, expansion in zip(mentions, expansions, strict=True)
    ]


def _of_texts(vary: Callable[[str], tuple[str, ...]], text: str, expansion: str | None) -> tuple[str, ...]:
    texts = (text,) if expansion is None else (expansion, text)
    found = dict.fromkeys(variant for each in texts for variant in vary(each))
    return tuple(variant for variant in found if variant not in texts)
