"""Settings files and what they complain about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from belink.config import (
    LinkSettings,
    RerankSettings,
    RetrieveSettings,
    Settings,
    entity_types,
    load_settings,
)
from belink.detect.combination import Combination, LinkWeights, MentionWeights
from belink.errors import ConfigError
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.precision import OperatingPoint
from belink.rerank.rerankers import Averaging
from belink.rerank.weighing import TypeWeights, Weighing
from belink.stages.reranking import build_reranker, build_thresholds
from belink.stages.retrieval import build_retriever
from belink.types import Concept, Context, Mention, Query, Span


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_file_does_not_name_has_its_default(tmp_path: Path) -> None:
    """A partial file changes only what it names."""
    settings = load_settings(write(tmp_path, "[rerank]\nk = 5\n"))
    assert settings.rerank.k == 5
    assert settings.retrieve == Settings().retrieve


def test_unknown_key_names_the_known_ones(tmp_path: Path) -> None:
    """A misspelt key is an error that lists what is known in its section."""
    with pytest.raises(ConfigError, match=r"unknown key 'rerank\.kk'; known here: reranker, gate, k,"):
        load_settings(write(tmp_path, "[rerank]\nkk = 5\n"))


def test_unknown_section_names_the_known_ones(tmp_path: Path) -> None:
    """A misspelt section is an error that lists the sections."""
    with pytest.raises(
        ConfigError, match=r"unknown key 'reranker'; known here: kb, detect, retrieve, reformulate, rerank"
    ):
        load_settings(write(tmp_path, "[reranker]\nk = 5\n"))


@pytest.mark.parametrize("line", ["k = 0", "k = 21", 'k = "many"'])
def test_value_out_of_range_is_refused(tmp_path: Path, line: str) -> None:
    """A value that cannot be used is an error that names the key."""
    with pytest.raises(ConfigError, match=r"key 'rerank\.k': found"):
        load_settings(write(tmp_path, f"[rerank]\n{line}\n"))


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    """A file that is not TOML is an error with the place."""
    with pytest.raises(ConfigError, match=r"is not TOML: .*line 1"):
        load_settings(write(tmp_path, "k = = 5\n"))


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    """A missing file says so."""
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "none.toml")


def test_entity_types_are_read_in_any_case() -> None:
    """Types are found whatever their case, each once, in the order given."""
    assert entity_types(("chemical", "DISEASE", "Chemical")) == ("Chemical", "Disease")


def test_unknown_entity_type_names_the_known_ones() -> None:
    """A type that does not exist is an error that lists those that do."""
    with pytest.raises(ConfigError, match=r"unknown entity type 'Drug'; known: Disease, Chemical"):
        entity_types(("Drug",))


def test_reranker_that_is_nothing_known_is_refused(small_kb: KnowledgeBase) -> None:
    """A re-ranker that is neither the shipped one, nor none, nor a URL, nor a model folder is an error."""
    settings = Settings().rerank.model_copy(update={"reranker": "no-such-model"})
    with pytest.raises(ConfigError, match="no-such-model"):
        build_reranker(settings, small_kb)


@pytest.fixture
def small_kb(tmp_path: Path) -> KnowledgeBase:
    """A knowledge base of one concept."""
    build(iter([Concept("T:1", "Myocardial Infarction")]), tmp_path / "kb")
    return KnowledgeBase.open(tmp_path / "kb")


def ask(kb: KnowledgeBase, settings: RetrieveSettings, text: str) -> list[str]:
    """Retrieve with these settings; give the ids found."""
    span = Span(0, len(text))
    query = Query(Mention("d", (span,), text, "Disease"), Context(text, span))
    return [candidate.concept_id for candidate in build_retriever(settings, kb)([query], 5)[0]]


def test_vectors_of_a_small_knowledge_base_are_made_on_first_use(small_kb: KnowledgeBase) -> None:
    """They lie beside the name index, and find a name that shares no letters."""
    assert ask(small_kb, RetrieveSettings(), "zzz") == ["T:1"]
    assert [path.name[:6] for path in (small_kb.path / "index").iterdir()] == ["dense-", "lexica"]


def test_a_large_knowledge_base_without_vectors_is_searched_without(
    small_kb: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says how many names there are and what command adds them."""
    settings = RetrieveSettings(vectors_on_first_use=0)
    assert ask(small_kb, settings, "myocardial infarct") == ["T:1"]
    assert ask(small_kb, settings, "zzz") == []
    assert re.search(r"no vectors of its 1 distinct names, .*belink kb index .*kb'", caplog.messages[0])


