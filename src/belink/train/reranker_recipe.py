"""What a training run of the re-ranker is made of, written in one TOML file.

```toml
[reranker]                 # fields of `RerankerSettings` without the drawing
base = "HuggingFaceTB/SmolLM2-135M-Instruct"
[drawing]                  # fields of `Drawing`
options = 10
```
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from belink.errors import ConfigError
from belink.train.instructions import Drawing
from belink.train.recipe import read_tables
from belink.train.reranker import RerankerSettings

_TABLES: dict[str, type[RerankerSettings] | type[Drawing]] = {
    "reranker": RerankerSettings,
    "drawing": Drawing,
}


def read_reranker_recipe(path: Path, changes: dict[str, Any]) -> RerankerSettings:
    """Read a recipe.

    Args:
        path: the TOML file.
        changes: fields of `RerankerSettings` that replace what the file says.

    Raises:
        ConfigError: where the file is no TOML, or a field is unknown or of the wrong kind.
    """
    written = read_tables(path, tuple(_TABLES))
    values = {**written.get("reranker", {}), **changes}
    for table, settings in _TABLES.items():
        names = [field.name for field in fields(settings)]
        if unknown := sorted(written.get(table, {}).keys() - set(names)):
            known = ", ".join(names)
            raise ConfigError(f"{path}: unknown setting {unknown[0]!r}; known in [{table}]: {known}")
    try:
        return TypeAdapter(RerankerSettings).validate_python(
            {**values, "drawing": written.get("drawing", {})}
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {place}: {first['msg']}, found {str(first['input'])[:80]}") from error
