"""`belink compare`: is one system better than another on the same mentions?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from belink.cli.evaluate import check_protocol, read_annotated, split_types
from belink.cli.problems import ProblemLog


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Decisions of a system: JSONL, BioC, PubTator.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Decisions of another on the same documents.")],
    test: Annotated[list[Path], typer.Option(help="The annotated documents.")],
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base. [default: MeSH diseases and chemicals]")
    ] = None,
    train: Annotated[
        list[Path] | None, typer.Option(help="Annotated documents whose surface forms count as seen.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="As in belink evaluate.")] = "full",
    entity_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE,...", help="Compare on these entity types only.")
    ] = None,
) -> None:
    """Compare two systems by paired bootstrap over documents and by McNemar's test."""
    from belink.cli.loading import step_progress
    from belink.config import KnowledgeBaseSettings
    from belink.evaluate.records import percent
    from belink.evaluate.scope import narrowed
    from belink.evaluate.summary import compare as test_difference
    from belink.evaluate.summary import evaluate
    from belink.evaluate.vocabulary import vocabulary_of
    from belink.formats.predictions import read_predictions
    from belink.stages.vocabulary import open_knowledge_base

    problems, types, chosen = ProblemLog(), split_types(entity_type), check_protocol(protocol)
    gold, seen = read_annotated(test, types, problems), read_annotated(train or [], types, problems)
    with step_progress() as progress:
        vocabulary = vocabulary_of(open_knowledge_base(KnowledgeBaseSettings(path=kb), progress))
    a, b = (
        evaluate(
            gold,
            narrowed(read_predictions(path, on_problem=problems), types),
            protocol=chosen,
            vocabulary=vocabulary,
            train=seen,
            entity_type=types[0] if len(types) == 1 else None,
            name=str(path),
        )
        for path in (first, second)
    )
    result = test_difference(a, b)
    low, high = percent(result.difference.low), percent(result.difference.high)
    typer.echo(
        f"{chosen}, {a.n} mentions of {a.documents} documents\n"
        f"A {first}: accuracy@1 {percent(a.accuracy.value)}\n"
        f"B {second}: accuracy@1 {percent(b.accuracy.value)}\n"
        f"A - B: {percent(result.difference.value)} points (95 %: {low} to {high})\n"
        f"right in A alone {result.only_first}, in B alone {result.only_second}\n"
        f"p = {result.p_bootstrap:.4f} (paired bootstrap over documents), {result.p_mcnemar:.4f} (McNemar)"
    )
