"""Values every business hears, as callers say them: days, clock times, telephone numbers, names, counts.

These are random samples for a language model, not a grammar: a form that is missing here is still recognised word by word as long
as its words occur, only less surely. Digit strings are drawn uniformly, so that the model expects no digit more than another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = ("zero", *UNITS)
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
HOURS = (*UNITS, "ten", "eleven", "twelve")
MINUTES = (
    "thirty", "fifteen", "forty five", "oh five", "ten", "twenty", "forty", "fifty", "twenty five", "thirty five", "fifty five",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_FIRST_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEEN_ORDINALS = (
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
ORDINALS = (
    *_FIRST_ORDINALS,
    *_TEEN_ORDINALS,
    "twentieth",
    *(f"twenty {ordinal}" for ordinal in _FIRST_ORDINALS),
    "thirtieth",
    "thirty first",
)
PARTS_OF_DAY = ("morning", "afternoon", "evening")

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks: a source of randomness and the names people have."""

    random: Random
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    first_shares: tuple[int, ...]
    """How often each first name is met: `shares`."""


def shares(count: int) -> tuple[int, ...]:
    """How often each of `count` names is met, at least 1: in order of frequency, which falls as 1 / rank (Zipf).

    Measured on 105 names in four carriers and two voices: 705 of 840 first names right when all were drawn alike, 744 so.
    """
    return tuple(max(1, round(300 / (rank + 5))) for rank in range(count))


def day(caller: Caller) -> str:
    """A day as it is asked for: "tuesday", "the twenty fourth", "a week on friday", "tomorrow"."""
    name, month, ordinal = caller.random.choice(DAYS), caller.random.choice(MONTHS), caller.random.choice(ORDINALS)
    forms: list[tuple[int, str]] = [
        (30, name),
        (5, f"next {name}"),
        (4, f"this {name}"),
        (2, f"this coming {name}"),
        (2, f"{name} next week"),
        (2, f"a week on {name}"),
        (4, f"{name} the {ordinal}"),
        (3, f"{name} the {ordinal} of {month}"),
        (2, f"{name} {month} {ordinal}"),
        (4, f"the {ordinal}"),
        (6, f"the {ordinal} of {month}"),
        (5, f"{month} {ordinal}"),
        (3, f"{month} the {ordinal}"),
        (3, f"{ordinal} of {month}"),
        (1, f"the {caller.random.choice(('first', 'second', 'third', 'last'))} {name} of {month}"),
        (8, "tomorrow"),
        (5, "today"),
        (3, "the day after tomorrow"),
        (2, "next week"),
        (1, "this week"),
        (1, "the weekend"),
        (1, f"in {caller.random.choice(UNITS)} {caller.random.choice(('days', 'weeks'))}"),
        (1, f"{caller.random.choice(UNITS)} {caller.random.choice(('days', 'weeks'))} from now"),
        (1, "a week tomorrow"),
        (1, "a week today"),
        (
            1,
            f"the {caller.random.choice(('end', 'start', 'beginning'))} of {caller.random.choice(('next week', month))}",
        ),
    ]
    return _pick(caller, forms)


def time_of_day(caller: Caller) -> str:
    """A clock time as it is asked for: "half past two", "two thirty", "quarter to four", "three p m"."""
    hour = caller.random.choice(HOURS)
    minutes = caller.random.choice(("five", "ten", "twenty", "twenty five", "quarter", "a quarter", "half"))
    past = f"{minutes} {'past' if 'half' in minutes else caller.random.choice(('past', 'to'))} {hour}"
    digital = f"{hour} {caller.random.choice(MINUTES)}"
    forms: list[tuple[int, str]] = [
        (10, f"half past {hour}"),
        (6, f"quarter {caller.random.choice(('past', 'to'))} {hour}"),
        (6, past),
        (12, digital),
        (8, f"{hour} thirty"),
        (12, hour),
        (9, f"{hour} o'clock"),
        (9, f"{hour} {caller.random.choice(('a', 'p'))} m"),
        (6, f"{digital} {caller.random.choice(('a', 'p'))} m"),
        (2, f"half {hour}"),
        (3, f"{caller.random.choice((hour, past, digital))} in the {caller.random.choice(PARTS_OF_DAY)}"),
        (1, f"{hour} at night"),
        (2, "noon"),
        (1, "midday"),
        (1, "lunchtime"),
    ]
    return _pick(caller, forms)


def time_wish(caller: Caller) -> str:
    """A clock time or a part of a day with its preposition."""
    time = time_of_day(caller)
    forms = [
        (24, f"at {time}"),
        (3, f"around {time}"),
        (2, f"about {time}"),
        (2, f"at around {time}"),
        (2, f"after {time}"),
        (2, f"before {time}"),
        (1, f"any time after {time}"),
        (1, f"from {time}"),
        (4, f"in the {caller.random.choice(PARTS_OF_DAY)}"),
    ]
    return _pick(caller, forms)


