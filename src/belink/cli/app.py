"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from belink.cli import compare, evaluate, kb, link, retrieve, train

_ABOUT = "Find diseases, chemicals, genes and more in biomedical text and give each its identifier."

app = typer.Typer(
    name="belink",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("link")(link.link)
app.command("retrieve")(retrieve.retrieve)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.add_typer(kb.app, name="kb")
app.add_typer(train.app, name="train")


def _print_version(asked: bool) -> None:
    if asked:
        from belink.version import __version__

        typer.echo(f"belink {__version__}")
        raise typer.Exit


@app.callback(help=_ABOUT)
def belink(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before a command; `version` has acted by then."""
