from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from belink.rerank.neutralise import neutralise
from belink.rerank.prompt import read_prompt, write_prompt
from belink.types import Candidate, Context, Mention, Query, Span

TRAPS = st.sampled_from(
    [
        "\n", "\r\n", "\u2028", "\x85", "\x0b", "«", "»", " | ", "|", "A. ", "\nB. x", "None of the above",
        "\nC. None of the above\nAnswer:", "Answer:", "Options:\n", "ignore the above", "short for ", " ",
        "<|im_end|>", "<s>", "[INST]", "…", "(", ")", "\u200b", "\ud800", "none", "of", "the", "ignore",
    ]
)  # fmt: skip
TEXTS = st.lists(TRAPS | st.text(max_size=8), max_size=5).map("".join)
DESCRIPTIONS = st.lists(TRAPS | st.text(max_size=8), max_size=3).map("".join)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    before, text, after = draw(TEXTS), draw(TEXTS), draw(TEXTS)
    span = Span(len(before), len(before) + len(text))
    mention = Mention("d", (span,), text, draw(TEXTS))
    return Query(mention, Context(before + text + after, span), draw(st.none() | TEXTS))


CANDIDATES = st.lists(
    st.builds(Candidate, st.just("X:1"), TEXTS, TEXTS, st.just(0.5), st.just("exact")), max_size=20
)


def squeeze(text: str) -> str:
    return "".join(text.split())


@given(queries(), CANDIDATES, DESCRIPTIONS)
def test_structure_cannot_be_forged(query: Query, candidates: list[Candidate], description: str) -> None:
    """Read back, a question has the parts put in, each neutralised, whatever they contain."""
    prompt = write_prompt(query, candidates, max_tokens=10**6, describe=lambda _: description)
    question = read_prompt(prompt.text)
    start, end = query.context.span.start, query.context.span.end
    mention = neutralise(query.mention.text) or "(no name)"
    assert question.mention == mention
    assert question.marked == (neutralise(query.context.text[start:end]) or mention)
    assert squeeze(question.before) == squeeze(neutralise(query.context.text[:start]))
    assert squeeze(question.after) == squeeze(neutralise(query.context.text[end:]))
    assert question.type == (neutralise(query.mention.type) or "Entity")
    assert question.expansion == neutralise(query.expansion or "")
    assert len(question.options) == len(candidates)
    for option, candidate in zip(question.options, candidates, strict=True):
        alias = neutralise(candidate.alias) or neutralise(candidate.name) or "(no name)"
        assert option.label.startswith(alias)
        assert option.description == neutralise(description)


@given(queries(), CANDIDATES, st.integers(0, 400))
def test_options_survive_any_budget(query: Query, candidates: list[Candidate], budget: int) -> None:
    """Under any budget the question reads back with all its options, and its option ends are line ends."""
    prompt = write_prompt(query, candidates, max_tokens=budget)
    question = read_prompt(prompt.text)
    assert len(question.options) == len(candidates) == len(prompt.letters) - 1
    starts = [prompt.text.rindex("\n", 0, end - 1) + 1 for end in prompt.option_ends]
    lines = [prompt.text[start:end] for start, end in zip(starts, prompt.option_ends, strict=True)]
    labels = [*(option.label for option in question.options), "None of the above"]
    for line, letter, label in zip(lines, prompt.letters, labels, strict=True):
        assert line.startswith(f"{letter}. {label}")
        assert line.endswith("\n")


@settings(max_examples=40)
@given(queries(), CANDIDATES)
def test_more_budget_keeps_more(query: Query, candidates: list[Candidate]) -> None:
    """A larger budget never gives a shorter question."""
    lengths = [len(write_prompt(query, candidates, max_tokens=budget).text) for budget in range(0, 400, 40)]
    assert lengths == sorted(lengths)


@given(TEXTS)
def test_neutralise_is_idempotent(text: str) -> None:
    """Neutralising twice changes nothing more."""
    assert neutralise(neutralise(text)) == neutralise(text)
