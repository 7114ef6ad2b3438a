"""A name that was misheard is put right: by saying it again, and by spelling it."""

import pytest

from antiphon.agents import load_options, read_agent
from antiphon.brains.dialogue import DialogueBrain
from antiphon.testing.text_dialogue import TextDialogue
from tests.brains.fake_salon import FOLDER, NOW, FakeSalon

NUMBER = "two one two five five five zero one four seven"


async def booked_after(heard: str, *lines: str) -> tuple[list[str], str]:
    """Who is booked when the agent heard `heard` as the name and the caller says `lines` to its read-back; its last words."""
    salon, agent = FakeSalon(), read_agent(FOLDER)
    desk = TextDialogue(agent, DialogueBrain(agent, await load_options(agent, salon, "demo")), salon, NOW)
    await desk.greet()
    said = ""
    for line in ("a haircut with maria on tuesday at half past two", heard, NUMBER, *lines):
        said = await desk.say(line)
    return [str(booking["client_name"]) for booking in salon.bookings.values()], said


@pytest.mark.parametrize(
    ("heard", "correction", "name"),
    [
        ("hannah baker", "no it's anna baker", "Anna Baker"),
        ("hannah baker", "no anna baker", "Anna Baker"),
        ("hannah baker", "no anna", "Anna Baker"),
        ("hannah baker", "no anna not hannah", "Anna Baker"),
        ("hannah baker", "no it's emma baker", "Emma Baker"),
        ("joan smith", "no sorry it's john", "John Smith"),
        ("joan smith", "not joan john", "John Smith"),
        ("john smith", "no john smyth", "John Smyth"),
        ("joan smith", "no it's john j o h n smith", "John Smith"),
        ("anna bacon", "no the last name is baker", "Anna Baker"),
        ("hannah baker", "no the first name is anna", "Anna Baker"),
    ],
)
async def test_a_name_that_sounds_like_the_one_read_back_takes_its_place(
    heard: str, correction: str, name: str
) -> None:
    assert [name] == (await booked_after(heard, correction, "yes"))[0]


async def test_a_name_misheard_twice_is_spelled() -> None:
    _, asked = await booked_after("hannah baker", "no it's hannah baker")
    assert "spell" in asked
    booked, _ = await booked_after("hannah baker", "no it's hannah baker", "a n n a", "yes")
    assert ["Anna Baker"] == booked
    booked, _ = await booked_after("hannah baker", "no it's hannah baker", "anna a n n a baker b a k e r", "yes")
    assert ["Anna Baker"] == booked


@pytest.mark.parametrize(
    "line", ["no it's fine", "no that's too late", "no the day is wrong", "no with daniel", "no thursday"]
)
async def test_what_is_no_name_does_not_become_one(line: str) -> None:
    _, said = await booked_after("john smith", line)
    assert "John Smith" in said or "change" in said or "What day" in said or "Which day" in said