def digits(caller: Caller, count: int) -> str:
    """`count` digits one by one, as read out: "oh" or "zero", now and then "double", "triple", "hundred"."""
    zero, other_zero = caller.random.choice((("oh", "zero"), ("zero", "oh")))
    doubles, hundreds = caller.random.random() < 0.3, caller.random.random() < 0.15
    names: list[str] = []
    drawn: list[int] = []
    for _ in range(count):
        repeat = bool(drawn) and caller.random.random() < 0.12
        drawn.append(drawn[-1] if repeat else caller.random.randrange(-1, 10) % 10)  # zero twice as often: area codes
    at = 0
    while at < count:
        if hundreds and drawn[at] and drawn[at + 1 : at + 3] == [0, 0]:
            names.append(DIGITS[drawn[at]] + " hundred")
            at += 3
            continue
        run = next((size for size in (3, 2) if doubles and drawn[at : at + size] == [drawn[at]] * size), 1)
        name = (zero if caller.random.random() < 0.9 else other_zero) if drawn[at] == 0 else DIGITS[drawn[at]]
        names.append({1: "", 2: "double ", 3: "triple "}[run] + name)
        at += run
    return " ".join(names)


def phone(caller: Caller) -> str:
    """A telephone number of 6 to 12 digits."""
    number = digits(caller, caller.random.choice((6, 7, 7, 8, 9, 10, 10, 10, 11, 11, 11, 11)))
    forms = [
        (12, number),
        (4, "oh seven " + digits(caller, 9)),
        (2, "zero " + digits(caller, 10)),
        (2, f"oh two {caller.random.choice(('oh', 'zero'))} " + digits(caller, 8)),
        (2, "oh one " + digits(caller, 9)),
        (2, "five five five " + digits(caller, caller.random.choice((4, 7)))),
        (1, "plus four four " + digits(caller, 10)),
        (1, "plus one " + digits(caller, 10)),
    ]
    return _pick(caller, forms)


def first_name(caller: Caller) -> str:
    """A first name."""
    return caller.random.choices(caller.first_names, caller.first_shares)[0]


def name(caller: Caller) -> str:
    """A caller's name: first, last or both."""
    first, last = first_name(caller), caller.random.choice(caller.last_names)
    title = caller.random.choice(("mister", "missus", "miss"))
    return _pick(caller, [(5, f"{first} {last}"), (3, first), (1, last), (1, f"{title} {last}")])


def spelling(caller: Caller) -> str:
    """A name letter by letter."""
    return " ".join(caller.random.choice(caller.last_names))


def number(caller: Caller) -> str:
    """A count below a hundred."""
    small = caller.random.choice((*UNITS, *TEENS))
    return _pick(
        caller,
        [
            (8, small),
            (2, caller.random.choice(TENS)),
            (3, f"{caller.random.choice(TENS)} {caller.random.choice(UNITS)}"),
        ],
    )


def address(caller: Caller) -> str:
    """A house number and a street."""
    kind = caller.random.choice(("street", "road", "avenue", "lane", "drive", "close", "court", "way"))
    street = caller.random.choice((*caller.last_names, "high", "church", "park", "station", "main", "oak", "mill"))
    return f"{number(caller)} {street} {kind}"


def part_of_day(caller: Caller) -> str:
    """Morning, afternoon or evening."""
    return caller.random.choice(PARTS_OF_DAY)


Sampler = Callable[[Caller], str]

VALUES: dict[str, Sampler] = {
    "date": day, "day": day, "weekday": lambda caller: caller.random.choice(DAYS),
    "month": lambda caller: caller.random.choice(MONTHS),
    "when": day, "time": time_of_day, "hour": time_of_day, "time_wish": time_wish, "part_of_day": part_of_day,
    "phone": phone, "telephone": phone, "callback": phone, "mobile": phone, "contact": phone,
    "digits": lambda caller: digits(caller, caller.random.randint(3, 8)),
    "code": lambda caller: digits(caller, caller.random.randint(3, 8)),
    "reference": lambda caller: digits(caller, caller.random.randint(3, 11)),
    "number": number, "count": number, "amount": number, "age": number, "quantity": number,
    "name": name, "caller": name, "surname": lambda caller: caller.random.choice(caller.last_names), "first_name": first_name,
    "spelling": spelling, "address": address, "street": address,
}  # fmt: skip


def sampler(slot: str) -> Sampler | None:
    """How to fill a hole of that name: exactly, or by the parts of the name ("callback_number" is a telephone number)."""
    if slot in VALUES:
        return VALUES[slot]
    return next((VALUES[part] for part in slot.split("_") if part in VALUES), None)


def _pick(caller: Caller, forms: list[tuple[int, str]]) -> str:
    return caller.random.choices([form for _, form in forms], [weight for weight, _ in forms])[0]
