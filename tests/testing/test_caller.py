"""The simulated caller answers what is asked."""

from datetime import date

from antiphon.testing.caller import CallerPlan, Interruption, SimulatedCaller, spell_day

PLAN = CallerPlan(
    "plain",
    "i want a haircut",
    {"date": "on tuesday", "confirm": "yes please", "anything_else": "no thanks"},
    extras=(("date", "how much is it"),),
    interruption=Interruption("confirm", "wait make it wednesday"),
)


def understood_line(caller: SimulatedCaller) -> str:
    """A line, which the agent understands."""
    said = caller.line()
    caller.message({"type": "final", "text": said})
    return said


def test_a_line_that_the_agent_did_not_hear_is_said_again() -> None:
    caller = SimulatedCaller(PLAN)
    caller.message({"type": "expect", "slot": None, "kind": "open"})
    assert ["i want a haircut", "i want a haircut"] == [caller.line(), understood_line(caller)]
    caller.message({"type": "expect", "slot": "date", "kind": "date"})
    assert "on tuesday" == caller.line()


def test_an_interruption_that_the_agent_did_not_hear_is_said_again() -> None:
    caller = SimulatedCaller(PLAN)
    understood_line(caller)
    caller.message({"type": "expect", "slot": None, "kind": "yes_no"})
    assert ["wait make it wednesday"] * 2 == [caller.interrupts(), understood_line(caller)]
    assert "yes please" == caller.line()


def test_the_opening_comes_first_whatever_is_asked() -> None:
    caller = SimulatedCaller(PLAN)
    caller.message({"type": "expect", "slot": "date", "kind": "date"})
    assert "i want a haircut" == caller.line()


def test_an_extra_line_follows_the_answer_it_hangs_on() -> None:
    caller = SimulatedCaller(PLAN)
    understood_line(caller)
    caller.message({"type": "expect", "slot": "date", "kind": "date"})
    assert ["on tuesday", "how much is it"] == [understood_line(caller), understood_line(caller)]


def test_a_yes_no_question_without_a_slot_is_the_confirmation() -> None:
    caller = SimulatedCaller(PLAN)
    understood_line(caller)
    caller.message({"type": "expect", "slot": None, "kind": "yes_no"})
    assert "yes please" == understood_line(caller)


def test_an_interruption_is_said_once() -> None:
    caller = SimulatedCaller(PLAN)
    caller.message({"type": "expect", "slot": None, "kind": "yes_no"})
    assert ["wait make it wednesday", None] == [caller.interrupts(), caller.interrupts()]


def test_days_are_spelled_as_spoken() -> None:
    assert ["december tenth", "november twenty fourth", "march thirty first"] == [
        spell_day(date(2026, 12, 10)),
        spell_day(date(2026, 11, 24)),
        spell_day(date(2026, 3, 31)),
    ]


def test_a_name_read_back_wrong_is_objected_to() -> None:
    plan = CallerPlan("named", "hello", {"confirm": "yes", "name": "it's anna baker"}, expect={"name": "Anna Baker"})
    caller = SimulatedCaller(plan)
    understood_line(caller)
    caller.message({"type": "say", "text": "So that is for Hannah Baker."})
    caller.message({"type": "expect", "slot": None, "kind": "yes_no"})
    assert "no it's anna baker" == understood_line(caller)
    caller.message({"type": "say", "text": "Could you spell your name, letter by letter?"})
    caller.message({"type": "expect", "slot": "name", "kind": "name"})
    assert "A N N A, B A K E R" == understood_line(caller)
    caller.message({"type": "say", "text": "So that is for Anna "})
    caller.message({"type": "say", "text": "Baker."})
    caller.message({"type": "expect", "slot": None, "kind": "yes_no"})
    assert "yes" == understood_line(caller)
