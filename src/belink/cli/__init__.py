"""The command line: each command parses, makes one library call, and writes the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

EXIT_GOOD = 0
EXIT_SOME_FAILED = 1
EXIT_BROKEN = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; every failure is one line on standard error and an exit code.

    When the reader of our output goes away (`| head -1`), it had enough: the run ends without a word, exit
    code 0.

    Args:
        arguments: those behind the program's name; None takes those of the process.
    """
    from belink.errors import BelinkError

    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        sys.exit(EXIT_GOOD)
    except BelinkError as error:
        _stop(str(error), EXIT_BROKEN)
    except KeyboardInterrupt:
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    except ImportError as error:  # what a compiled module makes of an interrupt while it is imported
        if not isinstance(_root(error), KeyboardInterrupt):
            raise
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}", EXIT_BROKEN)
    if code == EXIT_INTERRUPTED:
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the commands and give the exit code.

    Raises:
        BrokenPipeError: the reader of our output went away.
    """
    import typer

    from belink.cli.app import app
    from belink.errors import ConfigError

    try:
        return app(arguments, prog_name="belink", standalone_mode=False) or EXIT_GOOD
    except SystemExit as stop:  # typer and rich make one of a broken pipe, with exit code 1
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        raise
    except typer.Abort:
        return EXIT_INTERRUPTED
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # the help was printed
            return EXIT_BROKEN
        raise ConfigError(f"{error.format_message()} See belink --help.") from error


def _root(error: BaseException) -> BaseException:
    """Give what an error was raised from, in the end."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _drop_output() -> None:
    """Send what is still to be written nowhere, so that nothing complains of it when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _stop(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"belink: {' '.join(message.split())}\n")
    sys.exit(code)
