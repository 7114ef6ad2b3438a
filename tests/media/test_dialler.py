"""Our own caller against our own door: everything a leg promises, over real sockets."""

import json

import pytest

from antiphon.core.errors import AntiphonError, Busy
from antiphon.ports.leg import (
    Arm,
    ClientPlayout,
    Close,
    Closed,
    Connected,
    Flush,
    Flushed,
    Notify,
    Pause,
    Paused,
    Play,
    Played,
    Resume,
    SendText,
    SpeechSensed,
    TypedText,
)
from antiphon.testing.dialler import open_dialler
from tests.media.counter import open_counter
from tests.media.tones import level_db, strongest_hz, tone

pytestmark = pytest.mark.realtime


async def test_a_tone_both_ways_and_messages_both_ways() -> None:
    async with open_counter() as (counter, base), open_dialler(base, "key") as dialler:
        call = await dialler.dial()
        answered, ear = counter.calls[0]
        answered.leg.order(Play(1, 0, tone(660, 1.2, 24_000), 24_000, last=True))
        answered.leg.order(Notify(json.dumps({"type": "state", "state": "speaking"})))
        answered.leg.order(SendText(1, "Hello."))
        call.type("book a haircut")
        call.send({"type": "playout", "reply": 1, "position_ms": 250})
        call.send({"type": "from another version"})
        await call.say_all(tone(330, 1.2, 16_000))
        await call.until(lambda: len(call.ear.pcm()) >= 1.2 * 32_000)
        await ear.until(lambda: len(ear.pcm()) > 18_000 and any(played.done for played in ear.of(Played)))
        assert 660 == pytest.approx(
            strongest_hz(call.ear.between(call.ear.stretches[20][0], call.ear.stretches[50][0]), 16_000), abs=5
        )
        assert 330 == pytest.approx(strongest_hz(ear.pcm()[3_200:16_000], 16_000), abs=3)
        assert ["book a haircut"] == [fact.text for fact in ear.of(TypedText)]
        assert [250] == [fact.position_ms for fact in ear.of(ClientPlayout)]
        assert [{"type": "state", "state": "speaking"}, {"type": "text", "reply": 1, "text": "Hello."}] == call.messages
        assert 1 == len(ear.of(Connected))
        last = ear.of(Played)[-1]
        assert (1, 1200, True) == (last.reply, last.position_ms, last.done)
        call.hang_up()
        await ear.until(lambda: ear.of(Closed))


async def test_a_reply_pauses_resumes_and_is_cut_where_it_says() -> None:
    async with open_counter() as (counter, base), open_dialler(base) as dialler:
        call = await dialler.dial()
        leg, ear = counter.calls[0][0].leg, counter.calls[0][1]
        leg.order(Play(1, 0, tone(500, 10, 16_000), 16_000))
        await ear.until(lambda: ear.of(Played) and ear.of(Played)[-1].position_ms >= 300)
        leg.order(Pause())
        await call.until(lambda: level_db(call.ear.last(5)) < -40)  # the end of the fade
        paused_ms = len(call.ear.pcm()) / 32
        leg.order(Resume())
        await ear.until(lambda: ear.of(Played)[-1].position_ms >= 700)
        leg.order(Flush(2))  # another reply: nothing happens
        leg.order(Flush(1))
        await ear.until(lambda: ear.of(Flushed))
        flushed = ear.of(Flushed)[0]
        assert 1 == flushed.reply
        assert 700 <= flushed.position_ms < 1000
        assert 1 == len(ear.of(Flushed))
        leg.order(Play(1, 1, tone(500, 1, 16_000), 16_000))  # stale: must never sound
        leg.order(Play(2, 0, tone(900, 0.4, 24_000), 24_000, last=True))
        await ear.until(lambda: any(played.reply == 2 and played.done for played in ear.of(Played)))
        # what was counted as sent, and two frames of fading
        assert flushed.position_ms + 400 + 40 == pytest.approx(len(call.ear.pcm()) / 32, abs=25)
        assert paused_ms < 600
        assert not ear.of(Paused)


async def test_an_armed_reply_stops_by_itself_when_the_caller_speaks(spoken: bytes) -> None:
    async with open_counter() as (counter, base), open_dialler(base) as dialler:
        call = await dialler.dial()
        leg, ear = counter.calls[0][0].leg, counter.calls[0][1]
        leg.order(Play(7, 0, tone(500, 10, 24_000), 24_000))
        leg.order(Arm(7))
        leg.order(Arm(8))  # the next reply is armed as soon as it has words; that must not disarm the one being heard
        leg.order(Play(8, 0, tone(500, 1, 24_000), 24_000, last=True))
        await ear.until(lambda: ear.of(Played) and ear.of(Played)[-1].position_ms >= 500)
        clip = call.say(spoken)
        await ear.until(lambda: ear.of(Paused))
        paused = ear.of(Paused)[0]
        assert 7 == paused.reply
        assert ear.of(SpeechSensed)[0].at_ms <= paused.at_ms
        began_ms, _ = call.clip_times_ms[clip]
        assert paused.at_ms - began_ms < 200
        frames = len(call.ear.stretches)
        await call.until(lambda: (call.clip_times_ms[clip][1] or 0) > 0)
        assert len(call.ear.stretches) - frames <= 3, "it went on speaking"


async def test_a_disarmed_reply_goes_on(spoken: bytes) -> None:
    async with open_counter() as (counter, base), open_dialler(base) as dialler:
        call = await dialler.dial()
        leg, ear = counter.calls[0][0].leg, counter.calls[0][1]
        leg.order(Play(7, 0, tone(500, 2, 24_000), 24_000, last=True))
        leg.order(Arm(7))
        leg.order(Arm(7, armed=False))
        call.say(spoken)
        await ear.until(lambda: ear.of(SpeechSensed) and any(played.done for played in ear.of(Played)))
        assert not ear.of(Paused)


async def test_hanging_up_says_what_was_queued_first() -> None:
    async with open_counter() as (counter, base), open_dialler(base) as dialler:
        call = await dialler.dial()
        leg, ear = counter.calls[0][0].leg, counter.calls[0][1]
        leg.order(Play(1, 0, tone(700, 0.6, 24_000), 24_000, last=True))
        leg.order(Notify(json.dumps({"type": "ended"})))
        leg.order(Close("goodbye"))
        await call.until(lambda: call.closed)
        assert [{"type": "ended"}] == call.messages
        assert 600 == pytest.approx(len(call.ear.pcm()) / 32, abs=25)
        await ear.until(lambda: ear.of(Closed))
        assert "goodbye" == ear.of(Closed)[0].reason
        assert isinstance(ear.facts[-1], Closed)


async def test_a_full_house_and_a_bad_offer_are_told_apart() -> None:
    async with open_counter(most_legs=1) as (counter, base), open_dialler(base) as dialler:
        await dialler.dial()
        with pytest.raises(Busy, match="lines are taken"):
            await dialler.dial()
        assert 1 == len(counter.calls)


async def test_garbage_instead_of_an_offer_is_refused_in_words() -> None:
    async with open_counter() as (_, base), open_dialler(base) as dialler:
        line = dialler._line

        async def broken(sink: object) -> object:
            leg = await line(sink)  # type: ignore[arg-type]
            leg.offer = "v=0\r\nm=video 9 x 96\r\n"
            return leg

        dialler._line = broken  # type: ignore[assignment]
        with pytest.raises(AntiphonError, match="no audio m-line"):
            await dialler.dial()
