"""Query reformulation: a served language model says how a mention is called in vocabularies.

The answer is used beside the mention, never instead of it, in one of two ways (`Use`): as further variants of
the query, or by moving the query's vector towards it (Rocchio 1971):

    v = normalised(mention_weight * v_mention + answer_weight * mean of v_answer)

A bad, empty or missing answer changes nothing. Source: generative relevance feedback (Mackie et al. 2023,
doi:10.1145/3539618.3591992), as BeLink's paper uses it.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from belink.models.endpoint import Endpoint, excerpt
from belink.retrieve.answers import Answers
from belink.retrieve.dense_list import PAPER, Rocchio
from belink.text.normalise import normalise
from belink.types import Failed, Query

Asking = Literal["name", "synonyms", "definition"]
Use = Literal["vector", "variants"]
Outcome = Literal["used", "of no use", "failed"]

PROMPT_VERSION = 1
"""Grows with any change to what is asked: answers to other questions are not taken from disk."""
MAX_ANSWERS = 5
RETRIED_AFTER_S = 60.0

_PATH = "chat/completions"
_REMEMBERED = 10_000
_LONGEST: Mapping[Asking, int] = {"name": 150, "synonyms": 150, "definition": 600}
_TOKENS: Mapping[Asking, int] = {"name": 48, "synonyms": 96, "definition": 128}
_WISH: Mapping[Asking, str] = {
    "name": "the standard name that a biomedical vocabulary gives it, and nothing else",
    "synonyms": f"at most {MAX_ANSWERS} other names of it, parted by semicolons, and nothing else",
    "definition": "one sentence that defines it, and nothing else",
}
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_SEPARATOR = re.compile(r"[;\n]")
_FRAME = " \t\r\"'`*«»“”.-•"
_NO_ANSWER = frozenset({"unknown", "none", "n a", "na", "not applicable", "no standard name", "unclear"})
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reformulator:
    """Asks a served model about mentions; safe to share between threads.

    Attributes:
        endpoint: where the model is served.
        model: its name; "" takes the only one served.
        use: what answers are used for; where a knowledge base has no vectors they are variants.
        weights: of mention and answers in a vector.
        asking: for what.
        answers: what was answered before; None asks each time.
        extra: more fields of the request body.
        outcomes: how many questions had which outcome so far.
        last_failure: why the last one that failed did.
    """

    endpoint: Endpoint
    model: str = ""
    use: Use = "vector"
    weights: Rocchio = PAPER
    asking: Asking = "name"
    answers: Answers | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    last_failure: str = ""
    _recent: OrderedDict[str, tuple[tuple[str, ...], float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, queries: Sequence[Query]) -> list[tuple[str, ...]]:
        """Give other texts for each query, none where the model has no good answer.

        Equal questions are asked once; one that failed is asked again after `RETRIED_AFTER_S`, where it
        comes again. What goes wrong with a question is counted and logged.

        Raises:
            ModelError: the server refuses the key, or does not serve the model.
            ConfigError: the answers cannot be kept.
        """
        questions = [question(query, self.asking) for query in queries]
        read = self._recalled(questions)
        known = self._known([text for text in dict.fromkeys(questions) if text not in read])
        fresh = {
            text: answer if isinstance(answer, Failed) else read_answer(answer, self.asking)
            for text, answer in known.items()
        }
        self._count(list(fresh.values()))
        self._remember(fresh)
        read |= {text: () if isinstance(each, Failed) else each for text, each in fresh.items()}
        return [_new(read[text], query) for text, query in zip(questions, queries, strict=True)]

    def _recalled(self, questions: Sequence[str]) -> dict[str, tuple[str, ...]]:
        now = time.monotonic()
        with self._lock:
            kept = {text: self._recent[text] for text in questions if text in self._recent}
        return {text: answer for text, (answer, until) in kept.items() if now < until}

    def _remember(self, fresh: Mapping[str, tuple[str, ...] | Failed]) -> None:
        retried = time.monotonic() + RETRIED_AFTER_S
        with self._lock:
            for text, answer in fresh.items():
                self._recent[text] = ((), retried) if isinstance(answer, Failed) else (answer, math.inf)
                self._recent.move_to_end(text)
                self.last_failure = answer.reason if isinstance(answer, Failed) else self.last_failure
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)

    def _known(self, questions: list[str]) -> dict[str, str | Failed]:
        """Give the server's answer to each question, from disk where it was asked before."""
        if not questions:
            return {}
        model = self.model or self.endpoint.only_model_served()
        if isinstance(model, Failed):
            return dict.fromkeys(questions, model)
        keys = {text: self._key(model, text) for text in questions}
        kept = {} if self.answers is None else self.answers.get(list(keys.values()))
        found: dict[str, str | Failed] = {text: kept[key] for text, key in keys.items() if key in kept}
        missing = [text for text in questions if text not in found]
        bodies = [self._body(model, text) for text in missing]
        asked = self.endpoint.answers(_PATH, bodies, model) if missing else []
        fresh = {
            text: answer if isinstance(answer, Failed) else _content(answer)
            for text, answer in zip(missing, asked, strict=True)
        }
        if self.answers is not None:
            self.answers.put({keys[text]: each for text, each in fresh.items() if isinstance(each, str)})
        return found | fresh

    def _key(self, model: str, text: str) -> str:
        content = orjson.dumps([model, PROMPT_VERSION, text, self.extra], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()

    def _body(self, model: str, text: str) -> bytes:
        body = {
            "model": model,
            "messages": [{"role": "user", "content": text}],
            "max_tokens": _TOKENS[self.asking],
            "temperature": 0,
            **self.extra,
        }
        return orjson.dumps(body)

    def _count(self, answers: Sequence[tuple[str, ...] | Failed]) -> None:
        failures = [answer.reason for answer in answers if isinstance(answer, Failed)]
        used = sum(1 for answer in answers if answer and not isinstance(answer, Failed))
        with self._lock:
            self.outcomes.update({"used": used, "failed": len(failures)})
            self.outcomes["of no use"] += len(answers) - used - len(failures)
        if failures:
            _log.warning(
                "query reformulation: no answer to %d of %d questions, the mentions stand as they are: %s",
                len(failures), len(answers), failures[0],
            )  # fmt: skip


def question(query: Query, asking: Asking) -> str:
    """Write what is asked about a mention: its context, the mention marked, its type and its long form."""
    text, span = query.context.text, query.context.span
    marked = f"{text[: span.start]}«{text[span.start : span.end]}»{text[span.end :]}"
    kind = f"{query.mention.type.lower()} " if query.mention.type else ""
    long_form = f" (short for {query.expansion})" if query.expansion else ""
    return (
        f"Text: {' '.join(marked.split())}\n"
        f"Which {kind}entity does «{query.mention.text}»{long_form} name here? Answer with {_WISH[asking]}."
    )


def read_answer(content: str, asking: Asking) -> tuple[str, ...]:
    """Read texts out of a model's answer; empty where it gives none that could be a name, or a definition.

    Thoughts (`<think>`), quotes, list marks and the final full stop are left out. Of a name the first line is
    read, of synonyms all lines and what semicolons part.
    """
    plain = _THOUGHT.sub("", content).strip()
    parts = _SEPARATOR.split(plain) if asking == "synonyms" else plain.split("\n")[:1]
    texts = (part.strip(_FRAME) for part in parts)
    good = (text for text in texts if _is_good(text, _LONGEST[asking]))
    return tuple(dict.fromkeys(good))[:MAX_ANSWERS]


def _is_good(text: str, longest: int) -> bool:
    form = normalise(text)
    return bool(form) and form not in _NO_ANSWER and len(text) <= longest


def _new(texts: tuple[str, ...], query: Query) -> tuple[str, ...]:
    """Leave out what says no more than the query."""
    known = {normalise(text) for text in (query.mention.text, query.expansion or "")}
    return tuple(text for text in texts if normalise(text) not in known)


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Answer(BaseModel):
    choices: list[_Choice]


_ANSWER = TypeAdapter(_Answer)


def _content(answer: bytes) -> str | Failed:
    """Read the text of a chat answer; "" where the model said nothing."""
    try:
        choices = _ANSWER.validate_json(answer).choices
    except ValidationError:
        return Failed(f"the server's answer is not what the OpenAI API defines: {excerpt(answer)}")
    return (choices[0].message.content or "") if choices else ""
