"""The domain model of one vocabulary: a folder with a small dictionary and a small language model, built once and kept.

Built in a process of its own (`python -m antiphon.adapters.pocketsphinx.build`): counting 30,000 sentences takes 1.2 s of GIL.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.adapters.pocketsphinx import decoders, ngram, pronounce
from antiphon.adapters.pocketsphinx.sentences import plain, sentences
from antiphon.ports.stt import SttVocabulary

COMMON_WORDS = 1_000
"""Everyday words that may come between the domain's: "write down Jessica Turner please". More did not help."""

RECIPE = 4
"""Raise with every change to templates, values or counting: models of another recipe are not used."""


@dataclass(frozen=True, slots=True)
class DomainModel:
    """Where a built model lies."""

    folder: Path

    @property
    def dictionary(self) -> Path:
        return self.folder / "words.dict"

    @property
    def language(self) -> Path:
        return self.folder / "model.arpa"

    def built(self) -> bool:
        return self.dictionary.is_file() and self.language.is_file()


def domain_model(cache: Path, vocabulary: SttVocabulary) -> DomainModel:
    """The place of this vocabulary's model, built or not."""
    name = hashlib.sha256(f"{RECIPE}\n{vocabulary.key}".encode()).hexdigest()[:24]
    return DomainModel(cache / f"domain-{name}")


def missing_words(vocabulary: SttVocabulary) -> list[str]:
    """The vocabulary's own words that the dictionary lacks."""
    texts = [*vocabulary.templates, *(phrase for phrases in vocabulary.phrases.values() for phrase in phrases)]
    return pronounce.missing(decoders.dictionary(), {word for text in texts for word in plain(text).split()})


def build(model: DomainModel, vocabulary: SttVocabulary, pronunciations: Mapping[str, str]) -> None:
    """Build and check the model, then put it in place in one step. Takes seconds of CPU."""
    counts = ngram.count(sentences(vocabulary))
    trigrams = ngram.Trigrams(counts, decoders.common_words(COMMON_WORDS))
    model.folder.parent.mkdir(parents=True, exist_ok=True)
    draft = DomainModel(Path(tempfile.mkdtemp(prefix="draft-", dir=model.folder.parent)))
    try:
        words = [word for word in trigrams.one if word != ngram.END]
        draft.dictionary.write_text(pronounce.reduced(decoders.dictionary(), words, pronunciations))
        with draft.language.open("w") as file:
            trigrams.write(file)
        decoders.domain(draft.dictionary, draft.language)  # raises if the recogniser does not take it
        if not model.built():
            shutil.rmtree(model.folder, ignore_errors=True)
            draft.folder.replace(model.folder)
    finally:
        shutil.rmtree(draft.folder, ignore_errors=True)
