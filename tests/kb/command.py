"""Run `belink kb` inside the process, and let its errors come out as they are."""

from __future__ import annotations

from typer.testing import CliRunner

from belink.cli.kb import app
from belink.errors import BelinkError


def run(*arguments: object) -> str:
    """Give what a command that ends well prints."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if isinstance(result.exception, BelinkError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output
