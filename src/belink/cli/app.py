"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from belink.cli import compare, evaluate, kb, link, train

app = typer.Typer(
    name="belink",
    help="Find diseases, chemicals, genes and more in biomedical text and give each its identifier.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("link")(link.link)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.add_typer(kb.app, name="kb")
app.add_typer(train.app, name="train")


@app.callback()
def belink(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Find diseases, chemicals, genes and more in biomedical text and give each its identifier."""
    if version:
        from belink.version import __version__

        typer.echo(f"belink {__version__}")
        raise typer.Exit


if __name__ == "__main__":
    app()
