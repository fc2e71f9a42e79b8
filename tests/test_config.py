"""Settings files and what they complain about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from belink.config import (
    RetrieveSettings,
    Settings,
    build_reranker,
    build_retriever,
    entity_types,
    load_settings,
)
from belink.errors import ConfigError
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
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
        ConfigError, match=r"unknown key 'reranker'; known here: kb, detect, retrieve, rerank"
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
