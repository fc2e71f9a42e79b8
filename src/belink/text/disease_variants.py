"""Other ways to write the name of a disease: adjectives and nouns, kinds of damage, coordination, the organ.

Chosen on the train parts of NCBI-Disease, BC5CDR and BioRED: of forms that other train documents do not have,
all rules together bring 4 to 7 points of recall@1 and 3 to 4 of recall@20 to look-up by strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from belink.text.disease_short_forms import SHORT_FORMS, SHORT_WORDS
from belink.text.disease_stems import headings_of
from belink.text.disease_words import (
    ADJECTIVES,
    DISORDERS,
    ENDINGS,
    INFLAMED,
    NOUNS,
    ORDINALS,
    PLACES,
    TOXIC,
    TOXIC_ORGANS,
    WORDS,
)
from belink.text.hand_made import hand_made, hand_made_in_use
from belink.text.thesaurus import everyday_names

Rule = Callable[[str], Iterator[str]]

MOST = 8
"""Variants given for a mention at most."""

_MOST_HEADINGS = 3

_MIN_ADJECTIVE = 6
_MOST_PARTS = 4

_NEOPLASM = re.compile(
    r"\b(?:malignant |primary )?(?:cancers?|carcinomas?|tumou?rs?|neoplasms?|malignanc(?:y|ies)|neoplasias?|"
    r"adenocarcinomas?|tumou?rigenesis|carcinogenesis|(?<=\w )metastas[ei]s|mass(?:es)?)\b",
    re.IGNORECASE,
)
_DAMAGE = re.compile(
    r"\b(?:injur(?:y|ies)|damages?|toxicit(?:y|ies)|dysfunctions?|impairments?|lesions?|failures?|insults?|"
    r"disorders?|abnormalit(?:y|ies)|complications?|problems?|involvement|insufficienc(?:y|ies)|defects?|"
    r"deficits?|deterioration|diseases?|patholog(?:y|ies)|dysplasias?|degeneration|disturbances?|"
    r"anomal(?:y|ies)|malformations?|alterations?|changes|symptoms?|manifestations?|conditions?|"
    r"illness(?:es)?|syndromes?|attacks?|episodes?|events?)\b",
    re.IGNORECASE,
)
_KINDS = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), kind)
    for words, kind in (
        ("malformations?|anomal(?:y|ies)|deformit(?:y|ies)|defects?|aberrations?", "abnormalities"),
        ("damages?|insults?|trauma|lesions?", "injuries"),
        (
            "deficits?|impairments?|disturbances?|abnormalit(?:y|ies)|dysfunctions?|difficult(?:y|ies)|problems?|"
            "decline|loss|syndromes?|diseases?",
            "disorders",
        ),
    )
)
_DEFICIENT = re.compile(r"^(.+?)[\s-]+(?:deficien(?:cy|cies|t)|deficits?)$", re.IGNORECASE)
_DEFICIENCY_OF = re.compile(
    r"^(?:(?:inherited|congenital|hereditary|complete|partial|isolated|acquired)\s+)?"
    r"(?:deficienc(?:y|ies)|lack|absence|defects?|loss)\s+(?:of|in|for)\s+(?:the\s+)?(.+)$",
    re.IGNORECASE,
)
_MODIFIER = re.compile(
    r"^(?:(?:severe|mild|moderate|marked|profound|massive|transient|persistent|recurrent|refractory|"
    r"progressive|sporadic|spontaneous|idiopathic|isolated|typical|atypical|classic|classical|generalized|"
    r"diffuse|focal|bilateral|unilateral|symptomatic|asymptomatic|clinical|subclinical|experimental|acute|"
    r"subacute|chronic|primary|secondary|advanced|early|late|end|early-onset|late-onset|adult-onset|"
    r"juvenile|adult|childhood|infantile|neonatal|familial|hereditary|inherited|congenital|genetic|"
    r"autosomal[\s-](?:dominant|recessive)|x-linked|dominant|recessive|non-?\w+|fatal|lethal|benign|malignant|"
    r"metastatic|invasive|human|nonsyndromic|syndromic|complete|partial|complex|common|rare|other|various|"
    r"multiple|major|minor|significant|serious|increased|reduced|impaired|abnormal|new|onset|left|right|"
    r"upper|lower|stage|type|grade|drug-induced|pre-existing|underlying|intractable|uncontrolled|"
    r"life-threatening|postoperative|perioperative)[\s-]+)+(?=\w)",
    re.IGNORECASE,
)
_TOXICITY = re.compile(
    rf"^({'|'.join(TOXIC)})[\s-]?(?:toxic(?:ity|ities)?|path(?:y|ies)|damage|injury)$", re.IGNORECASE
)
_ORGAN_TOXICITY = re.compile(
    rf"^(?:drug-induced )?(?:acute )?(?:({'|'.join(TOXIC_ORGANS)})[\s-]toxicit(?:y|ies)|"
    r"(liver|hepatic)[\s-](?:injur(?:y|ies)|damages?))$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:,\s*(?:and|or)?|\band/or\b|\band\b|\bor\b|/)\s*")
_INHERITED = re.compile(
    r"^(?:\w+ )?(?:(?:autosomal[\s,-]+)?(?:co)?(?:dominant|recessive)(?:ly)?|inherited|hereditary|genetic|"
    r"familial|mendelian|congenital|monogenic|inborn)(?:[\s-]+(?:inherited|human|autosomal|dominant|"
    r"recessive|multisystem|developmental|genetic|single-gene))*[\s-]+"
    r"(?:(?:cancer|tumou?r)[\s-]*(?:predisposition[\s-]*)?)?(?:diseases?|disorders?|conditions?|syndromes?|"
    r"defects?|deficienc(?:y|ies)|traits?|illness(?:es)?|cancers?|tumou?rs?)$",
    re.IGNORECASE,
)
_CANCER = re.compile("cancer|tumou?r", re.IGNORECASE)
_X_LINKED = re.compile(
    r"^x-linked[\s-]+(?:\w+[\s-]+)?(?:diseases?|disorders?|conditions?|defects?)$", re.IGNORECASE
)
_PRESSURE = re.compile(
    r"^(?:(increase[sd]?|elevat(?:ed|ion)s?|raised|high|higher|rises?)|"
    r"(?:decrease[sd]?|reduc(?:ed|tion)s?|low|lower|falls?|drops?))"
    r"(?:\s(?:in|of|the|resting|mean|systemic|arterial|systolic|diastolic|and))*"
    r"\s(?:arterial )?(?:blood pressures?|bp|map|sbp|dbp)$",
    re.IGNORECASE,
)
_QT = re.compile(r"\bqtc?\b", re.IGNORECASE)
_PROLONGED = re.compile(r"\b(?:prolong|interval|long)", re.IGNORECASE)
_GENE_FAULT = re.compile(
    r"^(?:(?:partial |complete )?(?:deficiency|defects?|dysfunction|mutations?|abnormality|loss|absence)"
    r" (?:of|in) (?:the )?)?[A-Za-z]{0,5}[A-Z]\w{1,6}\d?(?:[\s-](?:gene|protein))?"
    r"(?:[\s-](?:deficien\w+|defects?|dysfunction|haploinsufficiency|mutations?|disorders?|abnormalit\w+))$"
)
_COMPLEMENT = re.compile(
    rf"\b({'|'.join(ORDINALS)}) component of (?:human |the )?complement\b|"
    r"\bcomplement (?:protein |factor )?C?(\d)\b|\bC(\d)\b(?= deficien)",
    re.IGNORECASE,
)


def disease_variants(text: str) -> tuple[str, ...]:
    """Give other ways to write the name of a disease, the most trusted first, without the text itself.

    Words for damage and for cancer stand for each other, organs stand as noun and adjective, what is
    joined is parted, modifiers are left out, and last come the diseases of the organ that is named. At most
    `MOST`; empty where no rule applies.

    Args:
        text: the mention, or what its abbreviation was written out to where the document defines it.
    """
    return _variants(text, hand_made_in_use())[:MOST]


@lru_cache(maxsize=16384)
def _variants(text: str, in_use: bool) -> tuple[str, ...]:
    """Give all variants that the rules find, in their order; `in_use` is `hand_made_in_use()`."""
    del in_use  # it only tells one result in the cache from another
    bare = " ".join(text.split())
    found: dict[str, str] = {}
    for rule in RULES:
        for variant in rule(bare):
            trimmed = variant.strip(" -,;")
            if len(trimmed) > 2:
                found.setdefault(trimmed.casefold(), trimmed)
    found.pop(bare.casefold(), None)
    return tuple(found.values())


def _swap(text: str, words: dict[str, str]) -> str:
    return " ".join(words.get(word.lower(), word) for word in text.split(" "))


def _short(text: str) -> Iterator[str]:
    """Write out a common short form, as the mention or within it ("OAB", "GI bleeding")."""
    if text in hand_made(SHORT_FORMS):
        yield SHORT_FORMS[text]
        return
    written = _swap_cased(text)
    if written != text:
        yield written


def _everyday(text: str) -> Iterator[str]:
    """Look the text up, and what is left of it without modifiers."""
    yield from everyday_names("disease", text)
    short = _MODIFIER.sub("", text)
    if short != text:
        yield from everyday_names("disease", short)


def _swap_cased(text: str) -> str:
    forms, words = hand_made(SHORT_FORMS), hand_made(SHORT_WORDS)
    return " ".join(forms.get(word, words.get(word, word)) for word in text.split(" "))


def _toxicity(text: str) -> Iterator[str]:
    if (match := _TOXICITY.match(text)) is not None:
        yield from TOXIC[match[1].lower()]
    elif (match := _ORGAN_TOXICITY.match(text)) is not None:
        yield from TOXIC[TOXIC_ORGANS[(match[1] or match[2]).lower()]]


def _inherited(text: str) -> Iterator[str]:
    """Name the headings for diseases of which only the inheritance is told."""
    if _X_LINKED.match(text) is not None:
        yield "genetic diseases, x-linked"
    elif _INHERITED.match(text) is not None:
        yield "neoplastic syndromes, hereditary" if _CANCER.search(text) else "genetic diseases, inborn"


def _signs(text: str) -> Iterator[str]:
    """Name what a measured sign means: blood pressure, QT interval."""
    if (match := _PRESSURE.match(text)) is not None:
        yield "hypertension" if match[1] else "hypotension"
    if _QT.search(text) is not None and _PROLONGED.search(text) is not None:
        yield "long qt syndrome"


def _complement(text: str) -> Iterator[str]:
    if (match := _COMPLEMENT.search(text)) is not None:
        number = ORDINALS[match[1].lower()] if match[1] else match[2] or match[3]
        yield f"complement component {number} deficiency"


def _damage(text: str) -> Iterator[str]:
    organ = _swap(text, NOUNS)
    if _DAMAGE.search(organ) is not None:
        yield _DAMAGE.sub("diseases", organ)


def _kinds(text: str) -> Iterator[str]:
    """Write "abnormalities", "injuries" and "disorders" for words that mean alike."""
    organ = _swap(text, NOUNS)
    for pattern, kind in _KINDS:
        if pattern.search(organ) is not None:
            yield pattern.sub(kind, organ)


def _neoplasm(text: str) -> Iterator[str]:
    if _NEOPLASM.search(text) is not None:
        for word in ("neoplasms", "cancer", "carcinoma"):
            swapped = _NEOPLASM.sub(word, text)
            yield swapped
            yield _swap(swapped, NOUNS)


def _organ(text: str) -> Iterator[str]:
    for words in (NOUNS, ADJECTIVES):
        swapped = _swap(text, words)
        if swapped != text:
            yield swapped


def _words(text: str) -> Iterator[str]:
    swapped = _swap(text, WORDS)
    if swapped != text:
        yield swapped


def _adjective(text: str) -> Iterator[str]:
    """Write the noun for an adjective that stands alone or before one word ("atherosclerotic lesion")."""
    first, _, rest = text.lower().partition(" ")
    if len(first) >= _MIN_ADJECTIVE and " " not in rest:
        for adjective, noun in ENDINGS:
            if first.endswith(adjective):
                yield first.removesuffix(adjective) + noun
                return


def _inflammation(text: str) -> Iterator[str]:
    words = text.lower().split()
    if "inflammation" in words or "inflammatory" in words:
        yield from (INFLAMED[word] for word in words if word in INFLAMED)


def _deficiency(text: str) -> Iterator[str]:
    if (match := _DEFICIENCY_OF.match(text) or _DEFICIENT.match(text)) is not None:
        yield f"{match[1]} deficiency"


def _coordination(text: str) -> Iterator[str]:
    """Part what is joined; a lone word takes the last word of all ("ovarian and breast cancer")."""
    parts = [part for part in _JOIN.split(text) if part]
    if 1 < len(parts) <= _MOST_PARTS:
        head = parts[-1].split()
        for index, part in enumerate(parts, 1):
            alone = " " not in part and len(head) > 1 and index < len(parts)
            yield f"{part} {head[-1]}" if alone else part


def _modifier(text: str) -> Iterator[str]:
    short = _MODIFIER.sub("", text)
    if short != text:
        yield short


def _place(text: str) -> Iterator[str]:
    """Name the diseases of the part of the body that is named first."""
    for word in text.lower().replace("-", " ").split():
        if (place := PLACES.get(word)) is not None:
            yield f"{place} {'disorders' if place in DISORDERS else 'diseases'}"
            return


def _of_gene(text: str) -> Iterator[str]:
    """Name the heading for what ails a gene ("SIX5 deficiency")."""
    if _GENE_FAULT.match(text) is not None:
        yield "genetic diseases, inborn"


def _headings(text: str) -> Iterator[str]:
    """Name the headings that stems of medical words tell."""
    yield from headings_of(text)[:_MOST_HEADINGS]


RULES: tuple[Rule, ...] = (
    _short, _everyday, _toxicity, _inherited, _signs, _complement, _coordination, _damage, _neoplasm,
    _words, _kinds, _adjective, _inflammation, _deficiency, _of_gene, _modifier, _headings, _organ, _place,
)  # fmt: skip
"""The rules, the most trusted first."""
