from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belink.errors import ConfigError
from belink.text.organisms import organisms_of, weights
from belink.text.organisms_features import BACKGROUND
from belink.types import Document, Mention, Passage, Span

HUMAN, MOUSE, RAT, FLY = "NCBITaxon:9606", "NCBITaxon:10090", "NCBITaxon:10116", "NCBITaxon:7227"
WORM, YEAST, COLI, CRESS = "NCBITaxon:6239", "NCBITaxon:559292", "NCBITaxon:511145", "NCBITaxon:3702"
WORDS = (
    "human", "mice", "Rats", "yeast", "HeLa", "E.", "coli", "patients", "cat", "BRCA1", "Trp53", "hTERT",
    "unc-13", "kinase", "(-/-)", ".", "In", "knockout", "HIV", "İstanbul", "β-actin",
)  # fmt: skip


def mentions_of(doc: Document, *names: str, kind: str = "Gene") -> list[Mention]:
    """Give every occurrence of the names, in the order of the names."""
    found = []
    for name in names:
        start = doc.text.find(name)
        while start >= 0:
            found.append(Mention(doc.id, (Span(start, start + len(name)),), name, kind))
            start = doc.text.find(name, start + len(name))
    return found


def likeliest(text: str, name: str, allowed: Sequence[str] = ()) -> str:
    doc = Document("d", text)
    return organisms_of(doc, mentions_of(doc, name), allowed)[0][0][0]


@pytest.mark.parametrize(
    ("text", "name", "taxon"),
    [
        ("We cloned human BRCA1 and mouse Kit. Rats were fed.", "BRCA1", HUMAN),
        ("We cloned human BRCA1 and mouse Kit.", "Kit", MOUSE),
        ("The level of Tnf rose in rats. Sprague-Dawley rats were fed.", "Tnf", RAT),
        ("In Drosophila melanogaster, flies without bab2 are sterile.", "bab2", FLY),
        ("The unc-13 mutants of C. elegans are paralysed.", "unc-13", WORM),
        ("Budding yeast Rad51 binds DNA. In S. cerevisiae it is nuclear.", "Rad51", YEAST),
        ("Arabidopsis PHYB senses light in seedlings of A. thaliana.", "PHYB", CRESS),
        ("Escherichia coli RecA. The E. coli RecA protein binds DNA.", "RecA", COLI),
    ],
)
def test_organism_named_beside_a_gene_is_the_likeliest(text: str, name: str, taxon: str) -> None:
    """A gene belongs most likely to the organism that the text names with it."""
    assert likeliest(text, name) == taxon


def test_cell_line_tells_its_organism() -> None:
    """Genes studied in a mouse cell line are more likely mouse genes than without that line."""

    def mouse(text: str) -> float:
        doc = Document("d", text)
        return dict(organisms_of(doc, mentions_of(doc, "Akt"))[0])[MOUSE]

    assert mouse("Akt was active in C2C12 myotubes.") > mouse("Akt was active in the myotubes.")


def test_prefix_of_a_symbol_tells_its_organism() -> None:
    """Of two forms in one sentence the one with the prefix "m" is the likelier mouse gene."""
    doc = Document("d", "We compared human proteins and mouse proteins: mPER1 and PER2.")
    prefixed, plain = (dict(one)[MOUSE] for one in organisms_of(doc, mentions_of(doc, "mPER1", "PER2")))
    assert prefixed > plain


def test_mentions_of_one_form_share_their_evidence() -> None:
    """A mention without a hint nearby is drawn to the organism of the same form elsewhere in the document."""
    ending = " Patients were seen. It is not known what Abc1 does."
    alone = Document("d", "We cloned the mouse gene." + ending)
    shared = Document("d", "We cloned mouse Abc1." + ending)
    last = {doc.text: organisms_of(doc, mentions_of(doc, "Abc1"))[-1] for doc in (alone, shared)}
    assert dict(last[shared.text])[MOUSE] > dict(last[alone.text])[MOUSE]


def test_human_is_a_prior_where_nothing_is_said() -> None:
    """Without any evidence human is the likeliest for a symbol in capitals, and others keep a share."""
    doc = Document("d", "BRCA1 binds.")
    probabilities = dict(organisms_of(doc, mentions_of(doc, "BRCA1"))[0])
    assert max(probabilities, key=lambda taxon: probabilities[taxon]) == HUMAN
    assert all(probabilities[f"NCBITaxon:{taxon}"] > 0 for taxon in BACKGROUND)
    assert probabilities[HUMAN] < 0.99


@pytest.mark.parametrize(
    ("text", "name", "unlikely"),
    [
        ("A yeast two-hybrid screen with human BRCA1 as bait.", "BRCA1", YEAST),
        ("CAT assays with human BRCA1.", "BRCA1", "NCBITaxon:9685"),
        ("A b-cat mutant with human BRCA1.", "BRCA1", "NCBITaxon:9685"),
        ("Human BRCA1 was stained with rabbit polyclonal antibodies.", "BRCA1", "NCBITaxon:9986"),
    ],
)
def test_words_that_only_look_like_organisms_tell_little(text: str, name: str, unlikely: str) -> None:
    """Reagents, expression hosts and acronyms do not make an organism likely."""
    doc = Document("d", text)
    assert dict(organisms_of(doc, mentions_of(doc, name))[0]).get(unlikely, 0.0) < 0.1


