"""The tables in `language/`: what callers say, with weights, and common names. Data, read when a model is built."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("language")


@dataclass(frozen=True, slots=True)
class Table:
    """Sentences with holes, and how often each is said."""

    sentences: tuple[str, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Everything in the folder."""

    talk: Table
    answers: Table
    things: Table
    people: Table
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def read_language(folder: Path = FOLDER) -> Language:
    """The tables; lines that start with # are remarks."""
    return Language(
        talk=_table(folder / "talk.txt"),
        answers=_table(folder / "answers.txt"),
        things=_table(folder / "things.txt"),
        people=_table(folder / "people.txt"),
        first_names=_words(folder / "first_names.txt"),
        last_names=_words(folder / "last_names.txt"),
    )


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def _table(path: Path) -> Table:
    rows = [line.split(maxsplit=1) for line in _lines(path)]
    return Table(tuple(sentence for _, sentence in rows), tuple(int(weight) for weight, _ in rows))


def _words(path: Path) -> tuple[str, ...]:
    return tuple(word for line in _lines(path) for word in line.split())
