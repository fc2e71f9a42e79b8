"""`belink train`: make models from vocabularies and labelled documents."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli.prior import prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from belink.train.export import Loss

app = typer.Typer(help='Train models (needs pip install "belink[train]").', no_args_is_help=True)
app.command("prior")(prior)

Data = Annotated[Path, typer.Option("--data", help="Folder the recipe's files lie in.")]
RecipeFile = Annotated[
    Path, typer.Argument(metavar="RECIPE", help="TOML file, see models/encoder/recipe.toml.")
]


@app.command("encoder")
def encoder(
    recipe_file: RecipeFile,
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run in it is gone on with.")],
    base: Annotated[str, typer.Option(help="Encoder to start from: Hugging Face id or folder.")] = "",
    steps: Annotated[int, typer.Option(help="Steps to take. [default: the recipe's]")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed. [default: the recipe's]")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads. [default: the recipe's]")] = None,
    labelled: Annotated[
        list[Path] | None, typer.Option(help="Learn from these labelled documents too.")
    ] = None,
    labelled_weight: Annotated[float, typer.Option(help="Their share, as in [vocabularies].")] = 10.0,
    held_out: Annotated[
        list[Path] | None, typer.Option(help="Labelled documents to be scored: never learnt from.")
    ] = None,
) -> None:
    """Train an encoder of names, or go on with a run that was stopped, and write it as int8 ONNX."""
    from belink.train.labelled import LABELLED, read_labelled
    from belink.train.recipe import read_dev, read_names, read_recipe, retirements
    from belink.train.run import run

    _log_to_terminal()
    asked = {"base": base, "steps": steps, "seed": seed, "threads": threads}
    given = {
        key: value for key, value in asked.items() if value not in ("", None) and (key, value) != ("steps", 0)
    }
    recipe = read_recipe(recipe_file, given)
    more = {LABELLED: read_labelled(labelled, held_out or [])} if labelled else {}
    retired = retirements(data / recipe.retired) if recipe.retired else {}
    dev = [read_dev(files, data, retired) for files in recipe.dev]
    _print_losses(
        run(recipe, read_names(recipe, data, more), dev, out, labelled_weight if labelled else None)
    )


@app.command("export")
def export(
    source: Annotated[str, typer.Argument(metavar="ENCODER", help="Hugging Face id or folder.")],
    recipe_file: Annotated[Path, typer.Option("--recipe", help="Recipe whose names and dev sets are used.")],
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the model to write.")],
    licence: Annotated[str, typer.Option(help="SPDX licence of the weights.")] = "Apache-2.0",
) -> None:
    """Write an encoder of the BERT family (SapBERT for one) as int8 ONNX, after checking what int8 loses."""
    from belink.train.export import export_encoder
    from belink.train.recipe import read_dev, read_names, read_recipe, retirements
    from belink.train.run import sample_of

    _log_to_terminal()
    recipe = read_recipe(recipe_file, {"base": source})
    retired = retirements(data / recipe.retired) if recipe.retired else {}
    dev = [read_dev(files, data, retired) for files in recipe.dev]
    sample = sample_of(read_names(recipe, data), recipe.encoder.seed)
    _print_losses(
        export_encoder(
            source, out, sample=sample, max_tokens=recipe.encoder.max_tokens, licence=licence, dev=dev
        )
    )


@app.command("examples")
def examples(
    suite: Annotated[Path, typer.Argument(help="Suite whose training parts are learnt from.")],
    data: Data,
    results: Annotated[
        Path, typer.Option("--results", help="Folder the suite's knowledge bases are built in.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the examples.")],
    only: Annotated[list[str], typer.Option(help="Entries to learn from.")],
    synthetic: Annotated[int, typer.Option(help="Concepts drawn for questions from each vocabulary.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of that draw.")] = 1,
    weigh_only: Annotated[
        bool, typer.Option("--weigh-only", help="Only what 'train weigh' reads: nothing to train on.")
    ] = False,
) -> None:
    """Make questions with answers for a re-ranker, from labelled documents and from vocabularies.

    Candidates are those of the default retrieval, whose encoder has seen no labelled mention. No document
    that any entry of the suite scores is learnt from, nor any form that one scores under protocol unseen.
    """
    from belink.cli.examples import make_examples

    _log_to_terminal()
    make_examples(suite, data, results, out, only, synthetic=synthetic, seed=seed, training=not weigh_only)


@app.command("reranker")
def reranker(
    recipe_file: Annotated[
        Path, typer.Argument(metavar="RECIPE", help="TOML file, see models/reranker/recipe.toml.")
    ],
    examples_folder: Annotated[Path, typer.Option("--examples", help="Folder `train examples` wrote.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run in it is gone on with.")],
    base: Annotated[
        str,
        typer.Option(help="Causal language model: Hugging Face id or folder; or the folder of a re-ranker."),
    ] = "",
    steps: Annotated[int, typer.Option(help="Steps to take. [default: the recipe's]")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed. [default: the recipe's]")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads. [default: the recipe's]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda. [default: the recipe's]")] = "",
) -> None:
    """Train a set-wise re-ranker, or go on with a run, and write it as quantised ONNX with its weights."""
    from belink.train.reranker_recipe import read_reranker_recipe
    from belink.train.reranker_run import run_reranker

    _log_to_terminal()
    asked = {"base": base, "steps": steps or None, "seed": seed, "threads": threads, "device": device}
    given = {key: value for key, value in asked.items() if value not in ("", None)}
    folder = run_reranker(read_reranker_recipe(recipe_file, given), examples_folder, out)
    typer.echo(f"model written to {folder}")


@app.command("weigh")
def weigh(
    model: Annotated[Path, typer.Argument(metavar="FOLDER", help="A re-ranker as it ships.")],
    examples_folder: Annotated[Path, typer.Option("--examples", help="Folder `train examples` wrote.")],
) -> None:
    """Fit again how a re-ranker is weighed against retrieval, when it is asked, and its precisions."""
    from belink.train.weigh_model import weigh_model

    _log_to_terminal()
    weighing = weigh_model(model, examples_folder)
    for type_, each in weighing.weights.items():
        typer.echo(f"{type_ or 'any other':12} {each}")
    for type_, points in weighing.points.items():
        at = {point.threshold: point for point in points}
        shown = (
            f"{at[t].precision:.3f}/{at[t].coverage:.2f} at {t}" for t in (0.0, 0.5, 0.8, 0.9) if t in at
        )
        typer.echo(f"{type_ or 'all':12} precision/coverage {', '.join(shown)}")


@app.command("tagger")
def tagger(
    recipe_file: Annotated[
        Path, typer.Argument(metavar="RECIPE", help="TOML file, see models/tagger/recipe.toml.")
    ],
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run in it is gone on with.")],
    base: Annotated[str, typer.Option(help="Encoder to start from: Hugging Face id or folder.")] = "",
    steps: Annotated[int, typer.Option(help="Steps to take. [default: the recipe's]")] = 0,
    seed: Annotated[int | None, typer.Option(help="Seed. [default: the recipe's]")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads. [default: the recipe's]")] = None,
) -> None:
    """Train a tagger of mentions, or go on with a run that was stopped, and write it as int8 ONNX."""
    from belink.train.tagger_recipe import read_tagger_recipe
    from belink.train.tagger_run import run_tagger

    _log_to_terminal()
    asked = {"base": base, "steps": steps or None, "seed": seed, "threads": threads}
    given = {key: value for key, value in asked.items() if value not in ("", None)}
    figures = run_tagger(read_tagger_recipe(recipe_file, given), data, out)
    typer.echo(f"{'strict span F1, network alone':32} {'float':>6} {'int8':>6}")
    for name, (float32, int8) in figures.items():
        typer.echo(f"{name:32} {100 * float32:6.1f} {100 * int8:6.1f}")


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")


def _print_losses(losses: Sequence[Loss]) -> None:
    typer.echo(f"{'dev set':24} {'forms':>6} {'float @1':>9} {'@20':>6} {'int8 @1':>9} {'@20':>6}")
    for each in losses:
        scores = (each.float32.at_1, each.float32.at_20, each.int8.at_1, each.int8.at_20)
        a, b, c, d = (100 * score for score in scores)
        typer.echo(f"{each.int8.name:24} {each.int8.queries:6d} {a:9.1f} {b:6.1f} {c:9.1f} {d:6.1f}")
