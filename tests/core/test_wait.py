"""Silence as an answer: to a menu whose keys were pressed, and to nobody else."""

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.commands import Cause, Floor
from antiphon.core.proposal import CallTool, Expect, Wait
from antiphon.testing.script import Script


def test_after_a_tool_the_brain_may_leave_the_word_to_the_caller() -> None:
    script = Script()
    script.greet()
    script.say("for sales press one")
    script.after(700)
    script.answer(CallTool("press_keys", {"keys": "1"}))
    script.after(200, ev.ToolReturned(0, 1, True, {"pressed": 1}, 200))
    script.orders()
    script.answer(Wait(), Expect("open"))
    assert [cm.FloorChanged(Floor.OPEN)] == script.orders()
    assert Floor.OPEN is script.conversation.floor
    script.after(8_000)
    assert [Cause.SILENCE] == [order.cause for order in script.orders() if isinstance(order, cm.Think)]
    script.say("press one for sales", 2)
    script.after(700)
    turns = [order.text for order in script.orders() if isinstance(order, cm.TurnTaken)]
    assert ["press one for sales"] == turns, "the turn before it has its answer: the keys"


def test_a_turn_is_never_answered_with_silence() -> None:
    script = Script()
    script.greet()
    script.say("hello")
    script.after(700)
    script.orders()
    script.answer(Wait(), Expect("open"))
    assert [Cause.TROUBLE] == [order.cause for order in script.orders() if isinstance(order, cm.Think)]
