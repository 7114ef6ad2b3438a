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
from antiphon.ports.stt import SttVocabulary

SENTENCES = 30_000
SEED = 20_261_120

_PEOPLE = ("person", "staff", "stylist", "doctor", "provider", "agent", "technician", "therapist", "instructor", "who", "with", "name")

_TALK = {
    "yes": 14, "yes please": 9, "yeah": 6, "yep": 3, "yup": 1, "sure": 4, "okay": 4, "ok": 3, "of course": 1, "please do": 1,
    "yes that's right": 7, "that's right": 6, "that is right": 1, "that's correct": 5, "yes that's correct": 5, "correct": 4,
    "right": 2, "yes it is": 1, "yes i am": 1, "yes you can": 1, "yes that's fine": 3, "that's fine": 3, "sounds good": 3,
    "yes that sounds good": 2, "that works": 2, "yes that works": 2, "that works for me": 1, "perfect": 3, "great": 3,
    "great thank you": 2, "lovely": 1, "lovely thank you": 1, "yes go ahead": 2, "go ahead": 2, "yes book it": 1, "book it please": 1,
    "yes please book it": 1, "yes confirm": 1, "i confirm": 1, "exactly": 1, "absolutely": 1, "that's it": 2, "that's me": 1,
    "no": 14, "no thanks": 5, "no thank you": 6, "nope": 2, "no that's wrong": 3, "that's wrong": 2, "that's not right": 3,
    "no that's not right": 3, "not really": 1, "no i don't": 1, "i don't think so": 1, "no that's all": 4, "no that's everything": 2,
    "that's all": 4, "that's all thank you": 4, "that's everything": 2, "nothing else": 2, "no nothing else thank you": 1,
    "i don't know": 2, "i'm not sure": 2, "i don't mind": 4, "no preference": 4, "anyone": 4, "anyone is fine": 3, "any": 2,
    "anybody": 2, "anybody is fine": 1, "whoever is available": 2, "whoever is free": 2, "it doesn't matter": 2, "any time": 3,
    "any day": 2, "either": 1, "either is fine": 2, "the first one": 3, "the second one": 3, "the third one": 1, "the last one": 1,
    "the earlier one": 1, "the later one": 1, "the earliest": 1, "as soon as possible": 2, "the first available": 2,
    "hello": 5, "hi": 4, "hi there": 3, "hello there": 1, "good morning": 2, "good afternoon": 2, "good evening": 1, "hey": 1,
    "thank you": 5, "thanks": 4, "thank you very much": 2, "thanks a lot": 1, "thank you bye": 2, "goodbye": 3, "bye": 3, "bye bye": 1,
    "sorry": 2, "pardon": 1, "excuse me": 1, "what": 1, "sorry what did you say": 1, "can you repeat that": 2, "can you say that again": 2,
    "could you repeat that please": 1, "say that again please": 1, "hold on": 1, "one moment": 1, "wait": 2, "just a second": 1,
    "stop": 1, "never mind": 2, "forget it": 1, "start again": 1, "start over": 1, "go back": 1, "um": 1, "help": 1,
    "can i speak to a person": 3, "can i speak to someone": 3, "i want to speak to a person": 2, "can i talk to a human": 2,
    "i'd like to speak to a real person": 2, "let me speak to someone": 1, "speak to a person please": 2, "a real person please": 1,
    "can i speak to the manager": 1, "transfer me please": 1, "put me through to someone": 1, "can someone call me back": 2,
    "please call me back": 2, "call me back": 1, "can i leave a message": 2, "i'd like to leave a message": 1, "is anyone there": 1,
    "what time do you open": 3, "what time do you close": 3, "when do you open": 2, "when do you close": 2, "are you open": 2,
    "what are your opening hours": 3, "what are your hours": 2, "where are you": 2, "where are you located": 2,
    "what's your address": 2, "what is your address": 1, "is there parking": 2, "can i park there": 1, "do you take cards": 1,
    "do you take credit cards": 1, "how much is it": 3, "how much does it cost": 3, "how much will that be": 1, "how long does it take": 3,
    "how long will it take": 2, "what do you have": 2, "what do you offer": 1, "what services do you have": 1, "who is available": 2,
    "what times do you have": 3, "what's available": 3, "what do you have available": 2, "do you have anything earlier": 3,
    "do you have anything later": 3, "is there anything else": 1, "what is your cancellation policy": 1,
    "i'd like to make an appointment": 6, "i'd like to book an appointment": 7, "can i make an appointment": 4,
    "can i book an appointment": 4, "i want to book an appointment": 4, "i need an appointment": 4, "i'd like to make a booking": 3,
    "i want to make a booking": 2, "i'd like an appointment please": 3, "book an appointment": 3, "i need to cancel my appointment": 4,
    "i'd like to cancel my appointment": 4, "can i cancel my booking": 3, "cancel my appointment": 2, "cancel my booking please": 2,
    "i need to reschedule": 3, "i'd like to reschedule my appointment": 3, "can i change my appointment": 3,
    "i want to move my appointment": 3, "can i move my booking": 2, "i have a booking": 1, "i'm calling about my appointment": 2,
    "i'm running late": 2, "i have a question": 2, "i'd like to ask a question": 1, "you have it wrong": 1,
}  # fmt: skip

