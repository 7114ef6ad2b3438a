"""Dialogues as tables: what a caller says, what comes of it. Now is Friday 2026-11-20, 15:00."""

import pytest

from antiphon.core.proposal import Outcome
from antiphon.testing.text_dialogue import TextDialogue
from tests.brains.fake_salon import FakeSalon, open_desk

NUMBER = "two one two five five five zero one four seven"
ASK = "i'd like a haircut with maria on tuesday at half past two"
WHO = ["john smith", NUMBER]
PERSON = {"name": "John Smith", "phone": "2125550147"}
BOOKED = {"service": "haircut", "person": "maria", "date": "2026-11-24", "time": "14:30", **PERSON}


async def have(desk: TextDialogue, *lines: str) -> str:
    said = ""
    for line in lines:
        said = await desk.say(line)
    return said


BOOKINGS: dict[str, tuple[list[str], dict[str, str]]] = {
    "in one breath": ([ASK, *WHO], {}),
    "in one breath with name and number": (["my name is john smith and " + ASK, NUMBER], {}),
    "one thing at a time": (
        ["i want to book an appointment", "a haircut", "maria", "tuesday", "half past two", *WHO],
        {},
    ),
    "out of order": (["tuesday at half past two", "with maria", "a trim", *WHO], {}),
    "the number before the name": ([ASK, f"john smith my number is {NUMBER}"], {}),
    "thinking aloud": (
        ["um well i was hoping to get in for uh a trim", "maria please", "oh tuesday", "at two thirty", *WHO],
        {},
    ),
    "another day": ([ASK, "no thursday", *WHO], {"date": "2026-11-26"}),
    "another person in the same breath": (
        ["a haircut with maria no with daniel on tuesday at half past two", *WHO],
        {"person": "daniel"},
    ),
    "not this one": (["a haircut not with maria with daniel on tuesday at half past two", *WHO], {"person": "daniel"}),
    "another person at the name": ([ASK, "actually make it with daniel", *WHO], {"person": "daniel"}),
    "another person at the read-back": ([ASK, *WHO, "actually make it with daniel"], {"person": "daniel"}),
    "another time at the read-back": ([ASK, *WHO, "yes but at four"], {"time": "16:00"}),
    "another service at the read-back": ([ASK, *WHO, "i said a beard trim"], {"service": "beard_trim"}),
    "another name at the read-back": ([ASK, *WHO, "no my name is jane doe"], {"name": "Jane Doe"}),
    "a name called wrong": ([ASK, *WHO, "the name is wrong", "it should be tom hanks"], {"name": "Tom Hanks"}),
    "a time called wrong": ([ASK, *WHO, "no", "the time", "ten o'clock"], {"time": "10:00"}),
    "can we change the day": ([ASK, *WHO, "can we change the day", "wednesday"], {"date": "2026-11-25"}),
    "nothing is wrong after all": ([ASK, *WHO, "no", "nothing"], {}),
    "insisting on what was understood": ([ASK, *WHO, "no i said maria"], {}),
    "a question about hours": ([ASK, "what are your opening hours", *WHO], {}),
    "a question about another service": ([ASK, "how much is a manicure", *WHO], {}),
    "a question before anything": (["how much is a haircut", "how long does it take", ASK, *WHO], {}),
    "that one": (["how much is a haircut", "i'd like to book that one", "maria", "tuesday", "half past two", *WHO], {}),
    "in three groups": ([ASK, "john smith", "two one two", "five five five", "zero one four seven"], {}),
    "the area code afterwards": ([ASK, "john smith", "five five five zero one four seven", "two one two"], {}),
    "another number": (
        [ASK, *WHO, "no my number is two one two five five five zero one nine nine"],
        {"phone": "2125550199"},
    ),
    "anyone": (["a haircut on tuesday at half past two", "anyone", *WHO], {}),
    "no preference": (["a haircut on tuesday at half past two", "i have no preference", *WHO], {}),
    "maria or daniel": (["a haircut on tuesday at half past two", "maria or daniel", "maria", *WHO], {}),
    "in the morning": (["a haircut with maria on tuesday morning", "the second one", *WHO], {"time": "09:30"}),
    "any time": (["a haircut with maria on tuesday", "any time", "the first one", *WHO], {"time": "09:00"}),
    "as soon as possible": (
        ["a haircut with maria as soon as possible", "the last one", *WHO],
        {"date": "2026-11-20", "time": "10:00"},
    ),
    "two services": (
        ["a haircut and a blow dry with maria on tuesday at half past two", *WHO],
        {"service": "haircut,blow_dry"},
    ),
    "and another service": ([ASK, "and also a blow dry", *WHO], {"service": "haircut,blow_dry"}),
    "hello and hold on": (["hello", ASK, "hold on", "let me think", "excuse me", "what", *WHO], {}),
    "words of the losing decoder": (["a cut with maria", "tuesday", "half past two", *WHO], {}),
    "closed on sunday": (["a haircut with maria on sunday at half past two", "tuesday", "half past two", *WHO], {}),
    "a name that is a stylist's": ([ASK, "maria lopez", NUMBER], {"name": "Maria Lopez"}),
    "a name that is a service's": ([ASK, "a manicure", "a haircut", *WHO], {}),
    "nonsense twice": ([ASK, "blub the frob", "grah the blub", *WHO], {}),
}


