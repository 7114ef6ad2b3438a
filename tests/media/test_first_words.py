"""What a caller says before the call behind it has begun is not lost."""

import pytest

from antiphon import _media  # noqa: TID251  # its own test
from antiphon.adapters.media import Exchange, WebRtcDoor
from antiphon.adapters.media.backlog import MOST_AUDIO_MS, MOST_FACTS, Backlog
from antiphon.ports.leg import Closed, Connected, LegFact, TypedText
from tests.media.counter import settle
from tests.media.ear import Ear
from tests.media.tones import level_db, tone

FRAME = bytes(640)


class Order:
    """A sink that keeps facts and audio in the order they came."""

    def __init__(self) -> None:
        self.came: list[object] = []

    def audio(self, at_ms: int, pcm: memoryview) -> None:
        self.came.append((at_ms, bytes(pcm)))

    def fact(self, fact: LegFact) -> None:
        self.came.append(fact)


def test_facts_and_audio_are_handed_over_in_the_order_they_came_and_once() -> None:
    backlog, sink = Backlog(), Order()
    borrowed = bytearray(b"\1\0" * 320)
    backlog.fact(Connected(5))
    with memoryview(borrowed) as view:
        backlog.audio(20, view)
    borrowed[:] = FRAME  # the view was valid only during the call
    backlog.fact(TypedText(30, "hello"))
    backlog.audio(40, memoryview(FRAME))
    backlog.hand_over(sink)
    assert [Connected(5), (20, b"\1\0" * 320), TypedText(30, "hello"), (40, FRAME)] == sink.came
    backlog.hand_over(sink)
    assert 4 == len(sink.came)


def test_of_a_long_wait_the_youngest_audio_is_kept_and_joins_what_follows() -> None:
    backlog, sink = Backlog(), Order()
    for at_ms in range(0, 10_000, 20):
        backlog.audio(at_ms, memoryview(FRAME))
    backlog.fact(Connected(10_000))
    backlog.hand_over(sink)
    frames = [item for item in sink.came if isinstance(item, tuple)]
    assert MOST_AUDIO_MS // 20 == len(frames)
    assert 9_980 == frames[-1][0]
    assert Connected(10_000) == sink.came[-1]


def test_a_flood_of_facts_is_cut_but_never_its_end() -> None:
    backlog, sink = Backlog(), Order()
    for at_ms in range(10 * MOST_FACTS):
        backlog.fact(TypedText(at_ms, "x"))
    backlog.fact(Closed(99_999, "gone"))
    backlog.hand_over(sink)
    assert MOST_FACTS + 1 == len(sink.came)
    assert Closed(99_999, "gone") == sink.came[-1]


@pytest.mark.realtime
async def test_a_caller_who_speaks_at_once_is_heard_though_the_call_begins_later() -> None:
    caller = _media.Core()
    async with Exchange(_media.Core(), _report) as exchange:
        leg, offer = caller.offer(open_microphone=False)
        answered = await WebRtcDoor(exchange).answer(offer)
        caller.accept_answer(leg, answered.sdp)
        await settle(lambda: any(fact[0] == _media.CONNECTED for fact in caller.drain().facts))
        caller.play(leg, 1, 0, tone(330, 0.6, 16_000), 16_000, True)
        await settle(lambda: any(fact[0] == _media.PLAYED and fact[-1] for fact in caller.drain().facts))
        ear = Ear()
        answered.leg.attach(ear)
        await ear.until(lambda: len(ear.pcm()) >= 0.6 * 16_000)
        assert level_db(ear.pcm()[1_600:8_000]) > -20
    caller.shutdown()


def _report(where: str, error: Exception) -> None:
    raise AssertionError(where) from error
