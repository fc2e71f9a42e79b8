"""Read what stands on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from belink.errors import ConfigError, InputError

if TYPE_CHECKING:
    from belink.config import Settings


Under = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only this concept and what is below it.")
]
Taxon = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only of this organism (9606), or of none.")
]
Origin = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only with a name from this vocabulary of the KB."),
]
Language = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Only by names in this language (en), or in none that is stated."),
]
Allow = Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Only these ids, one a line.")]
Deny = Annotated[list[Path] | None, typer.Option(metavar="FILE", help="None of these ids, one a line.")]

Memory = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Labelled mentions (annotated, or mention<TAB>id) as more names."),
]
Tagger = Annotated[
    str | None, typer.Option(metavar="default|none|PATH", help="Tagger that finds mentions beside the names.")
]
People = Annotated[
    bool | None,
    typer.Option(
        "--people",
        help="Words such as 'patients' and 'women' are mentions of the species human.",
        show_default=False,
    ),
]
Plugged = Annotated[
    str | None,
    typer.Option(
        "--detector",
        metavar="spacy:NAME|gliner:NAME|MODULE:FUNCTION",
        help="Finds the mentions in the place of names and tagger.",
    ),
]


def choose_inputs(arguments: list[str]) -> list[str | Path]:
    """Tell files and folders (`Path`) from a text and standard input ("-").

    A single argument that is no existing path is a text if it has white space or no dot and slash.

    Raises:
        InputError: a file does not exist, a text stands among files, or an argument is blank.
    """
    if arguments == ["-"]:
        return ["-"]
    if not all(argument.strip() for argument in arguments):
        raise InputError(
            "the text or file name is empty: give a text in quotes, files, or - for standard input"
        )
    paths: list[str | Path] = []
    for argument in arguments:
        if argument == "-":
            raise InputError("'-' (standard input) cannot stand beside other inputs")
        if _exists(argument):
            paths.append(Path(argument))
        elif len(arguments) == 1 and _reads_like_text(argument):
            return [argument]
        else:
            raise InputError(
                f"{argument}: no such file or folder; to link a text, give it as one argument in quotes"
            )
    return paths


def _exists(argument: str) -> bool:
    try:
        return Path(argument).exists()
    except (OSError, ValueError):
        return False


def _reads_like_text(argument: str) -> bool:
    return any(c.isspace() for c in argument.strip()) or not ("/" in argument or "." in argument)


def override(settings: Settings, options: Mapping[tuple[str, str], Any]) -> Settings:
    """Put the command line's options, where given (not None), in the place of settings.

    Raises:
        ConfigError: an option has a wrong value.
    """
    from pydantic import ValidationError

    from belink.config import Settings, entity_types

    values = settings.model_dump()
    for (section, key), value in options.items():
        if value is None:
            continue
        values[section][key] = entity_types(_parts(value)) if key == "types" else value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][1]).replace("_", "-")
        raise ConfigError(f"--{option}: found {first['input']!r}: {first['msg']}") from error


def filters(
    under: list[str] | None,
    taxon: list[str] | None,
    source: list[str] | None,
    language: list[str] | None,
    allow: list[Path] | None,
    deny: list[Path] | None,
) -> dict[tuple[str, str], Any]:
    """Give the filters of the command line as options for `override`."""
    given = {
        "under": under,
        "taxon": taxon,
        "source": source,
        "language": language,
        "allow": allow,
        "deny": deny,
    }
    return {("kb", key): tuple(value) for key, value in given.items() if value}


def _parts(types: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in types.split(",") if part.strip())
