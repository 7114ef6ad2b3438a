"""The salon's agent on real tools, by text. Now is Friday 2026-11-20, 15:00 in New York."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.brains.dialogue import DialogueBrain, ending_judge
from antiphon.core.agent import Options
from antiphon.core.commands import Cause
from antiphon.core.endpointing import Ending
from antiphon.core.history import CallerSaid
from antiphon.core.proposal import Expect, Outcome
from antiphon.core.task import TaskState
from antiphon.ports.brain import Moment
from tests.salon.desk import NOW, Desk, desk

ONE_BREATH = "i'd like a haircut with maria on tuesday at half past two"
BOOKED = {"service": "haircut", "person": "maria", "date": "2026-11-24", "time": "14:30"}
PERSON = {"name": "John Smith", "phone": "2125550147"}
NUMBER = "two one two five five five zero one four seven"


async def say_all(made: Desk, *lines: str) -> str:
    said = ""
    for line in lines:
        said = await made.say(line)
    return said


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ([ONE_BREATH, "john smith", NUMBER], BOOKED),
        (
            ["i want to book an appointment", "a haircut", "maria", "tuesday", "half past two", "john smith", NUMBER],
            BOOKED,
        ),
        (["my name is john smith", "a trim", "with maria", "at half past two", "on tuesday", NUMBER], BOOKED),
        ([ONE_BREATH, "john smith and my number is " + NUMBER], BOOKED),
        ([ONE_BREATH, "no thursday", "john smith", NUMBER], BOOKED | {"date": "2026-11-26"}),
        ([ONE_BREATH, "actually make it with daniel", "john smith", NUMBER], BOOKED | {"person": "daniel"}),
        ([ONE_BREATH, "what are your opening hours", "john smith", NUMBER], BOOKED),
        ([ONE_BREATH, "how much is a manicure", "john smith", NUMBER], BOOKED),
        ([ONE_BREATH, "john smith", "two one two", "five five five", "zero one four seven"], BOOKED),
        (["my name is john smith, have you anything on tuesday at half past two", "a trim", "maria", NUMBER], BOOKED),
        (
            ["a haircut please", "anyone", "tuesday", "half past two", "john smith", NUMBER],
            BOOKED | {"person": "daniel"},
        ),
    ],
)
async def test_a_haircut_is_booked_however_it_is_said(tmp_path: Path, lines: list[str], values: dict[str, str]) -> None:
    async with desk(tmp_path) as made:
        read_back = await say_all(made, *lines)
        assert "Shall I book it?" in read_back
        assert values | PERSON == made.values()
        done = await made.say("yes please")
        assert ("book_appointment", True) == (made.called[-1], "Your reference is G B" in done)
        await made.say("no thank you")
        assert made.finished is not None
        assert (Outcome.DONE, "GB-20261120-001") == (made.finished.outcome, made.finished.reference)


async def test_nothing_is_written_before_the_callers_yes(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER)
        await made.say("no")
        assert "book_appointment" not in made.called
        assert "Wednesday" in await made.say("wednesday")
        await made.say("yes")
        assert "book_appointment" in made.called


async def test_a_yes_to_a_read_back_that_was_not_heard_to_its_end_is_asked_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER)
        made.interrupted("Let me repeat: haircut")
        assert "Shall I book it?" in await made.say("yes")
        assert "book_appointment" not in made.called


async def test_a_taken_time_is_answered_with_others_and_one_is_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER, "yes", "i'd like another appointment")
        offer = await say_all(made, "a haircut with maria on tuesday at half past two")
        assert "not free" in offer
        read_back = await made.say("the first one")
        assert "Shall I book it?" in read_back
        assert "14:30" != made.values()["time"]


async def test_refusing_what_is_offered_looks_again_and_never_books_without_a_slot(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER, "yes", "i'd like another appointment")
        await say_all(made, "a haircut with maria on tuesday at half past two", "no", "tuesday")
        assert "not free" in await made.say("half past two")
        assert 1 == made.called.count("book_appointment")


async def test_who_insists_on_a_taken_time_is_offered_it_on_other_days_and_gets_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER, "yes", "i'd like another appointment")
        offered = [
            await made.say(line) for line in ("a haircut with maria on tuesday at half past two", "half past two")
        ]
        assert offered[0] == offered[1]
        other_days = await made.say("half past two")
        assert "other days" in other_days
        assert "two thirty pm with Maria" in other_days
        assert "Tuesday" not in other_days
        assert "Shall I book it?" in await made.say("thursday")
        assert ("2026-11-26", "14:30") == (made.values()["date"], made.values()["time"])


async def test_a_closed_day_is_said_and_another_is_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        said = await made.say("a haircut with maria on sunday at ten")
        assert ("closed" in said, "date") == (True, made.asked)


async def test_a_price_comes_from_the_table_and_the_open_question_returns(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await made.say("i'd like to book an appointment")
        said = await made.say("how much are highlights")
        assert "one hundred fifty dollars" in said


async def test_a_booking_is_moved_and_keeps_its_reference(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER, "yes")
        read_back = await say_all(made, "i need to move my appointment", NUMBER, "wednesday", "at ten")
        assert "Wednesday" in read_back
        assert "zero zero one" in await made.say("yes")
        assert "reschedule_booking" in made.called


async def test_a_booking_is_cancelled(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, ONE_BREATH, "john smith", NUMBER, "yes")
        await say_all(made, "i want to cancel my appointment", NUMBER, "yes")
        assert "cancel_booking" == made.called[-1]


async def test_nonsense_is_asked_about_differently_and_then_a_person_is_fetched(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        replies = [await made.say(f"blah blub {number}") for number in ("x", "y", "z")]
        assert len(set(replies)) == 3
        assert ("message", "name") == (made.state.task, made.asked)


async def test_a_caller_who_asks_for_a_person_leaves_a_message(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await say_all(made, "can i talk to a real person", "anna baker", NUMBER, "my color is wrong", "yes")
        await made.say("no that's all")
        assert made.finished is not None
        assert Outcome.CALLBACK is made.finished.outcome


async def test_the_agent_admits_that_it_is_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        assert "automated" in await made.say("are you a robot")


async def test_silence_is_answered_with_the_open_question(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await made.say("a haircut")
        assert "still there" in await made.silence()


async def test_the_losing_decoders_words_are_a_second_chance(tmp_path: Path) -> None:
    async with desk(tmp_path) as made:
        await made.say("her cat lease", alternative="haircut please")
        assert "haircut" == made.values()["service"]


@pytest.mark.parametrize(
    ("expecting", "text", "ending"),
    [
        (Expect("yes_no"), "yes please", Ending.COMPLETE),
        (Expect("phone", "phone"), "two one two five", Ending.DICTATING),
        (Expect("phone", "phone"), NUMBER, Ending.COMPLETE),
        (Expect("date", "date"), "tuesday", Ending.COMPLETE),
        (Expect("service", "service"), "a haircut", Ending.COMPLETE),
        (Expect("name", "name"), "john smith", Ending.COMPLETE),
        (Expect("date", "date"), "i would like", Ending.ORDINARY),
        (None, "yes", Ending.ORDINARY),
    ],
)
async def test_endpointing_knows_what_completes_the_question(
    tmp_path: Path, expecting: Expect | None, text: str, ending: Ending
) -> None:
    async with desk(tmp_path) as made:
        judge = ending_judge(made.agent, {"service": {"haircut": ("haircut",)}})
        assert ending is judge(expecting, text)


OPTIONS: Options = {"service": {"haircut": ("haircut", "trim")}, "person": {"maria": ("Maria",), "daniel": ("Daniel",)}}
WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "haircut",
        "maria",
        "tuesday",
        "at",
        "two",
        "thirty",
        "john",
        "smith",
        "five",
        "how",
        "much",
        "cancel",
        "my",
        "appointment",
        "is",
        "anyone",
        "the",
        "first",
        "one",
        "person",
        "bye",
        "actually",
        "or",
        "what",
        "",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.lists(WORDS, max_size=10),
    st.sampled_from([None, *Cause]),
    st.sampled_from([None, Expect("yes_no"), Expect("open"), Expect("date", "date"), Expect("phone", "phone")]),
    st.sampled_from([None, "book", "move", "message"]),
)
def test_every_run_ends_in_words_a_tool_a_hand_off_or_the_end(
    words: list[str], cause: Cause | None, expecting: Expect | None, task: str | None
) -> None:
    from antiphon.agents import read_agent
    from antiphon_verticals.salon import FOLDER

    brain = DialogueBrain(read_agent(FOLDER), OPTIONS)
    state = TaskState("booking", task=task, expecting=expecting)
    history = (CallerSaid(1, " ".join(words)),)
    proposals = brain.proposals(state, history, Moment(cause or Cause.TURN, NOW))
    kinds = {type(proposal).__name__ for proposal in proposals}
    assert kinds & {"Say", "CallTool", "HandOff", "Finish"}
