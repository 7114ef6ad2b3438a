"""A caller whose network is gone, or who has put the call on hold: nobody talks over them, asks them, or cuts them short."""

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.journal import encode
from antiphon.core.proposal import Say
from antiphon.core.timeline import TimelineFold
from antiphon.testing.script import Script
from antiphon.wire.timeline_svg import draw_timeline


def thinks(orders: list[cm.Command]) -> list[cm.Think]:
    return [order for order in orders if isinstance(order, cm.Think)]


def test_a_sentence_broken_off_by_the_network_is_not_taken_for_a_turn() -> None:
    script = Script()
    script.greet()
    script.say("i would like")
    script.after(50, ev.LegSuspended(0, on_hold=False))
    assert [] == thinks(script.after(10_000))
    script.after(1, ev.LegRestored(0, anew=False))
    assert [] == thinks(script.after(300))
    script.say("a haircut", utterance=2)
    script.after(1_000)
    assert ["i would like a haircut"] == [turn.text for turn in script.all if isinstance(turn, cm.TurnTaken)]


def test_a_caller_who_had_finished_is_answered_soon_after_they_are_back() -> None:
    script = Script()
    script.greet()
    script.say("a haircut on tuesday")
    script.after(50, ev.LegSuspended(0, on_hold=False))
    script.after(5_000, ev.LegRestored(0, anew=True))
    assert [] == thinks(script.after(699))
    assert 1 == len(thinks(script.after(1)))


def test_nobody_who_is_away_is_asked_for_a_word() -> None:
    script = Script()
    script.greet()
    script.after(1_000, ev.LegSuspended(0, on_hold=True))
    assert [] == thinks(script.after(29_000))
    script.after(1, ev.LegRestored(0, anew=False))
    assert [] == thinks(script.after(7_999))
    assert [cm.Cause.SILENCE] == [think.cause for think in thinks(script.after(1))]


def test_a_reply_that_waits_for_the_network_is_not_given_up() -> None:
    script = Script()
    script.greet()
    script.say("a haircut")
    script.after(1_000, ev.LegSuspended(0, on_hold=False))
    reply = script.reply
    script.after(1, ev.BrainProposed(0, reply, Say("When would you like to come?")))
    script.after(1, ev.BrainEnded(0, reply))
    script.orders()
    script.after(20_000)
    script.after(1, ev.LegRestored(0, anew=False))
    assert not any(isinstance(order, cm.CutReply) for order in script.orders())
    script.after(5_999)
    assert not any(isinstance(order, cm.CutReply) for order in script.orders())
    script.after(1)
    assert any(isinstance(order, cm.CutReply) for order in script.orders()), (
        "a voice that stays away after that is at fault"
    )


def test_a_caller_who_never_comes_back_has_left() -> None:
    script = Script()
    script.greet()
    script.after(1_000, ev.LegSuspended(0, on_hold=False))
    script.after(34_000, ev.CallerLeft(0, "vanished"))
    assert [cm.HangUp] == [type(order) for order in script.orders() if isinstance(order, cm.HangUp)]


def test_the_picture_of_a_call_shows_when_the_caller_was_away() -> None:
    script = Script()
    script.greet()
    script.after(1_000, ev.LegSuspended(0, on_hold=False))
    script.after(4_000, ev.LegRestored(0, anew=True))
    script.after(1_000, ev.LegSuspended(0, on_hold=True))
    script.after(500)
    fold = TimelineFold()
    for event in script.events:
        fold.line(encode(event))
    timeline = fold.timeline()
    away = [(span.label, span.end_ms - span.start_ms, span.text) for span in timeline.spans if span.away]
    assert [("no network", 4_000, "back over another connection"), ("on hold", 500, "")] == away
    assert 2 == draw_timeline(timeline).count('class="away"')
