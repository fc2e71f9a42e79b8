from __future__ import annotations

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.curies import parse_prefix, to_curie, url


@pytest.mark.parametrize(
    ("identifier", "curie"),
    [
        ("mesh:D003924", "MESH:D003924"),
        ("MSH:D003924", "MESH:D003924"),
        ("MIM:264300", "OMIM:264300"),
        ("GeneID:672", "NCBIGene:672"),
        ("taxonomy:9606", "NCBITaxon:9606"),
        ("UMLS_CUI:C0011860", "UMLS:C0011860"),
        ("Orphanet:586", "ORPHA:586"),
        ("HGNC:HGNC:1100", "HGNC:1100"),
        ("MGI:MGI:104537", "MGI:104537"),
        ("CVCL_0030", "Cellosaurus:CVCL_0030"),
        ("CVCL:0030", "Cellosaurus:CVCL_0030"),
        ("Cellosaurus:CVCL_0030", "Cellosaurus:CVCL_0030"),
        ("http://purl.obolibrary.org/obo/HP_0000001", "HP:0000001"),
        ("http://www.orpha.net/ORDO/Orphanet_586", "ORPHA:586"),
    ],
)
def test_identifiers_become_our_curies(identifier: str, curie: str) -> None:
    """Synonyms of prefixes, doubled prefixes and web addresses mean one CURIE, which means itself."""
    assert to_curie(identifier) == curie == to_curie(curie)


def test_a_bare_identifier_takes_the_default_prefix() -> None:
    """The default prefix may itself be a synonym; one that is written goes before it."""
    assert to_curie("672", "GeneID") == "NCBIGene:672"
    assert to_curie("OMIM:1", "MESH") == "OMIM:1"


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("LAB:1", "unknown prefix 'LAB'; add it with --prefix LAB=URL"),
        ("D003924", "has no prefix"),
        ("", "has no prefix"),
        ("MESH:", "nothing behind its prefix"),
        ("https://nowhere.example/1", "--prefix NAME=URL"),
    ],
)
def test_what_is_no_known_identifier_says_what_to_do(identifier: str, message: str) -> None:
    """An unknown prefix is never guessed."""
    with pytest.raises(KnowledgeBaseError, match=message):
        to_curie(identifier)


def test_a_prefix_can_be_added() -> None:
    """An added prefix is known in any case, both ways, and by its address."""
    added = dict([parse_prefix("LAB=https://lab.example/id/")])
    assert to_curie("lab:7", added=added) == "LAB:7" == to_curie("https://lab.example/id/7", added=added)
    assert url("LAB:7", added=added) == "https://lab.example/id/7"
    assert url("LAB:7") is None


def test_a_name_may_stand_for_itself() -> None:
    """`NAME:` is the prefix of what has no identifier but its name; it has no address."""
    assert to_curie("name:Buscopan") == "NAME:Buscopan"
    assert url("NAME:Buscopan") is None


@pytest.mark.parametrize(
    "text", ["LAB", "LAB=", "=https://a.b/", "L B=https://a.b/", "MESH=https://a.b/", "mim=https://a.b/"]
)
def test_a_clashing_or_malformed_prefix_is_refused(text: str) -> None:
    """A prefix that already means something else cannot be taken."""
    with pytest.raises(KnowledgeBaseError, match="--prefix"):
        parse_prefix(text)
