"""What a training run of the encoder is made of, written in one TOML file.

```toml
retired = "kb/mesh-retired-ids.tsv"    # may be left out
[encoder]                      # fields of `EncoderSettings`
base = "sentence-transformers/all-MiniLM-L6-v2"    # a Hugging Face id or a folder
[pairs]                        # fields of `PairSettings` without the weights
definition_share = 0.08
[vocabularies]                 # files under the data folder -> share of the pairs
"kb/hpo-2026.tsv.gz" = 4
[[dev]]                        # fields of `DevFiles`: what the curve measures
name = "BC5CDR disease"
```
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from belink.errors import ConfigError
from belink.evaluate.protocol import GoldMention, of_type, unseen
from belink.formats.reading import read
from belink.kb.records import Located, Retirement
from belink.kb.sources import SourceOptions, read_source
from belink.text.abbreviations import expand, find_abbreviations
from belink.train.dev import DevSet
from belink.train.names import Names, collect
from belink.train.pairs import PairSettings
from belink.types import Concept, Document, Problem

if TYPE_CHECKING:
    from belink.train.encoder import EncoderSettings


@dataclass(frozen=True, slots=True)
class DevFiles:
    """A development set as files under the data folder.

    Attributes:
        name: what the curve calls it.
        documents: annotated documents.
        type: type of the mentions to measure.
        index: vocabularies to find them in.
        train: documents whose forms count as seen; "" takes the documents that `ids` does not name.
        ids: JSON file of development document ids ({corpus: {"dev": [id, ...]}}); "" takes all documents.
        corpus: key in `ids`.
        index_names: about how many names the index gets: all of the gold concepts, others by hash.
    """

    name: str
    documents: str
    type: str
    index: tuple[str, ...]
    train: str = ""
    ids: str = ""
    corpus: str = ""
    index_names: int = 6000


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as read; `retired` is a table of retired ids for the gold of the dev sets, "" for none."""

    encoder: EncoderSettings
    pairs: PairSettings
    dev: tuple[DevFiles, ...]
    retired: str = ""


def read_recipe(path: Path, changes: dict[str, Any]) -> Recipe:
    """Read a recipe.

    Args:
        path: the TOML file.
        changes: fields of `EncoderSettings` that replace what the file says.

    Raises:
        ConfigError: where the file is no TOML, or a field is unknown or of the wrong kind.
    """
    from belink.train.encoder import EncoderSettings

    written = read_tables(path, ("encoder", "pairs", "vocabularies", "dev", "retired"))
    try:
        return Recipe(
            strict(EncoderSettings, {**written.get("encoder", {}), **changes}),
            strict(PairSettings, {**written.get("pairs", {}), "weights": written.get("vocabularies", {})}),
            tuple(
                strict(DevFiles, {**each, "index": tuple(each.get("index", ()))})
                for each in written.get("dev", [])
            ),
            str(written.get("retired", "")),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {place}: {first['msg']}, found {str(first['input'])[:80]}") from error


def read_tables(path: Path, known: Sequence[str]) -> dict[str, Any]:
    """Read a TOML file that may have the named tables and no others.

    Raises:
        ConfigError: where it cannot be read, is no TOML, or has another table.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: no recipe that can be read ({error})") from error
    if unknown := sorted(written.keys() - set(known)):
        raise ConfigError(f"{path}: unknown tables {', '.join(unknown)}; known: {', '.join(known)}")
    return written


def strict(kind: type[Any], values: dict[str, Any]) -> Any:
    """Make a dataclass of the values of a table.

    Raises:
        ConfigError: it has a field that the dataclass lacks.
        ValidationError: a value is of the wrong kind, or one is missing.
    """
    unknown = sorted(values.keys() - kind.__dataclass_fields__.keys())
    if unknown:
        known = ", ".join(kind.__dataclass_fields__)
        raise ConfigError(f"unknown setting {unknown[0]!r}; known: {known}")
    return TypeAdapter(kind).validate_python(values)


def read_names(recipe: Recipe, data: Path, more: Mapping[str, Sequence[Concept]] | None = None) -> Names:
    """Read all vocabularies of a recipe, in its order, and behind them those given by name."""
    read_now = ((title, concepts(data / title)) for title in recipe.pairs.weights)
    return collect(chain(read_now, (more or {}).items()))


def concepts(path: Path) -> Iterator[Concept]:
    """Read the concepts of a vocabulary; faulty records are left out."""
    _, records = read_source(path, options=SourceOptions(lenient=True))
    for record in records:
        found = record.record if isinstance(record, Located) else record
        if isinstance(found, Concept):
            yield found


def retirements(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the replacements of retired ids."""
    _, records = read_source(path, options=SourceOptions(lenient=True))
    found = (record.record if isinstance(record, Located) else record for record in records)
    return {each.id: each.replaced_by for each in found if isinstance(each, Retirement)}


def read_dev(files: DevFiles, data: Path, retired: dict[str, tuple[str, ...]]) -> DevSet:
    """Make a development set: forms unseen in the training part, gold spans, abbreviations written out."""
    docs, train = _split(files, data)
    docs, train = of_type(docs, files.type), of_type(train, files.type)
    vocabulary = [concept for title in files.index for concept in concepts(data / title)]
    known = {concept.id for concept in vocabulary}

    def resolve(concept_id: str) -> tuple[str, ...]:
        return tuple(each for each in (concept_id, *retired.get(concept_id, ())) if each in known)

    mentions = unseen(docs, train, resolve).mentions
    gold = {concept_id for mention in mentions for concept_id in mention.ids}
    names = list(_index(vocabulary, gold, files.index_names))
    return DevSet(
        files.name,
        tuple(_written_out(mentions, docs)),
        tuple(frozenset(mention.ids) for mention in mentions),
        tuple(name for name, _ in names),
        tuple(concept_id for _, concept_id in names),
    )


def _split(files: DevFiles, data: Path) -> tuple[list[Document], list[Document]]:
    def ignore(problem: Problem) -> None:
        del problem

    docs = list(read(data / files.documents, on_problem=ignore).documents)
    train = list(read(data / files.train, on_problem=ignore).documents) if files.train else []
    if not files.ids:
        return docs, train
    ids = set(json.loads((data / files.ids).read_text(encoding="utf-8"))[files.corpus]["dev"])
    return [doc for doc in docs if doc.id in ids], train or [doc for doc in docs if doc.id not in ids]


def _written_out(mentions: Sequence[GoldMention], docs: Sequence[Document]) -> Iterator[str]:
    texts = {doc.id: doc.text for doc in docs}
    pairs = {
        doc_id: find_abbreviations(texts[doc_id]) for doc_id in {m.mention.document_id for m in mentions}
    }
    for each in mentions:
        mention = each.mention
        yield expand(mention.text, pairs[mention.document_id], mention.spans[0].start) or mention.text


def _index(vocabulary: Sequence[Concept], gold: set[str], size: int) -> Iterator[tuple[str, str]]:
    """Yield names and ids: all of the gold concepts, then of others in the order of a hash of their ids."""
    left = size
    for concept in sorted(
        vocabulary, key=lambda each: (each.id not in gold, hashlib.sha1(each.id.encode()).digest())
    ):
        if left <= 0 and concept.id not in gold:
            return
        for name in dict.fromkeys((concept.name, *(alias.text for alias in concept.aliases))):
            yield name, concept.id
            left -= 1
