"""A model of letters inside this process, run by vLLM: for a machine with a GPU.

Every question is one token long in the answer: the log-probabilities of the letters at its place are asked
for by the letters' own tokens (`logprob_token_ids`), so that none can be missing as from the top 20 of a
server. What questions begin with in common is computed once (prefix caching). vLLM batches them itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from belink.errors import ConfigError, ModelError
from belink.rerank.backends.letters import letter_logits, no_letter
from belink.rerank.prompt import LETTERS
from belink.types import ChoiceModel, Failed, Logits, Prompt

MOST_TOKENS = 128
"""Log-probabilities asked for at most: what vLLM allows; its default of 20 is too few for all letters."""

Tokens = Mapping[int, str]
"""The letter that each token stands for; "A" and " A" are two tokens of one letter."""


@dataclass(frozen=True, slots=True)
class Vllm:
    """What is used of the package.

    Attributes:
        llm: `vllm.LLM`.
        sampling_params: `vllm.SamplingParams`.
        lora_request: `vllm.lora.request.LoRARequest`.
        server_error: `vllm.exceptions.VLLMServerError`, what a dead engine raises.
    """

    llm: Any
    sampling_params: Any
    lora_request: Any
    server_error: type[Exception]


def import_vllm() -> Vllm:
    """Import vLLM; what it has to say it says on standard error.

    Raises:
        ModelError: it is not installed, or does not run here.
    """
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    try:
        from vllm import LLM, SamplingParams
        from vllm.exceptions import VLLMServerError
        from vllm.lora.request import LoRARequest
    except ImportError as error:
        raise ModelError(
            f"a re-ranker in this process needs vLLM, which cannot be imported ({error}): "
            'pip install "belink[vllm]", or give the URL of a server that runs the model'
        ) from error
    return Vllm(LLM, SamplingParams, LoRARequest, VLLMServerError)


def vllm_model(
    model: str,
    *,
    api: Literal["chat", "completions"] = "chat",
    adapter: str = "",
    engine: Mapping[str, object] | None = None,
    template: Mapping[str, object] | None = None,
    vllm: Vllm | None = None,
) -> ChoiceModel:
    """Load a model that answers each question with the log-probabilities of its letters.

    A question longer than the model reads is `Failed`, the others go on; so are those over which the engine
    breaks down. Letters without a log-probability
    have `-inf` and the answer is `degraded`, as from a server.

    Args:
        model: Hugging Face id or folder.
        api: "chat" for instruction-tuned models, "completions" for the bare prompt.
        adapter: folder of a LoRA adapter of the model; "" for none.
        engine: more arguments of `vllm.LLM` ({"max_model_len": 2048, "tensor_parallel_size": 2}).
        template: more arguments of the chat template ({"enable_thinking": False}).
        vllm: the package; None imports it.

    Raises:
        ConfigError: the model cannot be loaded so, or has no chat template.
        ModelError: vLLM is not installed, or the tokeniser has no token for a letter.
    """
    package = import_vllm() if vllm is None else vllm
    llm = _load(package, model, {"enable_lora": True} if adapter else {}, engine or {})
    tokenizer, most = llm.get_tokenizer(), int(llm.model_config.max_model_len)
    tokens = letter_tokens(tokenizer, model)
    lora = package.lora_request(adapter, 1, adapter) if adapter else None

    @cache
    def sampling(letters: tuple[str, ...]) -> Any:
        ids = [token for token, letter in tokens.items() if letter in letters]
        return package.sampling_params(
            max_tokens=1,
            temperature=0,
            allowed_token_ids=ids,
            logprob_token_ids=ids,
            logprobs=len(ids),
            detokenize=False,
        )

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        ids = [_encode(tokenizer, prompt.text, api, template or {}, model) for prompt in prompts]
        fits = [len(each) < most for each in ids]
        asked = [
            ({"prompt_token_ids": each}, sampling(prompt.letters))
            for each, prompt, fit in zip(ids, prompts, fits, strict=True)
            if fit
        ]
        answers = iter(_generate(llm, asked, lora, model, package.server_error))
        return [
            _read(next(answers), tokens, prompt.letters)
            if fit
            else Failed(f"the question is longer than the {most - 1} tokens the model reads")
            for prompt, fit in zip(prompts, fits, strict=True)
        ]

    return choose


def letter_tokens(tokenizer: Any, model: str) -> dict[int, str]:
    """Find the tokens that stand for each letter, alone or behind a space or a line break.

    Raises:
        ModelError: a letter has none.
    """
    found: dict[int, str] = {}
    for letter in LETTERS:
        ends = {tokenizer.encode(gap + letter, add_special_tokens=False)[-1] for gap in ("", " ", "\n")}
        own = sorted(token for token in ends if tokenizer.decode([token]).strip() == letter)
        if not own:
            raise ModelError(
                f"{model}: its tokeniser has no token for the letter {letter}; take another model"
            )
        found |= dict.fromkeys(own, letter)
    return found


def read_output(output: Any, tokens: Tokens, letters: Sequence[str]) -> Logits | Failed:
    """Read the letters' log-probabilities off a `vllm.RequestOutput`."""
    positions = output.outputs[0].logprobs if output.outputs else None
    if not positions:
        return Failed("vLLM reports no log-probabilities")
    first = {token: float(each.logprob) for token, each in positions[0].items()}
    found = letter_logits(((tokens.get(token, ""), value) for token, value in first.items()), letters)
    return no_letter(f"token {token}" for token in list(first)[:3]) if found is None else found


def _load(package: Vllm, model: str, own: Mapping[str, object], engine: Mapping[str, object]) -> Any:
    shared = {"model": model, "enable_prefix_caching": True, "max_logprobs": MOST_TOKENS}
    try:
        return package.llm(**{**shared, **own, **engine})
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise ConfigError(f"vLLM cannot load '{model}': {_first_line(error)}") from error


def _generate(
    llm: Any,
    asked: Sequence[tuple[object, object]],
    lora: object,
    model: str,
    server_error: type[Exception],
) -> Sequence[Any]:
    if not asked:
        return []
    prompts, parameters = [list(column) for column in zip(*asked, strict=True)]
    try:
        found: Sequence[Any] = llm.generate(prompts, parameters, use_tqdm=False, lora_request=lora)
    except (server_error, RuntimeError, ValueError) as error:
        return [Failed(f"vLLM broke down over '{model}': {_first_line(error)}")] * len(asked)
    return found


def _read(answer: Any, tokens: Tokens, letters: Sequence[str]) -> Logits | Failed:
    return answer if isinstance(answer, Failed) else read_output(answer, tokens, letters)


def _encode(tokenizer: Any, text: str, api: str, template: Mapping[str, object], model: str) -> Sequence[int]:
    if api == "completions":
        bare: Sequence[int] = tokenizer.encode(text)
        return bare
    try:
        written = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True, **template
        )
    except ValueError as error:
        raise ConfigError(
            f"{model}: no chat template ({_first_line(error)}); set rerank.api to completions"
        ) from error
    asked: Sequence[int] = tokenizer.encode(written, add_special_tokens=False)
    return asked


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