def test_without_an_encoder_there_are_no_vectors_and_no_word_of_it(
    small_kb: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    """`encoder = "none"` is a choice."""
    assert ask(small_kb, RetrieveSettings(encoder="none"), "zzz") == []
    assert not caplog.messages


REACHED = {"": (OperatingPoint(0.2, 0.95, 0.8),), "Disease": (OperatingPoint(0.4, 0.96, 0.7),), "Gene": ()}
MEASURED = Weighing({"": TypeWeights(1, 1, 0, 2)}, REACHED)


@pytest.fixture
def diseases(tmp_path: Path) -> KnowledgeBase:
    """A knowledge base of diseases only."""
    build([Concept("MESH:D006073", "Gout", types=("Disease",))], tmp_path / "diseases")
    return KnowledgeBase.open(tmp_path / "diseases")


def test_target_precision_gives_each_type_its_threshold(diseases: KnowledgeBase) -> None:
    """The threshold of a type is the one that reached the precision; other types have the one of all."""
    least = build_thresholds(LinkSettings(target_precision=0.95), MEASURED, None, diseases, ())
    assert callable(least)
    assert [least(type_) for type_ in ("Disease", "UBERON")] == [0.4, 0.2]


def test_target_precision_looks_at_the_types_that_are_linked(diseases: KnowledgeBase) -> None:
    """A precision that a type cannot reach is an error where that type is linked, and only there."""
    poor = Weighing(MEASURED.weights, REACHED | {"Gene": (OperatingPoint(0.0, 0.8, 1.0),)})
    assert callable(build_thresholds(LinkSettings(target_precision=0.9), poor, None, diseases, ()))
    with pytest.raises(ConfigError, match=r"precision 0\.9 is not reached for Gene: at most 0\.800"):
        build_thresholds(LinkSettings(target_precision=0.9), poor, None, diseases, ("Gene",))


def test_target_precision_where_mentions_are_found(diseases: KnowledgeBase) -> None:
    """Types that the tagger judges have its thresholds, others the re-ranker's."""
    points = {"Disease": (OperatingPoint(0.45, 0.8, 1.0), OperatingPoint(0.9, 0.97, 0.5))}
    odds = {"Disease": LinkWeights(0.0, mention=1.0, link=1.0, none=0.0)}
    mention = {"Disease": MentionWeights(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)}
    settings = LinkSettings(target_precision=0.95)
    least = build_thresholds(settings, MEASURED, Combination(mention, odds, odds, points), diseases, ())
    assert callable(least)
    assert [least(type_) for type_ in ("Disease", "UBERON")] == [0.9, 0.2]
    with pytest.raises(ConfigError, match="no measured precisions for Disease"):
        build_thresholds(settings, MEASURED, Combination(mention, odds, odds), diseases, ())


def test_phenotypes_beside_diseases_have_the_thresholds_of_given_mentions(tmp_path: Path) -> None:
    """The tagger's thresholds are for phenotypes that it judges: in a vocabulary without diseases."""
    one = {"Phenotype": LinkWeights(0.0, mention=1.0, link=1.0, none=0.0)}
    points = {"Phenotype": (OperatingPoint(0.9, 0.97, 0.5),)}
    acceptance = Combination({"Phenotype": MentionWeights(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)}, one, one, points)
    found = []
    for name, types in (
        ("alone", ["Phenotype"]),
        ("with a stray disease", [*["Phenotype"] * 200, "Disease"]),
        ("beside", ["Phenotype", "Disease"]),
    ):
        concepts = [Concept(f"X:{n:03}", f"{each} {n}", types=(each,)) for n, each in enumerate(types)]
        build(concepts, tmp_path / name)
        kb = KnowledgeBase.open(tmp_path / name)
        least = build_thresholds(LinkSettings(target_precision=0.95), MEASURED, acceptance, kb, ())
        assert callable(least)
        found.append(least("Phenotype"))
    assert found == [0.9, 0.9, 0.2]


@pytest.mark.parametrize("weighing", [None, Weighing({"": TypeWeights(1, 1, 0, 2)})])
def test_target_precision_needs_figures(weighing: Weighing | None, diseases: KnowledgeBase) -> None:
    """Without measured precisions a target is an error that says what to set instead."""
    with pytest.raises(ConfigError, match="set min_probability instead"):
        build_thresholds(LinkSettings(target_precision=0.9), weighing, None, diseases, ())


def test_target_precision_against_least_probability(diseases: KnowledgeBase) -> None:
    """A target precision and a least probability exclude one another; without a target the latter holds."""
    both = LinkSettings(target_precision=0.9, min_probability=0.5)
    with pytest.raises(ConfigError, match="exclude one another"):
        build_thresholds(both, MEASURED, None, diseases, ())
    assert build_thresholds(LinkSettings(min_probability=0.5), MEASURED, None, diseases, ()) == 0.5


def test_orders_and_prior_reach_the_reranker(diseases: KnowledgeBase) -> None:
    """Close questions are asked in the orders set, and an endpoint's letters have the prior set."""
    served = {"reranker": "http://localhost:9", "model": "m", "k": 2}
    plain = build_reranker(RerankSettings.model_validate(served), diseases)
    asked = served | {"orders": 3, "margin": 0.5, "prior": (0.5, 0.3, 0.2)}
    careful = build_reranker(RerankSettings.model_validate(asked), diseases)
    assert plain is not None
    assert careful is not None
    assert (plain.averaging, plain.prior) == (None, None)
    assert (careful.averaging, careful.prior) == (Averaging(3, 0.5), (0.5, 0.3, 0.2))


@pytest.mark.parametrize("prior", [(0.5, 0.5), (0.5, 0.5, 0.0)])
def test_prior_of_too_few_letters(prior: tuple[float, ...], diseases: KnowledgeBase) -> None:
    """A prior must be above 0 for every letter that a question may have."""
    settings = RerankSettings(reranker="http://localhost:9", model="m", k=2, prior=prior)
    with pytest.raises(ConfigError, match=r"rerank\.prior: .* expected at least 3, all above 0"):
        build_reranker(settings, diseases)
