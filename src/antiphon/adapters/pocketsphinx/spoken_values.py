"""Values every business hears, as callers say them: days, clock times, telephone numbers, names, counts.

These are random samples for a language model, not a grammar: a form that is missing here is still recognised word by word as long
as its words occur, only less surely. Digit strings are drawn uniformly, so that the model expects no digit more than another.
"""

from collections.abc import Callable
from random import Random

UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = ("zero", *UNITS)
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
HOURS = (*UNITS, "ten", "eleven", "twelve")
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

FIRST_NAMES = tuple(
    """james mary john patricia robert jennifer michael linda william elizabeth david barbara richard susan joseph jessica thomas
    sarah charles karen christopher nancy daniel lisa matthew betty anthony margaret mark sandra steven ashley paul kimberly andrew
    emily joshua donna kenneth michelle kevin carol brian amanda george dorothy edward melissa ronald deborah timothy stephanie jason
    rebecca jeffrey sharon ryan laura jacob cynthia gary kathleen nicholas amy eric shirley jonathan angela stephen helen larry anna
    justin brenda scott pamela brandon nicole benjamin emma samuel samantha frank katherine gregory christine alexander catherine
    patrick rachel jack carolyn dennis janet tyler heather aaron diane jose olivia adam julie nathan joyce henry victoria peter kelly
    kyle christina noah lauren ethan joan alice judith sophie grace chloe lucy hannah charlotte jane claire alex sam tom ben kate
    maria marie maya nina olga oscar leo liam luke simon martin neil ian colin priya ahmed omar ali fatima mohammed carlos diego
    juan pedro rosa sofia elena ivan yuki wei ming raj anita leah zoe ruby ella max harry oliver isaac tony dan joe bob bill jim mike
    steve chris nick matt tim jen jess becky beth""".split()
)
LAST_NAMES = tuple(
    """smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson thomas
    taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young allen king wright
    scott torres hill flores green adams nelson baker hall rivera campbell mitchell carter roberts turner phillips evans parker
    edwards collins stewart morris murphy cook rogers morgan cooper peterson reed bailey bell kelly howard ward cox richardson wood
    watson brooks bennett gray james hughes price myers long foster sanders ross powell sullivan russell hayes fisher jenkins perry
    ford harrison gibson mason marshall owens burns palmer shaw hunt black stone knight rose fox dean lane grant webb dunn byrne
    khan patel singh ahmed chen wang nguyen kim ali hussain fletcher barnes chapman mills lawrence spencer""".split()
)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


def day(random: Random) -> str:
    """A day as it is asked for: "tuesday", "the twenty fourth", "a week on friday", "tomorrow"."""
    name, month, ordinal = random.choice(DAYS), random.choice(MONTHS), random.choice(ORDINALS)
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
        (1, f"the {random.choice(('first', 'second', 'third', 'last'))} {name} of {month}"),
        (8, "tomorrow"),
        (5, "today"),
        (3, "the day after tomorrow"),
        (2, "next week"),
        (1, "this week"),
        (1, "the weekend"),
        (1, f"in {random.choice(UNITS)} {random.choice(('days', 'weeks'))}"),
        (1, f"{random.choice(UNITS)} {random.choice(('days', 'weeks'))} from now"),
        (1, "a week tomorrow"),
        (1, "a week today"),
        (1, f"the {random.choice(('end', 'start', 'beginning'))} of {random.choice(('next week', 'the week', 'the month', month))}"),
    ]
    return _pick(random, forms)


def time_of_day(random: Random) -> str:
    """A clock time as it is asked for: "half past two", "two thirty", "quarter to four", "three p m"."""
    hour = random.choice(HOURS)
    minutes = random.choice(("five", "ten", "twenty", "twenty five", "quarter", "a quarter", "half"))
    past = f"{minutes} {'past' if 'half' in minutes else random.choice(('past', 'to'))} {hour}"
    digital = f"{hour} {random.choice(('thirty', 'fifteen', 'forty five', 'oh five', 'ten', 'twenty', 'forty', 'fifty', 'twenty five', 'thirty five', 'fifty five'))}"
    forms: list[tuple[int, str]] = [
        (10, f"half past {hour}"),
        (6, f"quarter {random.choice(('past', 'to'))} {hour}"),
        (6, past),
        (12, digital),
        (8, f"{hour} thirty"),
        (12, hour),
        (9, f"{hour} o'clock"),
        (9, f"{hour} {random.choice(('a', 'p'))} m"),
        (6, f"{digital} {random.choice(('a', 'p'))} m"),
        (2, f"half {hour}"),
        (3, f"{random.choice((hour, past, digital))} in the {random.choice(PARTS_OF_DAY)}"),
        (1, f"{hour} at night"),
        (2, "noon"),
        (1, "midday"),
        (1, "lunchtime"),
    ]
    return _pick(random, forms)


