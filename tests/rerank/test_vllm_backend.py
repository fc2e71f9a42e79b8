from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping

import pytest
from tests.rerank.fake_vllm import (
    SPACED,
    Answer,
    FakeLlm,
    FakeServerError,
    FakeTokenizer,
    by_letter,
    fake_vllm,
)

from belink.errors import ConfigError, ModelError
from belink.rerank.backends.vllm import letter_tokens, vllm_model
from belink.rerank.prompt import LETTERS, read_prompt, write_prompt
from belink.types import Candidate, Context, Failed, Logits, Mention, Prompt, Query, Span


def make_prompt(mention: str, *aliases: str) -> Prompt:
    span = Span(0, len(mention))
    query = Query(Mention("d", (span,), mention, "Disease"), Context(mention, span))
    return write_prompt(query, [Candidate(f"X:{a}", a, a, 0.5, "lexical") for a in aliases])


GOUT = make_prompt("gout", "pain", "gout")


def always(values: Mapping[str, float]) -> Answer:
    return lambda _: by_letter(values)


def prefers_mention(text: str) -> dict[int, float]:
    """Prefer the letter of the option that equals the mention, else that of "none"."""
    question = read_prompt(text.removeprefix("USER\n").removesuffix("\nASSISTANT\n"))
    labels = [option.label for option in question.options]
    right = labels.index(question.mention) if question.mention in labels else len(labels)
    return by_letter({letter: -0.1 if i == right else -5.0 for i, letter in enumerate(LETTERS)})


def test_right_letters() -> None:
    """The log-probabilities stand at the places of their letters, question by question."""
    package, _ = fake_vllm(prefers_mention)
    asked = [GOUT, make_prompt("flu", "flu"), make_prompt("rash", "a", "b", "c")]
    assert vllm_model("m", vllm=package)(asked) == [
        Logits((-5.0, -0.1, -5.0)), Logits((-0.1, -5.0)), Logits((-5.0, -5.0, -5.0, -0.1)),
    ]  # fmt: skip


def test_request() -> None:
    """One token is asked for, greedily and silently, with log-probabilities of the question's letters."""
    package, llm = fake_vllm(prefers_mention)
    vllm_model("m", vllm=package)([GOUT])
    [call] = llm.calls
    [parameters] = call.parameters
    own = {ord(letter) for letter in "ABC"}
    wanted = own | {SPACED + each for each in own}
    assert (parameters.max_tokens, parameters.temperature) == (1, 0)
    assert set(parameters.logprob_token_ids) == set(parameters.allowed_token_ids) == wanted
    assert (call.lora, call.bar) == (None, False)


def test_engine() -> None:
    """What questions share is computed once, and the engine gets what a user adds."""
    package, llm = fake_vllm(prefers_mention)
    vllm_model("m", engine={"max_model_len": 512}, vllm=package)
    assert llm.made_with["enable_prefix_caching"] is True
    assert llm.made_with["max_model_len"] == 512


def test_twenty_options() -> None:
    """The letters of the longest question, two tokens each, are all reported."""
    package, _ = fake_vllm(always(dict.fromkeys([*LETTERS, *(" " + each for each in LETTERS)], -4.0)))
    [found] = vllm_model("m", vllm=package)([make_prompt("gout", *(f"n{i}" for i in range(20)))])
    assert isinstance(found, Logits)
    assert len(found.values) == 21
    assert not found.degraded


def test_adapter() -> None:
    """A LoRA adapter is loaded and asked for with every question."""
    package, llm = fake_vllm(prefers_mention)
    vllm_model("m", adapter="folder", vllm=package)([GOUT])
    assert llm.made_with["enable_lora"] is True
    assert llm.calls[0].lora.lora_path == "folder"


def asked_as(llm: FakeLlm) -> str:
    return llm.tokenizer.decode(llm.calls[0].prompts[0]["prompt_token_ids"])


