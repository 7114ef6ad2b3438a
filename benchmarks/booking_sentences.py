"""What test callers say to a salon, and the phrases ("slots") that a booking must get right, by kind.

Written as a caller would speak, one question at a time and in one breath. `{...}` marks a slot: `{kind:words}`.
"""

import re
from dataclasses import dataclass

from antiphon.ports.stt import SttVocabulary

_TEXT = """
hi i'd like to book {service:a haircut} please
can i get {service:a blow dry} {date:tomorrow} {time:afternoon}
i'd like {service:highlights} with {person:sofia} {date:next friday}
do you have anything for {service:a manicure} on {date:saturday} {time:at half past ten}
could you book me in for {service:a cut and blow dry} on {date:monday} {time:at quarter past nine}
i need {service:a gel manicure} on {date:the third of december} {time:at two thirty}
i want to book {service:full colour} with {person:james} {date:on thursday} {time:at four o'clock}
{service:a beard trim} with {person:daniel} {date:tomorrow} {time:at noon} please
i'd like to book {service:balayage} with {person:priya} for {date:december first}
can {person:maria} do {service:a haircut} {date:this wednesday} {time:at three in the afternoon}
{service:a pedicure} please
{service:just a trim}
{service:deep conditioning treatment}
{service:half head of highlights}
{person:maria} please
with {person:james}
{person:priya} if she's free
is {person:chloe} working on {date:tuesday}
{date:tuesday}
{date:next tuesday}
{date:the day after tomorrow}
on {date:wednesday the twenty fifth}
{date:november twenty seventh}
{date:the twenty eighth of november}
how about {date:friday the fourth of december}
{date:a week on monday}
{date:this saturday} {time:morning}
{date:tomorrow} {time:at eleven fifteen}
{date:sunday} {time:around midday}
{time:half past two}
{time:at ten to four}
{time:two thirty}
{time:quarter to five} please
{time:three p m}
{time:nine a m} works
{time:eleven forty five}
{time:twenty past one}
{time:four o'clock} would be great
{time:five}
{time:at ten}
any time {time:after three}
my name is {name:alex johnson}
it's {name:sarah miller}
{name:tom baker}
this is {name:emma clark} calling
{name:david} {name:wilson}
the name's {name:grace taylor}
i'm {name:olivia martin}
{name:ben harris} and my number is {digits:five five five zero one four two}
{digits:oh seven seven double zero nine hundred one two three}
my number is {digits:oh seven seven zero zero nine zero zero one two three}
it's {digits:five five five zero one nine nine}
{digits:two zero two five five five zero one four three}
you can reach me at {digits:four one five five five five zero one eight six}
{digits:oh two oh seven nine four six oh nine five eight}
{digits:oh one six three two nine six oh four double seven}
sure it's {digits:six one seven five five five oh one two eight}
{digits:zero seven nine double four three one six two eight five}
{digits:eight three nine two six four one}
{answer:yes please}
{answer:yes that's right}
{answer:that's correct}
{answer:no} {date:thursday}
{answer:no} make it {time:three thirty}
actually can we do {date:friday} instead
sorry i meant {date:the twenty sixth}
{answer:no} with {person:sofia}
{answer:no thanks} that's everything
how much is {service:a manicure}
how long does {service:balayage} take
what time do you close on {date:saturday}
can i speak to a person
i need to cancel my appointment
"""

_SLOT = re.compile(r"\{(\w+):([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words as said, and the slots in them: (kind, words)."""

    text: str
    slots: tuple[tuple[str, str], ...]


def parse(line: str) -> Sentence:
    """A line with marked slots."""
    return Sentence(_SLOT.sub(r"\2", line), tuple((kind, words) for kind, words in _SLOT.findall(line)))


def booking_sentences() -> tuple[Sentence, ...]:
    """The sentences that the domain model was tuned with."""
    return tuple(map(parse, _TEXT.strip().splitlines()))


SALON = SttVocabulary(
    key="benchmarks/speech salon",
    phrases={
        "service": (
            "haircut", "cut", "trim", "blow dry", "cut and blow dry", "colour", "full colour", "highlights",
            "half head of highlights", "balayage", "manicure", "gel manicure", "pedicure", "beard trim", "facial",
            "deep conditioning treatment", "updo",
        ),
        "person": ("maria", "james", "priya", "sofia", "daniel", "chloe"),
    },
    templates=("i'd like to book {service} with {person} on {date} at {time}", "{service} for {name} on {date}"),
)  # fmt: skip