def time_wish(random: Random) -> str:
    """A clock time or a part of a day with its preposition."""
    time = time_of_day(random)
    forms = [
        (24, f"at {time}"),
        (3, f"around {time}"),
        (2, f"about {time}"),
        (2, f"at around {time}"),
        (2, f"after {time}"),
        (2, f"before {time}"),
        (1, f"any time after {time}"),
        (1, f"from {time}"),
        (4, f"in the {random.choice(PARTS_OF_DAY)}"),
    ]
    return _pick(random, forms)


def digits(random: Random, count: int) -> str:
    """`count` digits one by one, as read out: "oh" or "zero", now and then "double" and "triple"."""
    zero = random.choice(("oh", "zero"))
    doubles = random.random() < 0.3
    names: list[str] = []
    drawn = [random.randrange(10) if not names_at or random.random() > 0.12 else -1 for names_at in range(count)]
    for at, digit in enumerate(drawn):
        drawn[at] = drawn[at - 1] if digit < 0 else digit
    at = 0
    while at < count:
        run = next((size for size in (3, 2) if doubles and drawn[at : at + size] == [drawn[at]] * size), 1)
        name = zero if drawn[at] == 0 else DIGITS[drawn[at]]
        names.append({1: "", 2: "double ", 3: "triple "}[run] + name)
        at += run
    return " ".join(names)


def phone(random: Random) -> str:
    """A telephone number of 6 to 12 digits."""
    number = digits(random, random.choice((6, 7, 7, 8, 9, 10, 10, 10, 11, 11, 11, 11)))
    forms = [
        (12, number),
        (4, "oh seven " + digits(random, 9)),
        (2, "zero " + digits(random, 10)),
        (2, "five five five " + digits(random, random.choice((4, 7)))),
        (1, "plus four four " + digits(random, 10)),
        (1, "plus one " + digits(random, 10)),
    ]
    return _pick(random, forms)


def first_name(random: Random) -> str:
    return random.choice(FIRST_NAMES)


def name(random: Random) -> str:
    """A caller's name: first, last or both."""
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return _pick(random, [(5, f"{first} {last}"), (3, first), (1, last), (1, f"{random.choice(('mister', 'missus', 'miss'))} {last}")])


def spelling(random: Random) -> str:
    """A name letter by letter."""
    return " ".join(random.choice(LAST_NAMES))


def number(random: Random) -> str:
    """A count below a hundred."""
    small = random.choice((*UNITS, *TEENS))
    return _pick(random, [(8, small), (2, random.choice(TENS)), (3, f"{random.choice(TENS)} {random.choice(UNITS)}")])


def address(random: Random) -> str:
    kind = random.choice(("street", "road", "avenue", "lane", "drive", "close", "court", "way"))
    return f"{number(random)} {random.choice((*LAST_NAMES, 'high', 'church', 'park', 'station', 'main', 'oak', 'mill'))} {kind}"


def part_of_day(random: Random) -> str:
    return random.choice(PARTS_OF_DAY)


Sampler = Callable[[Random], str]

VALUES: dict[str, Sampler] = {
    "date": day, "day": day, "weekday": lambda random: random.choice(DAYS), "month": lambda random: random.choice(MONTHS),
    "when": day, "time": time_of_day, "hour": time_of_day, "time_wish": time_wish, "part_of_day": part_of_day,
    "phone": phone, "telephone": phone, "callback": phone, "mobile": phone, "contact": phone,
    "digits": lambda random: digits(random, random.randint(3, 8)), "code": lambda random: digits(random, random.randint(3, 8)),
    "reference": lambda random: digits(random, random.randint(3, 11)),
    "number": number, "count": number, "amount": number, "age": number, "quantity": number,
    "name": name, "caller": name, "surname": lambda random: random.choice(LAST_NAMES), "first_name": first_name,
    "spelling": spelling, "address": address, "street": address,
}  # fmt: skip


def sampler(slot: str) -> Sampler | None:
    """How to fill a hole of that name: exactly, or by the parts of the name ("callback_number" is a telephone number)."""
    if slot in VALUES:
        return VALUES[slot]
    return next((VALUES[part] for part in slot.split("_") if part in VALUES), None)


def _pick(random: Random, forms: list[tuple[int, str]]) -> str:
    return random.choices([form for _, form in forms], [weight for weight, _ in forms])[0]
