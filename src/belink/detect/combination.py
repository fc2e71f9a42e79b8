"""The rule by which a tagger's mentions and a dictionary's are merged: numbers, stored beside the tagger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from belink.errors import ModelError
from belink.models.tagger import COMBINATION


@dataclass(frozen=True, slots=True)
class TypeRule:
    """When a mention of a type is kept. All numbers are probabilities in [0, 1].

    Attributes:
        alone: a mention that only the tagger finds is kept from this probability on.
        with_dictionary: the same for one whose very span the dictionary finds too; one that the tagger
            does not judge has probability 0.
        least_link: a mention whose best link is less probable is dropped (`belink.link`), with whichever
            detector found it.
    """

    alone: float = 0.5
    with_dictionary: float = 0.5
    least_link: float = 0.0


@dataclass(frozen=True, slots=True)
class Combination:
    """The rule of each type the tagger knows."""

    rules: Mapping[str, TypeRule]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    alone: float = Field(ge=0, le=1)
    with_dictionary: float = Field(ge=0, le=1)
    least_link: float = Field(ge=0, le=1)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    types: dict[str, _Rule] = Field(min_length=1)


def read_combination(folder: Path) -> Combination:
    """Read the rule that lies in a tagger's folder.

    Raises:
        ModelError: the file is missing, is no JSON, or a number of it is missing or no probability.
    """
    path = folder / COMBINATION
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read: {error.strerror}; scripts/fit_detection.py makes it for a tagger"
        ) from error
    except orjson.JSONDecodeError as error:
        raise ModelError(f"{path}: is not JSON: {error}") from error
    try:
        types = _File.model_validate(content).types
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ModelError(f"{path}: key '{key}': found {first['input']!r}: {first['msg']}") from error
    return Combination({type_: TypeRule(**rule.model_dump()) for type_, rule in types.items()})


def write_combination(combination: Combination, folder: Path) -> None:
    """Write the rule into a tagger's folder.

    Raises:
        OSError: the file cannot be written.
    """
    types = {type_: asdict(rule) for type_, rule in sorted(combination.rules.items())}
    (folder / COMBINATION).write_bytes(
        orjson.dumps({"types": types}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
