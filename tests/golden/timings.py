"""Scenes in which a time of the policy runs out; between them they turn on every number it has."""

from antiphon.core import events as ev
from antiphon.core.commands import Floor
from antiphon.core.proposal import Expect, Say
from tests.golden.written import Written


def answers_at_once(script: Written) -> None:
    """An answer that completes the question is taken sooner."""
    script.finish(script.offer())
    script.say("yes", 2)
    script.after(700)
    script.finish(script.answer("Good."))


def number_breaks_off(script: Written) -> None:
    """Half a number aloud, and half a number by keys without the hash key."""
    script.after(10, ev.LegConnected(0))
    script.finish(script.answer("Your number?", Expect("phone", "phone")))
    script.say("two one two")
    script.after(1_500)
    script.finish(script.answer("Again, please?", Expect("phone", "phone")))
    for digit in "212":
        script.after(300, ev.DigitPressed(0, digit))
    script.after(2_500)
    script.finish(script.answer("Again, please."))


def recogniser_stalls(script: Written) -> None:
    """Speech whose words never come."""
    script.greet()
    script.after(80, ev.SpeechStarted(0, 1, script.now))
    script.after(900, ev.SpeechStopped(0, 1, script.now + 700))
    script.after(3_000)
    script.finish(script.answer("Sorry?"))


def talks_over(script: Written) -> None:
    """A voice over the reply, before any words: after a while it is an interruption. The leg does not say where it stopped."""
    script.offer()
    script.after(1_000, ev.SpeechStarted(0, 2, script.now + 920))
    script.after(1_000)
    script.after(200, ev.SpeechStopped(0, 2, script.now))
    script.after(100, ev.WordsHeard(0, 2, "wednesday", 0.9))
    script.after(1_000)
    script.finish(script.answer("Wednesday, then."))


def short_sound(script: Written) -> None:
    """A short voice over the reply without words: the reply goes on."""
    reply = script.offer()
    script.after(1_000, ev.SpeechStarted(0, 2, script.now + 920))
    script.after(200, ev.SpeechStopped(0, 2, script.now))
    script.after(1_200)
    script.finish(reply, 4_000)


def okay_near_the_end(script: Written) -> None:
    """An "okay" in the middle of a reply lets it go on; near the end it is an answer."""
    reply = script.offer()
    for utterance, sent_ms in ((2, 2_950), (3, 3_050)):
        script.after(500, ev.PlayoutPaused(0, reply, sent_ms, 40))
        script.after(20, ev.SpeechStarted(0, utterance, script.now - 60))
        script.after(200, ev.SpeechStopped(0, utterance, script.now))
        script.after(100, ev.WordsHeard(0, utterance, "okay", 0.9))
    script.after(20, ev.PlayoutFlushed(0, reply, 3_050, 40))
    script.after(700)
    script.finish(script.answer("Good."))


def coughs_now_and_then(script: Written) -> None:
    """Three false pauses: the first two too far apart to disarm the reflex, the last two not."""
    reply = script.offer(audio_ms=30_000)
    for wait_ms, sent_ms in ((1_000, 1_000), (10_500, 11_000), (9_500, 20_000)):
        script.after(wait_ms, ev.PlayoutPaused(0, reply, sent_ms, 40))
    script.after(400)
    script.finish(reply, 30_000)


def voice_stalls(script: Written) -> None:
    """A reply with all its words, and no voice to speak them."""
    script.greet()
    script.say("a haircut")
    script.after(700)
    reply = script.reply
    script.after(1, ev.BrainProposed(0, reply, Say("With whom?")))
    script.after(1, ev.BrainEnded(0, reply))
    script.after(7_000)
    script.finish(script.answer("Sorry. With whom?"))


def never_ends(script: Written) -> None:
    """A caller who asks for ever, and is told at length."""
    script.greet()
    while script.conversation.floor is not Floor.CLOSED:
        script.after(10, ev.TextTyped(0, "and then?"))
        script.finish(script.answer("Once upon a time.", audio_ms=290_000), 290_000)


TIMINGS = (
    *(answers_at_once, number_breaks_off, recogniser_stalls, talks_over, short_sound),
    *(okay_near_the_end, coughs_now_and_then, voice_stalls, never_ends),
)