@pytest.mark.parametrize(("lines", "values"), BOOKINGS.values(), ids=BOOKINGS)
async def test_a_haircut_is_booked_however_it_is_said(lines: list[str], values: dict[str, str]) -> None:
    salon = FakeSalon()
    desk = await open_desk(salon)
    read_back = await have(desk, *lines)
    assert "Shall I book it?" in read_back
    assert {} == salon.bookings
    assert BOOKED | values == desk.values
    done = await desk.say("yes please")
    assert "zero zero one" in done
    wanted = BOOKED | values
    (row,) = salon.bookings.values()
    assert wanted["service"].split(",") == row["service_ids"]
    assert (wanted["date"], wanted["time"]) == (row["date"], row["time"])
    assert (wanted["person"], wanted["name"], wanted["phone"]) == (
        row["stylist_id"],
        row["client_name"],
        row["callback_number"],
    )
    await desk.say("no thanks")
    assert desk.finished is not None
    assert (Outcome.DONE, "GB-20261120-001") == (desk.finished.outcome, desk.finished.reference)


@pytest.mark.parametrize(
    "no", ["no", "no that's wrong", "nope", "wait", "hm", "blub", "how much is it", "hold on", "maybe"]
)
async def test_nothing_is_written_without_a_yes(no: str) -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO, no)
    assert "book_appointment" not in desk.tools


@pytest.mark.parametrize(
    "yes",
    ["yes", "yes please", "yeah that's right", "correct", "sure go ahead", "that works", "perfect", "no that's right"],
)
async def test_a_yes_may_be_said_in_many_ways(yes: str) -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO, yes)
    assert "book_appointment" == desk.tools[-1]


async def test_a_yes_while_the_question_is_still_asked_counts() -> None:
    desk = await open_desk()
    read_back = await have(desk, ASK, *WHO)
    desk.interrupted(read_back.removesuffix(" I book it?"))
    await desk.say("yes")
    assert "book_appointment" == desk.tools[-1]


async def test_a_yes_to_values_that_were_not_heard_is_asked_again() -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO)
    desk.interrupted("Let me repeat: haircut")
    assert "Shall I book it?" in await desk.say("yes")
    assert "book_appointment" not in desk.tools
    await desk.say("yes")
    assert "book_appointment" == desk.tools[-1]


async def test_a_yes_that_came_before_the_read_back_was_audible_does_not_book() -> None:
    """The run's notes are facts although its words were never heard: the caller had gone on speaking."""
    desk = await open_desk()
    await have(desk, ASK, *WHO)
    del desk.history[-1]
    await desk.say(f"{NUMBER} yes")
    assert "book_appointment" not in desk.tools


async def test_a_reference_that_was_cut_is_told_again() -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO, "yes")
    desk.interrupted("You are booked. Your reference")
    assert "zero zero one" in await desk.say("thanks")


async def test_the_reference_is_repeated_when_asked_for() -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO, "yes")
    assert "zero zero one" in await desk.say("what's my reference number again")