def test_other_types_have_no_organisms() -> None:
    """Mentions that are not genes get the empty tuple in their place."""
    doc = Document("d", "Human BRCA1 in breast cancer.")
    both = [*mentions_of(doc, "breast cancer", kind="Disease"), *mentions_of(doc, "BRCA1")]
    disease, gene = organisms_of(doc, both)
    assert disease == ()
    assert gene


def test_no_mentions_give_an_empty_list() -> None:
    """A document without mentions has nothing to say."""
    assert organisms_of(Document("d", "Human."), []) == []


def test_title_passage_counts() -> None:
    """An organism in the title passage weighs more than one in the text."""
    text = "Cloning in rats\nHere the mouse gene: Tnf is described."
    titled = Document("d", text, (Passage("title", Span(0, 15), 0),))
    untitled = Document("d", text, (Passage("title", Span(0, 0), 0),))
    rat = [dict(organisms_of(doc, mentions_of(doc, "Tnf"))[0])[RAT] for doc in (titled, untitled)]
    assert rat[0] > rat[1]


def test_allowed_organisms_are_the_only_ones() -> None:
    """With `allowed` no other organism is given, however strong its evidence."""
    doc = Document("d", "Rat Tnf in rats.")
    probabilities = dict(organisms_of(doc, mentions_of(doc, "Tnf"), [MOUSE, HUMAN])[0])
    assert probabilities.keys() == {MOUSE, HUMAN}
    assert sum(probabilities.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("order", [(HUMAN, FLY), (FLY, HUMAN)])
def test_order_of_the_allowed_is_a_prior(order: tuple[str, str]) -> None:
    """Where the text names none of the allowed, the first of them is the likeliest."""
    assert likeliest("The protein ABC-1 and others bind.", "protein", order) == order[0]


def test_evidence_outweighs_the_order_of_the_allowed() -> None:
    """An allowed organism that the text names beats one that comes earlier and is not named."""
    assert likeliest("Mouse Tnf in mice.", "Tnf", [RAT, MOUSE]) == MOUSE


def test_species_may_stand_for_its_strain() -> None:
    """A user who allows S. cerevisiae gets that id back, with the evidence of the strain."""
    text = "Yeast Rad51 in S. cerevisiae."
    assert likeliest(text, "Rad51", [HUMAN, "NCBITaxon:4932"]) == "NCBITaxon:4932"


def test_organism_unknown_to_the_table_may_be_allowed() -> None:
    """An organism of which no word is known still gets a probability."""
    doc = Document("d", "Human ABC1.")
    found = organisms_of(doc, mentions_of(doc, "ABC1"), ["NCBITaxon:12345", HUMAN])[0]
    assert [taxon for taxon, _ in found] == [HUMAN, "NCBITaxon:12345"]


@pytest.mark.parametrize("wrong", ["9606", "human", "NCBITaxon:", "MESH:D006801"])
def test_allowed_organism_must_be_a_taxon(wrong: str) -> None:
    """An organism that is no NCBI Taxonomy CURIE is refused by its name."""
    with pytest.raises(ConfigError, match=wrong):
        organisms_of(Document("d", ""), [], [wrong])


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, list[Mention]]:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30))
    doc = Document("d", " ".join(words))
    starts = [sum(len(word) + 1 for word in words[:place]) for place in range(len(words))]
    mentions = [
        Mention("d", (Span(start, start + len(word)),), word, draw(st.sampled_from(("Gene", "Disease"))))
        for start, word in zip(starts, words, strict=True)
    ]
    return doc, mentions


@given(documents(), st.sampled_from(((), (MOUSE, HUMAN), (COLI, FLY, RAT))))
@settings(max_examples=60, deadline=None)
def test_probabilities_add_up_and_fall(
    found: tuple[Document, list[Mention]], allowed: tuple[str, ...]
) -> None:
    """Every gene's probabilities add up to 1, fall, and name each taxon once; ties are in order."""
    doc, mentions = found
    for mention, taxa in zip(mentions, organisms_of(doc, mentions, allowed), strict=True):
        if mention.type != "Gene":
            assert taxa == ()
            continue
        values = [value for _, value in taxa]
        assert sum(values) == pytest.approx(1.0)
        assert values == sorted(values, reverse=True)
        assert len({taxon for taxon, _ in taxa}) == len(taxa)


@given(documents(), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_order_of_the_mentions_does_not_matter(found: tuple[Document, list[Mention]], seed: int) -> None:
    """A mention's organisms are the same in whatever order the document's mentions are given."""
    doc, mentions = found
    shuffled = random.Random(seed).sample(mentions, len(mentions))
    straight = dict(zip(mentions, organisms_of(doc, mentions), strict=True))
    for mention, taxa in zip(shuffled, organisms_of(doc, shuffled), strict=True):
        assert dict(taxa) == pytest.approx(dict(straight[mention]))


def test_shipped_weights_prefer_what_stands_next_to_a_gene() -> None:
    """The learnt weights are of the sign that their names promise."""
    by_name = weights()
    assert min(by_name[name] for name in ("next to", "prefix", "sentence share", "share")) > 0
    assert by_name["prior:human"] > max(by_name[f"prior:{name}"] for name in ("fly", "worm", "yeast"))


def test_other_weights_give_other_organisms() -> None:
    """Without any, nothing speaks for one organism more than for another."""
    doc = Document("d", "We cloned human BRCA1.")
    (likely,) = organisms_of(doc, mentions_of(doc, "BRCA1"), by_feature={})
    assert {round(chance, 9) for _, chance in likely} == {round(1 / len(likely), 9)}
