"""Take mentions from other people's finders: spaCy, GLiNER, any function.

Each is made a `Detector` that keeps its contract: see `checked`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from belink.errors import ConfigError, InputError, ModelError
from belink.formats.labels import entity_type
from belink.text.sentences import sentences
from belink.types import Detector, Document, Mention, Span

Labels = Mapping[str, str]
"""The `EntityType` each label of a finder means; a label that is not in it is passed over."""

Marked = Iterable[tuple[int, int, str]]
"""What a finder marks in a text: start, end and label."""

GLINER_CHARACTERS = 1200
"""GLiNER reads a few hundred words at once; sentences are put together up to so many characters."""


class SpacyDoc(Protocol):
    """What of a `spacy.tokens.Doc` is read."""

    @property
    def text(self) -> str:
        """The whole text."""

    @property
    def ents(self) -> Sequence[Any]:
        """Its entities."""


class GlinerModel(Protocol):
    """What of a `gliner.GLiNER` is used."""

    def predict_entities(
        self, text: str, labels: list[str], *, threshold: float, flat_ner: bool
    ) -> list[dict[str, Any]]:
        """Find entities in a short text, as dictionaries with "start", "end" and "label"."""


def checked(detect: Callable[[Sequence[Document]], Sequence[Iterable[Mention]]], name: str) -> Detector:
    """Hold a function of unknown make to the contract of a detector.

    Its mentions are sorted by spans, then type, each once.

    Args:
        detect: the function.
        name: how errors name it.

    Returns:
        A detector that raises `InputError` where the function gives another number of results than
        documents, names another document, or gives a mention whose text does not stand at its spans.
    """

    def detected(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        found = list(detect(docs))
        if len(found) != len(docs):
            raise InputError(f"detector {name}: gave {len(found)} results for {len(docs)} documents")
        for doc, mentions in zip(docs, found, strict=True):
            for mention in mentions:
                _check(doc, mention, name)
        return [tuple(sorted(dict.fromkeys(own), key=lambda m: (m.spans, m.type))) for own in found]

    return detected


def _check(doc: Document, mention: Mention, name: str) -> None:
    inside = all(0 <= span.start < span.end <= len(doc.text) for span in mention.spans)
    text = " ".join(doc.text[span.start : span.end] for span in mention.spans)
    if mention.document_id != doc.id or not mention.spans or not inside or text != mention.text:
        places = ", ".join(f"{span.start}-{span.end}" for span in mention.spans)
        raise InputError(
            f"detector {name}: document {doc.id!r}: found {mention.text!r} of document "
            f"{mention.document_id!r} at {places or 'no place'}, expected the document's text there: {text!r}"
        )


def load_detector(name: str) -> Detector:
    """Import a function "module:function" with the signature of a detector; it is `checked`.

    Raises:
        ConfigError: there is no such module or function.
    """
    module_name, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"detector '{name}': expected 'module:function': {error}") from error
    if not callable(found):
        raise ConfigError(
            f"detector '{name}': found {type(found).__name__}, expected a function of documents"
        )
    return checked(found, name)


def of_types(detect: Detector, types: frozenset[str]) -> Detector:
    """Make a detector that gives only the mentions of these types, and those of none ("")."""

    def detected(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [tuple(m for m in own if not m.type or m.type in types) for own in detect(docs)]

    return detected


def from_spacy(
    pipeline: Callable[[str], SpacyDoc] | Mapping[str, SpacyDoc], labels: Labels | None = None
) -> Detector:
    """Make a detector of a spaCy pipeline, or of `Doc`s made with one.

    Args:
        pipeline: a loaded pipeline (`spacy.load(...)`), or Docs by the ids of their documents; a document
            without one has no mentions.
        labels: what the labels mean; None reads them as labels of files are read (`belink.formats.labels`).

    Returns:
        A detector of the entities (`Doc.ents`). It raises `InputError` where a Doc has another text than its
        document.
    """

    def mark(doc: Document) -> Marked:
        if isinstance(pipeline, Mapping):
            own = pipeline.get(doc.id)
            if own is None:
                return
        else:
            own = pipeline(doc.text)
        if own.text != doc.text:
            raise InputError(f"spaCy Doc of document {doc.id!r}: its text is not the document's")
        for entity in own.ents:
            yield entity.start_char, entity.end_char, entity.label_

    return _marking(mark, labels)


def load_spacy(name: str, labels: Labels | None = None) -> Detector:
    """Load a spaCy pipeline by name or folder: see `from_spacy`.

    Raises:
        ConfigError: spaCy is not installed.
        ModelError: there is no such pipeline.
    """
    spacy = _imported("spacy", "a spaCy pipeline", "spacy")
    try:
        return from_spacy(spacy.load(name), labels)
    except OSError as error:
        raise ModelError(f"spaCy pipeline '{name}': {str(error).splitlines()[0]}") from error


def from_gliner(
    model: GlinerModel, labels: Labels | Sequence[str] | None = None, threshold: float = 0.5
) -> Detector:
    """Make a detector of a GLiNER model (Zaratiana et al. 2024, doi 10.18653/v1/2024.naacl-long.300).

    Args:
        model: a loaded model (`gliner.GLiNER.from_pretrained(...)`).
        labels: what it is asked for, and the `EntityType` each label means; None asks for "disease",
            "chemical", "gene", "species" and "cell line".
        threshold: least probability in [0, 1].
    """
    asked = labels or ("disease", "chemical", "gene", "species", "cell line")
    types = asked if isinstance(asked, Mapping) else {label: entity_type(label) for label in asked}

    def mark(doc: Document) -> Marked:
        for part in _parts(doc.text):
            text = doc.text[part.start : part.end]
            for entity in model.predict_entities(text, list(types), threshold=threshold, flat_ner=False):
                yield part.start + entity["start"], part.start + entity["end"], entity["label"]

    return _marking(mark, types)


def load_gliner(name: str, labels: Labels | None = None) -> Detector:
    """Load a GLiNER model by its id on a hub or its folder: see `from_gliner`.

    Raises:
        ConfigError: GLiNER is not installed.
        ModelError: there is no such model.
    """
    gliner = _imported("gliner", "a GLiNER model", "gliner")
    try:
        return from_gliner(gliner.GLiNER.from_pretrained(name), labels)
    except (OSError, ValueError) as error:
        raise ModelError(f"GLiNER model '{name}': {error}") from error


def _imported(module: str, what: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{what} needs the package '{package}', which is not installed: pip install {package}"
        ) from error


def _parts(text: str) -> Iterator[Span]:
    """Put neighbouring sentences together up to `GLINER_CHARACTERS`; a longer sentence is cut."""
    start = end = 0
    for sentence in sentences(text):
        if end > start and sentence.end - start > GLINER_CHARACTERS:
            yield Span(start, end)
            start = sentence.start
        end = sentence.end
        while end - start > GLINER_CHARACTERS:
            space = text.rfind(" ", start + 1, start + GLINER_CHARACTERS)
            cut = space if space > start else start + GLINER_CHARACTERS
            yield Span(start, cut)
            start = cut
    if end > start:
        yield Span(start, end)


def _marking(mark: Callable[[Document], Marked], labels: Labels | None) -> Detector:
    """Make a detector of what marks texts; empty and out-of-text marks are passed over."""

    def of(doc: Document) -> tuple[Mention, ...]:
        found = {
            (Span(start, end), entity_type(label) if labels is None else labels[label])
            for start, end, label in mark(doc)
            if 0 <= start < end <= len(doc.text) and (labels is None or label in labels)
        }
        return tuple(
            Mention(doc.id, (span,), doc.text[span.start : span.end], type_) for span, type_ in sorted(found)
        )

    def detect(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
        return [of(doc) for doc in docs]

    return detect