async def test_what_was_said_last_is_repeated() -> None:
    desk = await open_desk()
    question = await desk.say(ASK)
    assert question == await desk.say("could you repeat that please")


async def test_a_taken_time_is_answered_with_the_nearest_ones_in_order() -> None:
    desk = await open_desk(FakeSalon(busy={"maria 2026-11-24 14:30"}))
    offer = await desk.say(ASK)
    assert "not free" in offer
    assert offer.index("one thirty") < offer.index("two pm") < offer.index("three pm")


@pytest.mark.parametrize(
    ("choice", "time"),
    [
        ("the first one", "13:30"),
        ("the second", "14:00"),
        ("the last one please", "15:00"),
        ("three is fine", "15:00"),
        ("two o'clock", "14:00"),
        ("i'll take one thirty", "13:30"),
    ],
)
async def test_an_offered_time_is_chosen(choice: str, time: str) -> None:
    desk = await open_desk(FakeSalon(busy={"maria 2026-11-24 14:30"}))
    await have(desk, ASK, choice)
    assert (time, "name") == (desk.values["time"], desk.asked)


@pytest.mark.parametrize("no", ["no", "none of those", "anything later", "neither of them works"])
async def test_offers_that_are_turned_down_are_not_booked(no: str) -> None:
    desk = await open_desk(FakeSalon(busy={"maria 2026-11-24 14:30"}))
    await have(desk, ASK, no)
    assert "date" == desk.asked
    read_back = await have(desk, "wednesday", "at ten", *WHO)
    assert "Wednesday" in read_back


async def test_a_yes_to_several_offers_is_asked_again() -> None:
    desk = await open_desk(FakeSalon(busy={"maria 2026-11-24 14:30"}))
    await have(desk, ASK)
    assert "Which would you like?" in await desk.say("yes")


async def test_another_time_instead_of_the_offers_is_looked_up() -> None:
    desk = await open_desk(FakeSalon(busy={"maria 2026-11-24 14:30"}))
    await have(desk, ASK, "how about ten in the morning")
    assert ("10:00", "name") == (desk.values["time"], desk.asked)


async def test_a_slot_that_somebody_else_took_is_offered_around() -> None:
    desk = await open_desk(FakeSalon(snatched=True))
    said = await have(desk, ASK, *WHO, "yes")
    assert "just taken" in said
    assert "Which would you like?" in said
    await have(desk, "the first one", "yes")
    assert 2 == desk.tools.count("book_appointment")
    assert "13:30" != BOOKED["time"]


async def test_a_tool_that_breaks_leads_to_a_message() -> None:
    salon = FakeSalon(failing={"book_appointment"})
    desk = await open_desk(salon)
    await have(desk, ASK, *WHO, "yes")
    assert ("message", "reason") == (desk.state.task, desk.asked)
    await have(desk, "i want to book a haircut", "yes", "no")
    assert desk.finished is not None
    assert (Outcome.CALLBACK, 1) == (desk.finished.outcome, len(salon.messages))


async def test_a_booking_is_moved_and_keeps_its_reference() -> None:
    salon = FakeSalon()
    desk = await open_desk(salon)
    await have(desk, ASK, *WHO, "yes", "i need to move my appointment from tuesday to wednesday")
    assert ("time", "reschedule") == (desk.asked, desk.state.specialist)
    said = await have(desk, "the same time", "yes")
    assert "zero zero one" in said
    assert ("2026-11-25", "14:30") == (
        salon.bookings["GB-20261120-001"]["date"],
        salon.bookings["GB-20261120-001"]["time"],
    )


async def test_one_of_two_bookings_is_cancelled() -> None:
    salon = FakeSalon()
    desk = await open_desk(salon)
    await have(desk, ASK, *WHO, "yes", "another appointment", "a manicure", "sofia", "thursday", "at ten", "yes")
    assert "Which would you like?" in await desk.say("i'd like to cancel an appointment")
    assert "manicure" in await desk.say("the one on thursday")
    await desk.say("yes")
    assert ["GB-20261120-001"] == [*salon.bookings]


async def test_a_second_task_keeps_who_is_calling_and_nothing_else() -> None:
    desk = await open_desk()
    await have(desk, ASK, *WHO, "yes", "i'd like another appointment")
    assert (PERSON, "service") == (desk.values, desk.asked)