_ANSWERS = {
    "{phone}": 34, "my number is {phone}": 12, "it's {phone}": 10, "it is {phone}": 3, "the number is {phone}": 4, "yes {phone}": 2,
    "my phone number is {phone}": 6, "you can reach me on {phone}": 3, "you can reach me at {phone}": 3, "call me on {phone}": 2,
    "call me at {phone}": 2, "yes it's {phone}": 3, "sure it's {phone}": 2, "sure {phone}": 1, "that's {phone}": 2,
    "my mobile is {phone}": 2, "no it's {phone}": 2, "{digits}": 8, "the last digits are {digits}": 1,
    "{name}": 22, "my name is {name}": 16, "it's {name}": 8, "i'm {name}": 5, "this is {name}": 6, "the name is {name}": 4,
    "under {name}": 2, "it's under {name}": 2, "for {name}": 3, "yes it's {name}": 2, "{name} please": 1, "call me {name}": 1,
    "{first_name} {spelling}": 1, "{spelling}": 2, "that's {spelling}": 1, "it's spelled {spelling}": 1,
    "{name} and my number is {phone}": 6, "my name is {name} and my number is {phone}": 6, "it's {name} {phone}": 3,
    "{name} {phone}": 3, "my name is {name} and you can reach me on {phone}": 2,
    "{date}": 26, "on {date}": 14, "{date} please": 12, "on {date} please": 5, "for {date}": 4, "how about {date}": 6,
    "what about {date}": 4, "is {date} possible": 2, "is {date} okay": 2, "maybe {date}": 2, "{date} would be good": 2,
    "{date} if possible": 2, "can i come on {date}": 3, "do you have anything on {date}": 5, "do you have {date}": 1,
    "are you open on {date}": 4, "{date} {part_of_day}": 8, "{date} in the {part_of_day}": 4, "sometime {date}": 1, "tomorrow {part_of_day}": 4,
    "this {part_of_day}": 2,
    "{time}": 26, "at {time}": 14, "{time} please": 12, "at {time} please": 5, "{time_wish}": 10, "{time_wish} please": 4,
    "how about {time}": 5, "what about {time}": 3, "is {time} possible": 1, "can i come {time_wish}": 2, "{time} is good": 2,
    "{time} is fine": 3, "{time} works": 3, "{time} would be good": 2, "i'll take {time}": 3, "the {time} one": 2,
    "let's do {time}": 3, "{time} then": 1, "{time} sounds good": 1, "the {time} please": 1,
    "{date} {time_wish}": 28, "on {date} {time_wish}": 14, "{date} {time_wish} please": 10, "{date} {time}": 6, "{time_wish} on {date}": 8,
    "{time} on {date}": 6, "how about {date} {time_wish}": 5, "what about {date} {time_wish}": 3, "can you do {date} {time_wish}": 3,
    "is {date} {time_wish} available": 2, "can i come in {date} {time_wish}": 2, "i'd like {date} {time_wish}": 2,
    "no {date}": 6, "no {time}": 4, "no not {date}": 2, "no i said {date}": 3, "no i said {time}": 3, "i said {date}": 2,
    "no i meant {date}": 2, "no make it {date}": 6, "no make it {time}": 4, "make it {date}": 4, "make it {time}": 3,
    "make that {date}": 2, "make that {time}": 2, "make it {date} instead": 3, "actually {date}": 3, "actually make it {date}": 5,
    "actually make it {time}": 4, "actually make that {date}": 3, "actually make that {date} {time_wish}": 2, "actually can we make it {date}": 3,
    "actually can we make it {time}": 2, "actually {time}": 2, "sorry {date}": 2, "sorry i meant {date}": 3, "sorry i meant {time}": 2,
    "can you change that to {date}": 3, "can you change it to {time}": 2, "can we do {date} instead": 3, "can we do {time} instead": 3,
    "{date} instead": 3, "{time} instead": 2, "not {date} {date}": 2, "change the day to {date}": 1, "change the time to {time}": 1,
    "let's make it {date}": 2, "let's make it {time}": 2, "no the name is {name}": 2, "no my name is {name}": 2, "no the number is {phone}": 2,
    "{number}": 4, "{number} please": 2, "for {number}": 1, "for {number} people": 1, "{address}": 2, "i live at {address}": 1,
}  # fmt: skip

