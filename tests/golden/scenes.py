"""Scenes of the conversation in virtual time, each written down as the journal of a call."""

from collections.abc import Callable
from pathlib import Path

from antiphon.core import events as ev
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import CallTool, Expect, Fill, Finish, HandOff, OpenTask, Outcome, Wait
from tests.golden.overlaps import OVERLAPS
from tests.golden.timings import TIMINGS
from tests.golden.written import Written


def booking(script: Written) -> None:
    """A whole booking: slots, a hand-off, a tool, the goodbye."""
    script.greet()
    script.say("a haircut on tuesday please")
    script.after(700)
    script.answer(HandOff("booking"))
    script.after(5)
    reply = script.answer(
        OpenTask("book"), Fill("service", "haircut", "haircut", 1), "With whom?", Expect("person", "person")
    )
    script.finish(reply)
    script.say("maria", 2)
    script.after(700)
    reply = script.answer("One moment. ", CallTool("book_appointment", {"service_ids": ["haircut"]}))
    script.finish(reply)
    script.answered()
    script.finish(script.answer("You are booked. Anything else?", Expect("open")))
    script.say("no", 3)
    script.after(700)
    script.finish(script.answer("Goodbye!", Finish(Outcome.DONE, "GB-20261120-001")))
    script.after(1_000)


def presses_keys(script: Written) -> None:
    """A menu is answered with keys, and nothing is said; it goes on, and what it asks next is answered in words."""
    script.greet()
    script.say("for sales press one")
    script.after(700)
    script.answer(CallTool("press_keys", {"keys": "1"}))
    script.answered(pressed=1)
    script.answer(Wait(), Expect("open"))
    script.say("who is calling", 2)
    script.after(700)
    script.finish(script.answer("The switchboard.", Expect("open")))
    script.after(500)


def interrupted(script: Written) -> None:
    """The caller breaks in; the reply is cut where it was heard, and the new turn is answered."""
    reply = script.offer()
    script.after(1_500, ev.PlayoutPaused(0, reply, 1_500, 40))
    script.after(60, ev.SpeechStarted(0, 2, script.now - 20))
    script.after(200, ev.InterimHeard(0, 2, "no make it"))
    script.after(250)
    script.after(10, ev.PlayoutFlushed(0, reply, 1_500, 40, 1_480))
    script.after(300, ev.SpeechStopped(0, 2, script.now - 100))
    script.after(80, ev.WordsHeard(0, 2, "no make it wednesday", 0.9, "no make wednesday"))
    script.after(700)
    script.finish(script.answer("Wednesday, then.", Expect("yes_no")))


def coughs(script: Written) -> None:
    """Two false pauses: the agent goes on, and its reflex is disarmed."""
    reply = script.offer()
    script.after(500, ev.PlayoutPaused(0, reply, 500, 40))
    script.after(400)
    script.after(500, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(400)
    script.finish(reply, 4_000)


def goes_on(script: Written) -> None:
    """The caller goes on before the answer is audible: one turn of both."""
    script.greet()
    script.say("i would like a haircut", 1)
    script.after(700)
    script.say("with maria", 2)
    script.after(700)
    script.finish(script.answer("With Maria, on which day?", Expect("date", "date")))


def dictates(script: Written) -> None:
    """A number in three breaths, and then by keys."""
    script.after(10, ev.LegConnected(0))
    script.finish(script.answer("Your number?", Expect("phone", "phone")))
    for utterance, group in enumerate(("two one two", "five five five", "zero one four seven"), 1):
        script.say(group, utterance)
    script.after(1_200)
    script.finish(script.answer("Again, please, on the keys.", Expect("phone", "phone")))
    for digit in "2125550147#":
        script.after(150, ev.DigitPressed(0, digit))
    script.finish(script.answer("Thank you."))


def tool_stalls(script: Written) -> None:
    """A tool that never returns is given up after its time."""
    script.greet()
    script.say("a haircut")
    script.after(700)
    script.finish(script.answer("One moment. ", CallTool("check_availability", {})))
    script.after(31_000)
    script.finish(script.answer("Sorry, that did not work."))


def brain_fails(script: Written) -> None:
    """The brain fails, stalls, and fails again: the call ends rather than being silent."""
    script.greet()
    script.say("a haircut")
    script.after(700)
    script.after(50, ev.BrainFailed(0, script.reply, "vendor gone"))
    script.after(9_000)
    script.after(50, ev.BrainFailed(0, script.reply, "vendor gone"))
    script.after(50)


def falls_silent(script: Written) -> None:
    """A caller who says nothing is asked three times and then left."""
    script.greet()
    for _ in range(3):
        script.after(8_000)
        script.finish(script.answer("Are you still there?", Expect("open")))
    script.after(8_000)


def mumbles(script: Written) -> None:
    """Sounds without words, and a recogniser that breaks."""
    script.greet()
    script.say("", 1)
    script.after(700)
    script.finish(script.answer("Sorry?"))
    script.at(script.now + 100, ev.SpeechStarted(0, 2, script.now))
    script.at(script.now + 900, ev.SpeechStopped(0, 2, script.now + 700))
    script.after(100, ev.HearingFailed(0, 2, "recogniser gone"))
    script.after(5_000)
    script.finish(script.answer("I did not understand."))


def leaves(script: Written) -> None:
    """The caller hangs up in the middle of a reply, while a tool still runs; its result is kept."""
    script.greet()
    script.say("cancel it")
    script.after(700)
    script.answer("One moment. ", CallTool("cancel_booking", {"ref": "GB-1"}), audio_ms=2_000)
    script.after(500, ev.CallerLeft(0, "the caller hung up"))
    script.answered()


def typed(script: Written) -> None:
    """A typed line goes before whatever is being spoken."""
    reply = script.offer()
    script.after(1_000, ev.TextTyped(0, "wednesday instead"))
    script.after(20, ev.PlayoutFlushed(0, reply, 1_000, 40))
    script.finish(script.answer("Wednesday, then."))


def by_text(script: Written) -> None:
    """A call without a voice."""
    script.after(1, ev.LegConnected(0))
    script.finish(script.answer("Hello.", Expect("open"), audio_ms=0), 0)
    script.after(20_000, ev.TextTyped(0, "what are your hours"))
    script.finish(script.answer("Nine to six.", Finish(Outcome.ANSWERED), audio_ms=0), 0)
    script.after(50)


SCENES: dict[str, Callable[[Written], None]] = {
    scene.__name__: scene
    for scene in (
        *(booking, presses_keys, interrupted, coughs, goes_on, dictates, tool_stalls),
        *(brain_fails, falls_silent, mumbles, leaves, typed, by_text),
        *TIMINGS,
        *OVERLAPS,
    )
}


def path(name: str) -> Path:
    """Where a scene is written down."""
    return Path(__file__).with_name("journals") / f"{name}.jsonl"


def journal(name: str, policy: ConversationPolicy | None = None) -> list[str]:
    """The lines of one scene as the conversation plays it now, with the usual policy if no other is given."""
    script = Written("text" if name == "by_text" else "webrtc", policy)
    SCENES[name](script)
    return script.lines