async def test_a_booking_under_an_unknown_number_is_not_found() -> None:
    desk = await open_desk()
    said = await have(desk, "cancel my appointment", NUMBER)
    assert ("cannot find" in said, "phone") == (True, desk.asked)


async def test_nonsense_is_answered_differently_and_then_a_message_is_taken() -> None:
    desk = await open_desk()
    replies = [await desk.say("the frob grah") for _ in range(3)]
    assert 3 == len(set(replies))
    assert ("message", "name") == (desk.state.task, desk.asked)


async def test_endless_nonsense_ends_the_call() -> None:
    desk = await open_desk()
    for _ in range(12):
        if desk.finished is None:
            await desk.say("the frob of the grah")
    assert desk.finished is not None
    assert Outcome.FAILED is desk.finished.outcome


async def test_a_caller_who_asks_for_a_person_leaves_a_message() -> None:
    salon = FakeSalon()
    desk = await open_desk(salon)
    await have(
        desk,
        ASK,
        "can i talk to a real person",
        "anna baker",
        NUMBER,
        "it's urgent my color is wrong",
        "yes",
        "no that's all",
    )
    assert desk.finished is not None
    assert Outcome.CALLBACK is desk.finished.outcome
    assert {
        "name": "Anna Baker",
        "callback_number": "2125550147",
        "reason": "it's urgent my color is wrong",
        "urgency": "high",
    } == salon.messages[0]


async def test_a_caller_who_asks_whether_it_is_a_person_is_told() -> None:
    desk = await open_desk()
    assert "automated assistant" in await desk.say("are you a real person")


async def test_from_a_message_back_to_a_booking() -> None:
    desk = await open_desk()
    await have(desk, "can i talk to a person", "actually " + ASK)
    assert ("book", "booking") == (desk.state.task, desk.state.specialist)
    assert {"service": "haircut", "person": "maria", "date": "2026-11-24", "time": "14:30"} == desk.values


async def test_silence_is_answered_with_the_open_question() -> None:
    desk = await open_desk()
    await have(desk, "a haircut")
    assert ("still there" in await desk.silence(), "person") == (True, desk.asked)


async def test_the_losing_decoders_words_are_a_second_chance() -> None:
    desk = await open_desk()
    await desk.say("her cat lease", alternative="haircut please")
    assert "haircut" == desk.values["service"]


async def test_a_price_comes_from_the_table_and_the_open_question_returns() -> None:
    desk = await open_desk()
    await have(desk, "i'd like to book an appointment")
    said = await desk.say("how much are highlights")
    assert ("one hundred fifty dollars" in said, "service") == (True, desk.asked)
    assert "service" not in desk.values


async def test_a_price_of_nothing_named_is_asked_about() -> None:
    desk = await open_desk()
    assert "Of which service?" == await desk.say("how much is it")
    assert "thirty five dollars" in await desk.say("a manicure")


async def test_a_caller_who_leaves_in_the_middle_has_abandoned() -> None:
    desk = await open_desk()
    await have(desk, ASK, "goodbye")
    assert desk.finished is not None
    assert Outcome.ABANDONED is desk.finished.outcome


async def test_a_caller_who_only_asked_was_answered() -> None:
    desk = await open_desk()
    await have(desk, "when are you open", "no thank you")
    assert desk.finished is not None
    assert Outcome.ANSWERED is desk.finished.outcome


async def test_never_mind_begins_anew() -> None:
    desk = await open_desk()
    await have(desk, ASK, "never mind")
    assert not desk.state.task


@pytest.mark.parametrize(
    "line", ["excuse me", "let me think", "none of your business", "i don't know", "what do you mean", "give me that"]
)
async def test_what_is_no_name_is_not_taken_for_one(line: str) -> None:
    desk = await open_desk()
    await have(desk, ASK, line)
    assert "name" not in desk.values


async def test_too_many_digits_are_told_and_asked_for_anew() -> None:
    desk = await open_desk()
    said = await have(desk, ASK, "john smith", "two one two five five five zero one four seven nine two")
    assert "more than ten digits" in said
    assert "Shall I book it?" in await desk.say("two one two five five five zero one four seven")
