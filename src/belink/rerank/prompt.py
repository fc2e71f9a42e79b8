"""The set-wise question: the only module that writes and reads it.

One question shows a mention in its context and all its candidates as lettered options::

    Choose the option that the marked mention refers to. Answer with its letter only.
    Text: Patients with «DM» lost weight.
    Mention: DM | Disease | short for diabetes mellitus
    Options:
    A. diabetes mellitus (Diabetes Mellitus, Type 2)
    B. myotonic dystrophy
    C. None of the above
    Answer:

A gene's mention line also says of which organisms it may be ("| in mouse or human"), and what tells an option
from its neighbours stands behind it ("A. Brca1 | mouse").

A question is lines, and only this module writes a line break, a mention mark or a bar; `neutralise`
takes them out of everything that comes from documents and vocabularies. So no name or text can forge
an option, move the mark or end the question: `read_prompt` gives back what `write_prompt` put in.
Training and inference call the same function; `PROMPT_VERSION` is stored with a model's weights.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from belink.errors import ConfigError, InputError
from belink.rerank.neutralise import neutralise
from belink.rerank.organism_names import organism_name
from belink.text.normalise import normalise
from belink.types import Candidate, Prompt, Query

PROMPT_VERSION = "2"
"""Changes whenever the text written for some question changes: weights belong to one version."""

MAX_OPTIONS = 20
"""Most options of one question, without "none of the above"."""

LETTERS = string.ascii_uppercase[: MAX_OPTIONS + 1]
"""Labels of options, in order."""

INSTRUCTION = "Choose the option that the marked mention refers to. Answer with its letter only."
NONE_OPTION = "None of the above"

_OPEN, _CLOSE, _BAR = "«", "»", " | "
_EXPANSION = "short for "
_ORGANISMS, _OR = "in ", " or "
_LEAST_ORGANISM, _MOST_ORGANISMS = 0.15, 3
_LAST_WORDS = 24
_UNNAMED = "(no name)"
_UNTYPED = "Entity"
_DESCRIPTION_CHARS = 100
_NAME_CHARS = 160
_LEAST_NAME_CHARS = 20


@dataclass(frozen=True, slots=True)
class Option:
    """One line a model may choose: "alias (preferred name)" and, where there was room, a description."""

    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a question says: `before`, `marked` and `after` are the context around the marked mention.

    `type` is "Entity", `expansion` and `organisms` are "" where unknown; `options` leave out "none of the
    above".
    """

    before: str
    marked: str
    after: str
    mention: str
    type: str
    expansion: str
    organisms: str
    options: tuple[Option, ...]


def write_prompt(
    query: Query,
    candidates: Sequence[Candidate],
    *,
    max_tokens: int = 256,
    count_tokens: Callable[[str], int] | None = None,
    describe: Callable[[str], str] | None = None,
) -> Prompt:
    """Write the question which of `candidates`, in their order, the query's mention refers to.

    What does not fit the budget is dropped, the least useful first: words of the context from its outer
    ends but for the nearest 24, descriptions from the last option up, the other words, preferred names in
    brackets from the last option up; then names and mention are shortened in their middle. Options are never
    dropped: a question over budget after all this is returned as it is.

    Args:
        query: the mention, its context and its abbreviation's long form.
        candidates: up to `MAX_OPTIONS`; none leaves "none of the above" as the only option.
        max_tokens: the budget, counted by `count_tokens`.
        count_tokens: number of tokens of a text; by default its length / 4, rounded up.
        describe: short text that tells a concept (by id) from its neighbours, "" for nothing.

    Raises:
        ConfigError: there are more than `MAX_OPTIONS` candidates.
    """
    if len(candidates) > MAX_OPTIONS:
        raise ConfigError(
            f"{len(candidates)} options for one question, at most {MAX_OPTIONS} fit: ask about fewer"
        )
    count = estimate_tokens if count_tokens is None else count_tokens
    parts = _Parts.of(query, candidates, describe)
    prompt = _render(parts.cut(parts.whole))
    if count(prompt.text) <= max_tokens:
        return prompt
    cuts = parts.cuts()
    low, high = 1, len(cuts) - 1
    while low < high:
        middle = (low + high) // 2
        if count(_render(parts.cut(cuts[middle])).text) <= max_tokens:
            high = middle
        else:
            low = middle + 1
    return _render(parts.cut(cuts[low]))


