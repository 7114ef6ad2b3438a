"""Scenes in which one thing comes while another is not over, or not for the first time."""

from antiphon.core import events as ev
from antiphon.core.proposal import Expect, HandOff
from tests.golden.written import Written


def speaks_after_an_answer(script: Written) -> None:
    """The answer was heard, and the agent thinks on: what the caller says now is a turn of its own."""
    script.greet()
    script.say("a haircut")
    script.after(700)
    script.finish(script.answer("One moment.", HandOff("booking")))
    script.say("with maria", 2)
    script.after(700)
    script.finish(script.answer("With Maria, on which day?", Expect("date", "date")))


def fails_now_and_then(script: Written) -> None:
    """Three failures, each made good before the next: the call goes on."""
    script.greet()
    for utterance in (1, 2, 3):
        script.say("a haircut", utterance)
        script.after(700)
        script.after(50, ev.BrainFailed(0, script.reply, "vendor gone"))
        script.finish(script.answer("Sorry, once more, please?"))


def silent_now_and_then(script: Written) -> None:
    """A caller who is asked for a word three times, answers, and falls silent again, is asked again."""
    script.greet()
    for _ in range(3):
        script.after(8_000)
        script.finish(script.answer("Are you still there?"))
    script.say("yes i am")
    script.after(700)
    script.finish(script.answer("Good. What can I do for you?"))
    script.after(8_000)
    script.finish(script.answer("Are you still there?"))


def talks_into_the_end(script: Written) -> None:
    """A voice over the last word: the reply is over, and the caller has the floor."""
    reply = script.offer()
    script.after(3_900, ev.SpeechStarted(0, 2, script.now + 3_820))
    script.after(100, ev.PlayoutEnded(0, reply, 4_000))
    script.after(600, ev.SpeechStopped(0, 2, script.now + 400))
    script.after(100, ev.WordsHeard(0, 2, "yes please", 0.9))
    script.after(700)
    script.finish(script.answer("Good."))


def types_into_a_pause(script: Written) -> None:
    """A line typed while it is open whether the reply goes on: it does not."""
    reply = script.offer()
    script.after(1_000, ev.PlayoutPaused(0, reply, 1_000, 40))
    script.after(50, ev.TextTyped(0, "wednesday instead"))
    script.after(20, ev.PlayoutFlushed(0, reply, 1_000, 40))
    script.after(400)
    script.finish(script.answer("Wednesday, then."))


def speaks_into_a_cut(script: Written) -> None:
    """A voice arms the reflex again, but not for the reply that is being cut."""
    reply = script.offer()
    for sent_ms in (500, 1_000):
        script.after(500, ev.PlayoutPaused(0, reply, sent_ms, 40))
        script.after(400)
    script.after(100, ev.TextTyped(0, "wednesday"))
    script.after(20, ev.SpeechStarted(0, 2, script.now - 60))
    script.after(20, ev.PlayoutFlushed(0, reply, 1_100, 40))
    script.after(600, ev.SpeechStopped(0, 2, script.now + 400))
    script.after(100, ev.WordsHeard(0, 2, "in the morning", 0.9))
    script.after(700)
    script.finish(script.answer("Wednesday morning, then."))


OVERLAPS = (
    *(speaks_after_an_answer, fails_now_and_then, silent_now_and_then),
    *(talks_into_the_end, types_into_a_pause, speaks_into_a_cut),
)
