"""What a training run of the tagger is made of, written in one TOML file.

```toml
splits = "corpora/dev-splits.json"    # development ids of all corpora: never learnt from
[tagger]                       # fields of `TaggerSettings`
base = "sentence-transformers/all-MiniLM-L6-v2"    # a Hugging Face id or a folder
[dictionary]                   # type -> files of vocabularies whose names the tagger is shown
Disease = ["kb/medic-belink.tsv.gz"]
[[corpus]]                     # fields of `TaggerCorpus`
name = "NCBI Disease"
```
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from belink.errors import ConfigError
from belink.train.recipe import read_tables, strict
from belink.train.tagger import TaggerSettings
from belink.train.tagger_corpora import TaggerCorpus


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """A recipe as read; the fields are the tables of the file."""

    splits: str
    tagger: TaggerSettings
    dictionary: dict[str, tuple[str, ...]]
    corpora: tuple[TaggerCorpus, ...]


def read_tagger_recipe(path: Path, changes: dict[str, Any]) -> TaggerRecipe:
    """Read a recipe.

    Args:
        path: the TOML file.
        changes: fields of `TaggerSettings` that replace what the file says.

    Raises:
        ConfigError: where the file is no TOML, or a field is unknown or of the wrong kind.
    """
    written = read_tables(path, ("splits", "tagger", "dictionary", "corpus"))
    try:
        return TaggerRecipe(
            str(written.get("splits", "")),
            strict(TaggerSettings, {**written.get("tagger", {}), **changes}),
            TypeAdapter(dict[str, tuple[str, ...]]).validate_python(written.get("dictionary", {})),
            tuple(strict(TaggerCorpus, each) for each in written.get("corpus", [])),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {place}: {first['msg']}, found {str(first['input'])[:80]}") from error