def test_chat() -> None:
    """An instruction-tuned model reads the question as a user's turn, with what its template is told."""
    package, llm = fake_vllm(always({"A": -1.0}))
    vllm_model("m", template={"enable_thinking": False}, vllm=package)([GOUT])
    assert asked_as(llm) == f"enable_thinking=False\nUSER\n{GOUT.text}\nASSISTANT\n"


def test_completions() -> None:
    """A base model reads the bare question, begun as its tokeniser begins a text."""
    package, llm = fake_vllm(always({"A": -1.0}), template=False)
    vllm_model("m", api="completions", vllm=package)([GOUT])
    assert asked_as(llm) == GOUT.text
    assert llm.calls[0].prompts[0]["prompt_token_ids"][0] == 1


def test_no_chat_template() -> None:
    """A model without a chat template is an error that names the other way."""
    package, _ = fake_vllm(always({"A": -1.0}), template=False)
    with pytest.raises(ConfigError, match=r"m: no chat template .*; set rerank\.api to completions"):
        vllm_model("m", vllm=package)([GOUT])


def test_variants_add_up() -> None:
    """The probabilities of "A" and " A" add up."""
    package, _ = fake_vllm(always({"A": math.log(0.2), " A": math.log(0.3), "B": -1.0, "C": -2.0}))
    [found] = vllm_model("m", vllm=package)([GOUT])
    assert isinstance(found, Logits)
    assert found.values == pytest.approx((math.log(0.5), -1.0, -2.0))
    assert not found.degraded


def test_missing_letters() -> None:
    """Letters without a log-probability have -inf and the answer is degraded."""
    package, _ = fake_vllm(always({"A": -1.0, "C": -2.0}))
    assert vllm_model("m", vllm=package)([GOUT]) == [Logits((-1.0, -math.inf, -2.0), degraded=True)]


def test_no_letter_at_all() -> None:
    """An answer with none of the letters is a failure."""
    package, _ = fake_vllm(always({}))
    [found] = vllm_model("m", vllm=package)([GOUT])
    assert isinstance(found, Failed)


def test_too_long() -> None:
    """A question longer than the model reads fails alone."""
    package, llm = fake_vllm(prefers_mention, most=len(GOUT.text) + 30)
    found = vllm_model("m", vllm=package)([make_prompt("gout", "pain " * 20), GOUT])
    assert found[1] == Logits((-5.0, -0.1, -5.0))
    assert isinstance(found[0], Failed)
    assert f"{len(GOUT.text) + 29} tokens" in found[0].reason
    assert len(llm.calls[0].prompts) == 1


def test_no_questions() -> None:
    """No questions do not reach the engine."""
    package, llm = fake_vllm(prefers_mention)
    assert vllm_model("m", vllm=package)([]) == []
    assert not llm.calls


def test_cannot_load() -> None:
    """What vLLM has against a model or its arguments becomes one line that names the model."""
    package, _ = fake_vllm(prefers_mention)
    with pytest.raises(ConfigError, match="vLLM cannot load 'm': unexpected keyword argument 'nonsense'"):
        vllm_model("m", engine={"nonsense": 1}, vllm=package)


def test_breaks_down() -> None:
    """Questions over which the engine dies are failures that name the model, as with a server."""

    def dies(_: str) -> dict[int, float]:
        raise FakeServerError("EngineCore encountered an issue")

    package, _ = fake_vllm(dies)
    answers = vllm_model("m", vllm=package)([GOUT, GOUT])
    assert answers == [Failed("vLLM broke down over 'm': EngineCore encountered an issue")] * 2


def test_letter_without_token() -> None:
    """A tokeniser that cannot write a letter as one token is an error that names the letter."""

    class NoB(FakeTokenizer):
        def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
            return super().encode(text.replace("B", "Bx"), add_special_tokens=add_special_tokens)

    with pytest.raises(ModelError, match="m: its tokeniser has no token for the letter B"):
        letter_tokens(NoB(), "m")


def test_missing_package() -> None:
    """Without vLLM the error names what to install and what else one can do."""
    code = "import sys; sys.modules['vllm'] = None; import belink.rerank.backends.vllm as v; v.import_vllm()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "belink[vllm]", or give the URL of a server' in done.stderr
