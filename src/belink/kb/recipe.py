"""How the sources of a knowledge base were read, kept in its manifest so that an update reads alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args

from belink.errors import KnowledgeBaseError
from belink.kb.curies import parse_prefix, to_curie
from belink.kb.manifest import MANIFEST, Manifest, read_manifest
from belink.kb.problems import Problems
from belink.kb.records import Filter, Record, Source, SourceInfo
from belink.kb.sources import SOURCE_FORMATS, SourceFormat, SourceOptions, read_source
from belink.kb.sources.headers import parse_columns
from belink.kb.sources.keep import keep_names
from belink.types import EntityType


@dataclass(frozen=True, slots=True)
class Recipe:
    """Options of `belink kb build`; an empty one leaves the choice to the reader or keeps everything.

    Attributes:
        format: name of a format of `SOURCE_FORMATS`.
        type: the type every concept gets.
        id_prefix: prefix of identifiers that are written without one.
        columns: what columns of tables are called, "id=HP_ID,aliases=info".
        prefixes: prefixes added, "NAME=URL".
        name: name of the vocabulary, for one source.
        release: its version or date.
        licence: its licence.
        taxa: organisms to keep, by number or CURIE.
        languages: languages of names to keep (`SourceOptions.languages`).
        vocabularies: sources of names to keep (`SourceOptions.vocabularies`); names that are borrowed stay.
        semantic_types: types to keep (UMLS).
        keep_suppressed: keep suppressed and obsolete names (UMLS).
        types: keep concepts of these types.
        under: keep these concepts and what is below them.
        allow: files of ids, one a line; keep no other concepts.
        deny: files of ids, one a line, of concepts to leave out.
        retired: files of retired ids.
        lenders: files or knowledge bases whose names are borrowed over xrefs.
        lenient: count faults instead of refusing the first.
    """

    format: str = ""
    type: str = ""
    id_prefix: str = ""
    columns: str = ""
    prefixes: tuple[str, ...] = ()
    name: str = ""
    release: str = ""
    licence: str = ""
    taxa: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    vocabularies: tuple[str, ...] = ()
    semantic_types: tuple[str, ...] = ()
    keep_suppressed: bool = False
    types: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    lenders: tuple[str, ...] = ()
    lenient: bool = False

    def as_json(self) -> str:
        """Write what differs from the defaults."""
        default = Recipe()
        chosen = {key: value for key, value in asdict(self).items() if value != getattr(default, key)}
        return json.dumps(chosen, ensure_ascii=False)

    def filter(self) -> Filter:
        """Give the filter that acts on concepts, whatever their source.

        Raises:
            KnowledgeBaseError: where a file of ids cannot be read or has a line that is none, or names no id
                to allow.
        """
        added = dict(parse_prefix(each) for each in self.prefixes)
        allow, deny = (
            frozenset(each for path in paths for each in _ids(Path(path), self.id_prefix, added))
            for paths in (self.allow, self.deny)
        )
        if self.allow and not allow:
            raise KnowledgeBaseError(f"--allow {self.allow[0]}: has no id; expected one a line")
        return Filter(
            types=frozenset(self.types),
            under=frozenset(to_curie(each, added=added) for each in self.under),
            taxa=frozenset(to_curie(each, "NCBITaxon") for each in self.taxa),
            allow=allow,
            deny=deny,
        )


def _ids(path: Path, prefix: str, added: Mapping[str, str]) -> Iterator[str]:
    for number, text in id_lines(path):
        try:
            yield to_curie(text, prefix or None, added=added)
        except KnowledgeBaseError as error:
            raise KnowledgeBaseError(f"{path}:{number}: {error}") from error


def id_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give the lines of a file of ids, with their numbers, without blank ones and those that begin with "#".

    Raises:
        KnowledgeBaseError: where it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"{path}: cannot be read ({error}); expected one id a line") from error
    for number, line in enumerate(lines, start=1):
        if (text := line.strip()) and not text.startswith("#"):
            yield number, text


def recipe_of(manifest: Manifest) -> Recipe:
    """Read the recipe that a manifest keeps; the default one where it was built in memory.

    Raises:
        KnowledgeBaseError: where it is not one of this version.
    """
    try:
        loaded = json.loads(manifest.recipe) if manifest.recipe else {}
        several = {key: tuple(value) for key, value in loaded.items() if isinstance(value, list)}
        return Recipe(**{**loaded, **several})
    except (ValueError, TypeError) as error:
        raise KnowledgeBaseError(
            f"{MANIFEST}: its recipe cannot be read ({error}); build again with `belink kb build`"
        ) from error


def open_sources(paths: Sequence[Path], recipe: Recipe, problems: Problems) -> list[Source]:
    """Open the sources of a recipe, with those it borrows from and its files of retired ids.

    Args:
        paths: vocabularies or knowledge bases, in order of precedence.
        recipe: how to read them.
        problems: takes what their readers leave out.

    Raises:
        KnowledgeBaseError: where one cannot be opened, or one name is given to several.
    """
    if recipe.name and len(paths) > 1:
        raise KnowledgeBaseError(f"--name {recipe.name}: names one source, {len(paths)} are given")
    _check_prefixes([*paths, *map(Path, recipe.lenders)], recipe)
    sources = [_open(path, recipe, problems) for path in paths]
    plain = Recipe(prefixes=recipe.prefixes, languages=recipe.languages, lenient=recipe.lenient)
    sources += [_open(Path(path), replace(plain, format="table"), problems) for path in recipe.retired]
    sources += [replace(_open(Path(path), plain, problems), role="lender") for path in recipe.lenders]
    return _distinct(sources)


def _check_prefixes(paths: Sequence[Path], recipe: Recipe) -> None:
    """Refuse knowledge bases whose added prefixes mean something else here, or in one another."""
    known = {each.partition("=")[0].casefold(): (each, "this command") for each in recipe.prefixes}
    for path in paths:
        added = recipe_of(read_manifest(path)).prefixes if (path / MANIFEST).is_file() else ()
        for each in added:
            other, where = known.setdefault(each.partition("=")[0].casefold(), (each, str(path)))
            if each.partition("=")[2] != other.partition("=")[2]:
                raise KnowledgeBaseError(
                    f"{path}: the prefix {each} clashes with {other} of {where}; build one with another name"
                )


def _open(path: Path, recipe: Recipe, problems: Problems) -> Source:
    if (path / MANIFEST).is_file():
        return _knowledge_base(path, recipe)
    info, records = read_source(path, format=_format(recipe.format), options=_options(recipe, problems))
    return Source(info, records)


def _knowledge_base(path: Path, recipe: Recipe) -> Source:
    from belink.kb.store import KnowledgeBase

    kb = KnowledgeBase.open(path)
    kind = _type(recipe.type)

    def records() -> Iterator[Record]:
        for concept in kb.concepts():
            yield replace(concept, types=(kind,)) if kind else concept
        yield from kb.retirements()

    first = kb.manifest.sources[0]
    name, release = recipe.name or first.name, recipe.release or first.release
    info = SourceInfo(name, release, recipe.licence or first.licence, str(path), kb.fingerprint, "belink")
    return Source(info, keep_names(records(), _options(recipe, Problems())))


def _format(name: str) -> SourceFormat | None:
    if not name:
        return None
    for known in SOURCE_FORMATS:
        if name == known:
            return known
    raise KnowledgeBaseError(f"--format {name}: not known; choose one of {', '.join(SOURCE_FORMATS)}")


def _options(recipe: Recipe, problems: Problems) -> SourceOptions:
    return SourceOptions(
        type=_type(recipe.type),
        prefix=recipe.id_prefix,
        columns=dict(parse_columns(recipe.columns)),
        added_prefixes=dict(parse_prefix(each) for each in recipe.prefixes),
        source_name=recipe.name,
        release=recipe.release,
        licence=recipe.licence,
        taxa=frozenset(recipe.taxa),
        languages=frozenset(recipe.languages),
        vocabularies=frozenset(recipe.vocabularies),
        semantic_types=frozenset(recipe.semantic_types),
        keep_suppressed=recipe.keep_suppressed,
        lenient=recipe.lenient,
        on_problem=problems.take,
    )


def _type(name: str) -> EntityType | None:
    if not name:
        return None
    known: tuple[EntityType, ...] = get_args(EntityType)
    for each in known:
        if each.casefold() == name.casefold():
            return each
    raise KnowledgeBaseError(f"--type {name}: not known; choose one of {', '.join(known)}")


def _distinct(sources: Sequence[Source]) -> list[Source]:
    """Number the names of sources that have the same one: "ctd", "ctd-2"."""
    seen: dict[str, int] = {}
    named = []
    for source in sources:
        count = seen[source.info.name] = seen.get(source.info.name, 0) + 1
        name = source.info.name if count == 1 else f"{source.info.name}-{count}"
        named.append(replace(source, info=replace(source.info, name=name)))
    return named
