"""Sentences that a caller of this agent may say, drawn at random with a fixed seed: what the domain model is counted from.

Three sources: the agent's own templates, conversation that every agent hears (yes and no, corrections, numbers, names, "can I
speak to someone"), and requests put together from the agent's phrases in the order callers use. Answers to one question at a time
are the larger part, because that is what a dialogue hears most.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from antiphon.adapters.pocketsphinx import spoken_values
from antiphon.adapters.pocketsphinx.language import Language, Table, read_language
from antiphon.adapters.pocketsphinx.spoken_values import Caller
from antiphon.ports.stt import SttVocabulary

SENTENCES = 30_000
SEED = 20_261_120

_PEOPLE = frozenset(
    "person staff stylist doctor provider agent technician therapist instructor member who with name".split(" ")  # noqa: SIM905
)

_OPENINGS = (
    "i'd like to book a", "i'd like to book", "i want to book a", "i'd like to make an appointment for a", "can i book a",
    "can i get a",
    "could i book a", "can i have a", "i need a", "i'd like a", "i would like to book a", "book me a", "book me in for a", "book a",
    "i'd like to schedule a", "can you book me in for a", "could you book me a", "do you have anything for a", "i'm looking for a",
    "i'd like an appointment for a", "can i make an appointment for a", "i want a", "a", "",
)  # fmt: skip
_INTRODUCTIONS = ("", "", "my name is", "it's", "this is", "i'm", "for", "under", "the name is")
_POLITE = ("please", "please", "thanks", "thank you", "if possible", "if that's okay")
_BEFORE = (
    "hi",
    "hello",
    "um",
    "uh",
    "well",
    "so",
    "yes",
    "yeah",
    "yes please",
    "okay",
    "hi there",
    "good morning",
    "oh",
    "sure",
    "no",
)

_HOLE = re.compile(r"\{(\w+)\}")
_MARKS = re.compile(r"[^a-z' ]+")
_DIGIT_NAMES = {str(digit): f" {word} " for digit, word in enumerate(spoken_values.DIGITS)}


def plain(text: str) -> str:
    """Text as the dictionary spells it: lower case, apostrophes inside words only, digits as words."""
    spelled = "".join(_DIGIT_NAMES.get(letter, letter) for letter in text.lower().replace("\u2019", "'"))
    return " ".join(word.strip("'") for word in _MARKS.sub(" ", spelled).split() if word.strip("'"))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Draws sentences for one vocabulary."""

    phrases: Mapping[str, tuple[str, ...]]
    templates: tuple[str, ...]
    caller: Caller
    language: Language

    @property
    def random(self) -> Random:
        """The one source of randomness."""
        return self.caller.random

    def fill(self, template: str, it: str = "") -> str | None:
        """The template with its holes filled; None if a hole has no values."""
        parts: list[str] = []
        at = 0
        for hole in _HOLE.finditer(template):
            value = self._value(hole.group(1), it)
            if value is None:
                return None
            parts += [template[at : hole.start()], value]
            at = hole.end()
        return plain("".join([*parts, template[at:]]))

    def _value(self, slot: str, it: str) -> str | None:
        if slot == "it":
            return self.random.choice(self.phrases[it])
        sampler = spoken_values.sampler(slot)
        if (own := self.phrases.get(slot)) and (sampler is None or self.random.random() < 0.7):
            return self.random.choice(own)
        return sampler(self.caller) if sampler else None

    def request(self) -> str:
        """A request in one breath: what, with whom, when, in any order and as much of it as this caller says at once."""
        things = [slot for slot in self.phrases if not is_person(slot)]
        people = [slot for slot in self.phrases if is_person(slot)]
        what = self.random.choice(self.phrases[self.random.choice(things)]) if things else "appointment"
        details: list[str] = []
        if people and self.random.random() < 0.5:
            details.append("with " + self.random.choice(self.phrases[self.random.choice(people)]))
        if self.random.random() < 0.65:
            details.append(("on " if self.random.random() < 0.5 else "") + spoken_values.day(self.caller))
        if self.random.random() < 0.55:
            details.append(spoken_values.time_wish(self.caller))
        if self.random.random() < 0.15:
            self.random.shuffle(details)
        if self.random.random() < 0.08:
            details.append("for " + spoken_values.name(self.caller))
        if people and self.random.random() < 0.06:
            return " ".join(
                ["can", self.random.choice(self.phrases[self.random.choice(people)]), "do a", what, *details]
            )
        return " ".join([self.random.choice(_OPENINGS), what, *details])

    def carriers(self, slot: str) -> Table:
        """How the phrases of a slot are asked for."""
        return self.language.people if is_person(slot) else self.language.things

    def dressed(self, sentence: str) -> str:
        """Now and then with what people put before and after."""
        if self.random.random() < 0.10:
            sentence = f"{self.random.choice(_BEFORE)} {sentence}"
        if self.random.random() < 0.06:
            sentence = f"{sentence} {self.random.choice(_POLITE)}"
        return sentence


def is_person(slot: str) -> bool:
    """Whether values of this slot are people: they are asked for "with" and not with an article."""
    return any(part in _PEOPLE for part in slot.split("_"))


def sentences(vocabulary: SttVocabulary, count: int = SENTENCES, seed: int = SEED) -> Iterator[str]:
    """`count` sentences, the same ones for the same vocabulary and seed. Words are lower case, as the dictionary spells them."""
    phrases = {slot: tuple(filter(None, map(plain, values))) for slot, values in vocabulary.phrases.items()}
    phrases = {slot: values for slot, values in phrases.items() if values}
    language = read_language()
    first_shares = spoken_values.shares(len(language.first_names))
    caller = Caller(Random(seed), language.first_names, language.last_names, first_shares)
    speaker = Speaker(phrases, vocabulary.templates, caller, language)
    for slot, values in phrases.items():  # every phrase at least twenty times, however many there are
        carriers = speaker.carriers(slot)
        for value in values:
            for carrier in (
                *carriers.sentences[:4],
                *caller.random.choices(carriers.sentences, carriers.weights, k=16),
            ):
                yield speaker.fill(carrier.replace("{it}", value)) or value
    # A first name is followed by any last name, never by what is merely frequent.
    for first, share in zip(caller.first_names, caller.first_shares, strict=True):
        for _ in range(12 * share):
            yield plain(f"{caller.random.choice(_INTRODUCTIONS)} {first} {caller.random.choice(caller.last_names)}")
    sources = _sources(speaker)
    for _ in range(count):
        sentence = speaker.random.choices([draw for draw, _ in sources], [weight for _, weight in sources])[0]()
        if sentence:
            yield plain(speaker.dressed(sentence))


def _sources(speaker: Speaker) -> list[tuple[Callable[[], str | None], int]]:
    """Where sentences come from, with weights in percent."""
    random = speaker.random

    def weighted(table: Table) -> str:
        return random.choices(table.sentences, table.weights)[0]

    def about_a_phrase() -> str | None:
        slot = random.choice(list(speaker.phrases))
        return speaker.fill(weighted(speaker.carriers(slot)), slot)

    sources: list[tuple[Callable[[], str | None], int]] = [
        (lambda: speaker.fill(weighted(speaker.language.answers)), 42),
        (lambda: weighted(speaker.language.talk), 13),
        (speaker.request, 20),
    ]
    if speaker.phrases:
        sources.append((about_a_phrase, 10))
    if speaker.templates:
        sources.append((lambda: speaker.fill(random.choice(speaker.templates)), 15))
    return sources