_THING = {
    "{it}": 14, "a {it}": 14, "{it} please": 10, "a {it} please": 10, "the {it}": 3, "the {it} please": 3, "just a {it}": 4,
    "just {it}": 2, "i'd like a {it}": 10, "i'd like {it}": 4, "i'd like a {it} please": 6, "i want a {it}": 4, "i need a {it}": 5,
    "can i have a {it}": 4, "can i get a {it}": 5, "can i get a {it} please": 3, "could i get a {it}": 2, "could i have a {it} please": 2,
    "for a {it}": 6, "it's for a {it}": 2, "for {it}": 3, "some {it}": 2, "i'd like some {it}": 1, "how much is a {it}": 6,
    "how much is {it}": 3, "how much is the {it}": 2, "how much does a {it} cost": 3, "how much for a {it}": 2, "what does a {it} cost": 1,
    "how long does a {it} take": 4, "how long is a {it}": 2, "do you do {it}": 4, "do you offer {it}": 2, "what's the price of a {it}": 2,
    "what is a {it}": 1, "tell me about {it}": 1, "no a {it}": 3, "actually a {it}": 3, "actually make that a {it}": 2,
    "actually can i get a {it} instead": 2, "no i said {it}": 2, "a {it} and a {it}": 2, "make it a {it}": 2, "not a {it} a {it}": 1,
    "change the service to {it}": 1,
}  # fmt: skip

_PERSON = {
    "{it}": 18, "{it} please": 10, "with {it}": 12, "with {it} please": 8, "i'd like {it}": 4, "i'd like to see {it}": 4, "can i see {it}": 3,
    "is {it} available": 6, "is {it} free": 5, "is {it} in on {date}": 2, "is {it} working on {date}": 3, "is {it} available on {date}": 4,
    "when is {it} available": 3, "when is {it} free": 2, "when is {it} in": 1, "how about {it}": 3, "what about {it}": 2, "no {it}": 3,
    "no with {it}": 2, "no i said {it}": 2, "actually {it}": 2, "actually with {it}": 2, "make it with {it}": 2, "{it} instead": 3,
    "can i have {it} instead": 2, "{it} is fine": 2, "preferably {it}": 2, "i'd prefer {it}": 3, "{it} or {it}": 1, "not {it} {it}": 1,
    "can i speak to {it}": 1, "{it} if possible": 2, "if {it} is free": 1,
}  # fmt: skip

_OPENINGS = (
    "i'd like to book a", "i'd like to book", "i want to book a", "i'd like to make an appointment for a", "can i book a", "can i get a",
    "could i book a", "can i have a", "i need a", "i'd like a", "i would like to book a", "book me a", "book me in for a", "book a",
    "i'd like to schedule a", "can you book me in for a", "could you book me a", "do you have anything for a", "i'm looking for a",
    "i'd like an appointment for a", "can i make an appointment for a", "i want a", "a", "",
)  # fmt: skip
_POLITE = ("please", "please", "thanks", "thank you", "if possible", "if that's okay")
_BEFORE = ("hi", "hello", "um", "uh", "well", "so", "yes", "yeah", "yes please", "okay", "hi there", "good morning", "oh", "sure", "no")

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
    random: Random

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
        return sampler(self.random) if sampler else None

    def request(self) -> str:
        """A request in one breath: what, with whom, when, in any order and as much of it as this caller says at once."""
        things = [slot for slot in self.phrases if not is_person(slot)]
        people = [slot for slot in self.phrases if is_person(slot)]
        what = self.random.choice(self.phrases[self.random.choice(things)]) if things else "appointment"
        details: list[str] = []
        if people and self.random.random() < 0.5:
            details.append("with " + self.random.choice(self.phrases[self.random.choice(people)]))
        if self.random.random() < 0.65:
            details.append(("on " if self.random.random() < 0.5 else "") + spoken_values.day(self.random))
        if self.random.random() < 0.55:
            details.append(spoken_values.time_wish(self.random))
        if self.random.random() < 0.15:
            self.random.shuffle(details)
        if self.random.random() < 0.08:
            details.append("for " + spoken_values.name(self.random))
        return " ".join([self.random.choice(_OPENINGS), what, *details])

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
    speaker = Speaker(phrases, vocabulary.templates, Random(seed))
    for slot, values in phrases.items():  # every phrase at least twenty times, however many there are
        carriers = _PERSON if is_person(slot) else _THING
        for value in values:
            for carrier in (*list(carriers)[:4], *speaker.random.choices(list(carriers), list(carriers.values()), k=16)):
                yield speaker.fill(carrier.replace("{it}", value)) or value
    sources = _sources(speaker)
    for _ in range(count):
        sentence = speaker.random.choices([draw for draw, _ in sources], [weight for _, weight in sources])[0]()
        if sentence:
            yield plain(speaker.dressed(sentence))


def _sources(speaker: Speaker) -> list[tuple[Callable[[], str | None], int]]:
    """Where sentences come from, with weights in percent."""
    random = speaker.random

    def weighted(table: Mapping[str, int]) -> str:
        return random.choices(list(table), list(table.values()))[0]

    def about_a_phrase() -> str | None:
        slot = random.choice(list(speaker.phrases))
        return speaker.fill(weighted(_PERSON if is_person(slot) else _THING), slot)

    sources: list[tuple[Callable[[], str | None], int]] = [
        (lambda: speaker.fill(weighted(_ANSWERS)), 42),
        (lambda: weighted(_TALK), 13),
        (speaker.request, 20),
    ]
    if speaker.phrases:
        sources.append((about_a_phrase, 10))
    if speaker.templates:
        sources.append((lambda: speaker.fill(random.choice(speaker.templates)), 15))
    return sources