def estimate_tokens(text: str) -> int:
    """Guess the number of tokens of English text: a quarter of its code points, rounded up."""
    return -(-len(text) // 4)


def read_prompt(text: str) -> Question:
    """Read a question back into its parts.

    Raises:
        InputError: the text is not a question of this version.
    """
    match = _QUESTION.fullmatch(text)
    lines = match["options"].splitlines() if match else []
    if match is None or "".join(line[0] for line in lines) != LETTERS[: len(lines)]:
        raise InputError(f"not a question of prompt version {PROMPT_VERSION}: {text[:60]!r}")
    options = (line[3:].partition(_BAR) for line in lines[:-1])
    return Question(
        before=match["before"],
        marked=match["marked"],
        after=match["after"],
        mention=match["mention"],
        type=match["type"],
        expansion=match["expansion"] or "",
        organisms=match["organisms"] or "",
        options=tuple(Option(label, description) for label, _, description in options),
    )


_QUESTION = re.compile(
    rf"{re.escape(INSTRUCTION)}\n"
    r"Text: (?P<before>[^«»|\n]*)«(?P<marked>[^«»|\n]+)»(?P<after>[^«»|\n]*)\n"
    r"Mention: (?P<mention>[^|\n]+) \| (?P<type>[^|\n]+)"
    rf"(?: \| {_EXPANSION}(?P<expansion>[^|\n]+))?(?: \| {_ORGANISMS}(?P<organisms>[^|\n]+))?\n"
    r"Options:\n"
    rf"(?P<options>(?:[A-U]\. [^|\n]+(?: \| [^|\n]+)?\n){{0,{MAX_OPTIONS}}}[A-U]\. {NONE_OPTION}\n)Answer:"
)


def _render(question: Question) -> Prompt:
    mention = [question.mention, question.type]
    if question.expansion:
        mention.append(_EXPANSION + question.expansion)
    if question.organisms:
        mention.append(_ORGANISMS + question.organisms)
    head = (
        f"{INSTRUCTION}\nText: {question.before}{_OPEN}{question.marked}{_CLOSE}{question.after}\n"
        f"Mention: {_BAR.join(mention)}\nOptions:\n"
    )
    labels = [_BAR.join(filter(None, (o.label, o.description))) for o in question.options]
    letters = tuple(LETTERS[: len(labels) + 1])
    lines = [f"{a}. {label}\n" for a, label in zip(letters, [*labels, NONE_OPTION], strict=True)]
    ends = tuple(accumulate((len(line) for line in lines), initial=len(head)))[1:]
    return Prompt(text=head + "".join(lines) + "Answer:", letters=letters, option_ends=ends)


@lru_cache(maxsize=65536)
def _alias_and_name(alias: str, name: str) -> tuple[str, str]:
    """Neutralise an option's two names; the second is "" where it adds nothing to the first."""
    alias, name = neutralise(alias), neutralise(name)
    if not alias:
        return name or _UNNAMED, ""
    known = normalise(alias) or alias
    same = known == (normalise(name) or name) or alias.casefold().endswith(f"({name.casefold()})")
    return alias, "" if same else name


def _label(alias: str, name: str, chars: int) -> str:
    alias = _shorten(alias, chars)
    return f"{alias} ({_shorten(name, chars)})" if name else alias


def _shorten(text: str, chars: int) -> str:
    """Leave out the middle of a text of more than `chars` code points."""
    if len(text) <= chars:
        return text
    head = chars * 2 // 3
    return f"{text[:head].rstrip()} … {text[len(text) - (chars - head - 3) :].lstrip()}"


def _first_words(text: str, chars: int) -> str:
    """Keep the whole words that fit into `chars` code points."""
    return text if len(text) <= chars else text[: chars + 1].rpartition(" ")[0]


def _words(text: str) -> tuple[str, ...]:
    return tuple(neutralise(text).split())


@dataclass(frozen=True, slots=True)
class _Cut:
    """How many descriptions, context words and bracketed names stay, and the length of a name."""

    descriptions: int
    words: int
    names: int
    name_chars: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """A question's parts, neutralised; "" for a name equal to its alias.

    The context is in words; an empty word beside the mention stands for the space between.
    """

    before: tuple[str, ...]
    marked: str
    after: tuple[str, ...]
    mention: str
    type: str
    expansion: str
    organisms: str
    aliases: tuple[str, ...]
    names: tuple[str, ...]
    descriptions: tuple[str, ...]

    @classmethod
    def of(
        cls, query: Query, candidates: Sequence[Candidate], describe: Callable[[str], str] | None
    ) -> _Parts:
        text, span = query.context.text, query.context.span
        mention = neutralise(query.mention.text) or _UNNAMED
        labels = [_alias_and_name(candidate.alias, candidate.name) for candidate in candidates]
        descriptions = ["" if describe is None else describe(c.concept_id) for c in candidates]
        return cls(
            before=_words(text[: span.start]) + (("",) if text[: span.start][-1:].isspace() else ()),
            marked=neutralise(text[span.start : span.end]) or mention,
            after=(("",) if text[span.end : span.end + 1].isspace() else ()) + _words(text[span.end :]),
            mention=mention,
            type=neutralise(query.mention.type) or _UNTYPED,
            expansion=neutralise(query.expansion or ""),
            organisms=_OR.join(
                organism_name(taxon)
                for taxon, probability in query.organisms[:_MOST_ORGANISMS]
                if probability >= _LEAST_ORGANISM
            ),
            aliases=tuple(alias for alias, _ in labels),
            names=tuple(name for _, name in labels),
            descriptions=tuple(_first_words(neutralise(text), _DESCRIPTION_CHARS) for text in descriptions),
        )

    @property
    def whole(self) -> _Cut:
        """What leaves everything: the first of `cuts`."""
        n_options = len(self.aliases)
        return _Cut(n_options, len(self.before) + len(self.after), n_options, _NAME_CHARS)

    def cuts(self) -> list[_Cut]:
        """List what may stay, from everything to the least."""
        n_words, n_options = len(self.before) + len(self.after), len(self.aliases)
        shorter = range(_NAME_CHARS - 20, _LEAST_NAME_CHARS - 1, -20)
        last_words = min(n_words, _LAST_WORDS)
        return [
            *(_Cut(n_options, n, n_options, _NAME_CHARS) for n in range(n_words, last_words, -1)),
            *(_Cut(n, last_words, n_options, _NAME_CHARS) for n in range(n_options, 0, -1)),
            *(_Cut(0, n, n_options, _NAME_CHARS) for n in range(last_words, 0, -1)),
            *(_Cut(0, 0, n, _NAME_CHARS) for n in range(n_options, -1, -1)),
            *(_Cut(0, 0, 0, chars) for chars in shorter),
        ]

    def cut(self, cut: _Cut) -> Question:
        n_before = min(len(self.before), max(cut.words - cut.words // 2, cut.words - len(self.after)))
        names = (name if i < cut.names else "" for i, name in enumerate(self.names))
        labels = (_label(a, n, cut.name_chars) for a, n in zip(self.aliases, names, strict=True))
        kept = (text if i < cut.descriptions else "" for i, text in enumerate(self.descriptions))
        return Question(
            before=" ".join(self.before[len(self.before) - n_before :]),
            marked=_shorten(self.marked, cut.name_chars),
            after=" ".join(self.after[: cut.words - n_before]),
            mention=_shorten(self.mention, cut.name_chars),
            type=_shorten(self.type, cut.name_chars),
            expansion=_shorten(self.expansion, cut.name_chars),
            organisms=self.organisms,
            options=tuple(Option(*pair) for pair in zip(labels, kept, strict=True)),
        )
