"""Suites: a TOML file that lists corpora to evaluate, each with its parts, type and knowledge base.

    splits = "corpora/dev-splits.json"     # {"name": {"dev": ["document id", ...]}}

    [[corpus]]
    name = "s800"
    type = "Species"
    test = ["corpora/s800/train.PubTator"]
    split = "s800"
    kb = ["kb/ncbi-taxonomy-2024.tsv.gz"]
    protocols = ["unseen", "full"]

All paths are relative to a data folder that is given when the suite is run.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from belink.errors import ConfigError, InputError
from belink.evaluate.protocol import ProtocolName, of_type
from belink.formats import read
from belink.formats.problems import OnProblem, raise_unless_warning
from belink.types import Document


class SuiteEntry(BaseModel):
    """One corpus and type of a suite.

    Attributes:
        name: of the entry; names its result file: letters, digits, ".", "_" and "-".
        type: the type of mention that is scored.
        test: files with the documents to score; of these only the dev ids, where `split` or `dev_ids`
            name them.
        train: files whose surface forms and concepts count as seen; beside them the documents of `test`
            that are not scored.
        split: key in the suite's splits file.
        dev_ids: ids of the documents to score, where no splits file lists them.
        kb: tables of the knowledge base.
        retired: tables of retired ids.
        vectors: whether the names of its knowledge base are embedded however many they are; if not, that is
            done as `vectors_on_first_use` of the settings says.
        protocols: which protocols to score, in this order.
        splits: the suite's splits file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$")
    type: str
    test: tuple[str, ...] = Field(min_length=1)
    train: tuple[str, ...] = ()
    split: str | None = None
    dev_ids: tuple[str, ...] = ()
    kb: tuple[str, ...] = Field(min_length=1)
    retired: tuple[str, ...] = ()
    vectors: bool = False
    protocols: tuple[ProtocolName, ...] = ("unseen", "full")
    splits: str | None = None

    @model_validator(mode="after")
    def _parts_are_told_apart(self) -> SuiteEntry:
        if self.split and self.dev_ids:
            raise ValueError("give split or dev_ids, not both")
        if self.split and not self.splits:
            raise ValueError("split is given, but the suite names no splits file")
        needs_train = any(protocol.startswith("unseen") for protocol in self.protocols)
        if needs_train and not (self.train or self.split or self.dev_ids):
            raise ValueError("protocol 'unseen' needs train, split or dev_ids")
        return self

    def documents(
        self, data: Path, on_problem: OnProblem = raise_unless_warning
    ) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
        """Read the documents to score and those that count as seen, each file once.

        Args:
            data: folder that the paths are relative to.
            on_problem: takes what is wrong in the files (see `belink.formats.read`).

        Returns:
            Gold and training documents, both with the annotations of the entry's type alone; no training
            documents where the entry has none.

        Raises:
            InputError: a file cannot be read, or ids of the dev part are in none of them.
        """
        wanted = self._dev_ids(data)
        docs, train = self._read(data, self.test, on_problem), self._read(data, self.train, on_problem)
        if wanted is None:
            return tuple(docs), tuple(train)
        missing = sorted(wanted - {doc.id for doc in docs})
        if missing:
            raise InputError(
                f"suite entry {self.name!r}: {len(missing)} of {len(wanted)} dev documents are not in "
                f"{', '.join(self.test)}: {', '.join(missing[:5])}"
            )
        gold = tuple(doc for doc in docs if doc.id in wanted)
        return gold, tuple(doc for doc in docs if doc.id not in wanted) + tuple(train)

    def gold_documents(
        self, data: Path, on_problem: OnProblem = raise_unless_warning
    ) -> tuple[Document, ...]:
        """Read the documents to score: the first of `documents`."""
        return self.documents(data, on_problem)[0]

    def train_documents(
        self, data: Path, on_problem: OnProblem = raise_unless_warning
    ) -> tuple[Document, ...]:
        """Read the documents that count as seen: the second of `documents`."""
        return self.documents(data, on_problem)[1]

    def kb_paths(self, data: Path) -> tuple[Path, ...]:
        """Give the tables of the knowledge base."""
        return _existing(data, self.kb)

    def retired_paths(self, data: Path) -> tuple[Path, ...]:
        """Give the tables of retired ids."""
        return _existing(data, self.retired)

    def decisions_path(self, results: Path, *, detected: bool = False) -> Path:
        """Give the file that holds the entry's decisions; a run that finds it need not link again.

        Args:
            results: folder of results.
            detected: of the decisions on mentions that were detected, not given by the gold.
        """
        return results / f"{self.name}{'.detected' if detected else ''}.decisions.jsonl"

    def _read(self, data: Path, paths: Sequence[str], on_problem: OnProblem) -> list[Document]:
        files = _existing(data, paths)
        docs = [doc for path in files for doc in read(path, on_problem=on_problem).documents]
        return of_type(docs, self.type)

    def _dev_ids(self, data: Path) -> frozenset[str] | None:
        if self.dev_ids:
            return frozenset(self.dev_ids)
        if self.split is None or self.splits is None:
            return None
        (path,) = _existing(data, [self.splits])
        try:
            return frozenset(json.loads(path.read_text(encoding="utf-8"))[self.split]["dev"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f'{path}: expected JSON with a list of document ids under "{self.split}", "dev"'
            ) from error


class _SuiteFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    splits: str | None = None
    corpus: tuple[SuiteEntry, ...] = Field(min_length=1)


def load_suite(path: Path) -> tuple[SuiteEntry, ...]:
    """Read a suite file; the entries come in its order. No corpus is read yet.

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown or has a wrong value, or two
            entries have one name.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the suite: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from error
    splits, corpora = content.get("splits"), content.get("corpus")
    if isinstance(corpora, list) and splits is not None:
        listed = [{"splits": splits, **entry} if isinstance(entry, dict) else entry for entry in corpora]
        content = {**content, "corpus": listed}
    try:
        entries = _SuiteFile.model_validate(content).corpus
    except ValidationError as error:
        raise ConfigError(f"{path}: {_explain(error, corpora)}") from error
    names = [entry.name for entry in entries]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"{path}: entries with the same name: {', '.join(repeated)}")
    return entries


def _explain(error: ValidationError, corpora: object) -> str:
    first = error.errors()[0]
    place = first["loc"]
    where, model = "", _SuiteFile.model_fields
    if len(place) > 1 and place[0] == "corpus":
        where, model = _entry_name(corpora, place[1]), SuiteEntry.model_fields
    key = place[-1] if place and isinstance(place[-1], str) else ".".join(map(str, place))
    if first["type"] == "extra_forbidden":
        return f"{where}unknown key '{key}'; known here: {', '.join(model)}"
    if first["type"] == "missing":
        return f"{where}key '{key}' is missing"
    if first["type"] == "value_error":
        return f"{where}{first['msg'].removeprefix('Value error, ')}"
    return f"{where}key '{key}': found {first['input']!r}: {first['msg']}"


def _entry_name(corpora: object, index: int | str) -> str:
    """Name a [[corpus]] by its name, else by its number from 1."""
    if not isinstance(corpora, list) or not isinstance(index, int):
        return ""
    entry = corpora[index]
    name = entry.get("name") if isinstance(entry, dict) else None
    return f"corpus {name!r}: " if isinstance(name, str) else f"corpus number {index + 1}: "


def _existing(data: Path, paths: Sequence[str]) -> tuple[Path, ...]:
    found = tuple(data / path for path in paths)
    if missing := [str(path) for path in found if not path.exists()]:
        raise InputError(f"{', '.join(missing)}: no such file; is {data} the data folder of this suite?")
    return found
