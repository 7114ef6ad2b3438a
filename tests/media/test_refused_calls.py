"""A full house refuses callers; those inside do not notice."""

import asyncio

import pytest

from antiphon.core.errors import Busy
from antiphon.ports.leg import Play, Played
from antiphon.testing.dialler import Dialler, open_dialler
from tests.media.counter import open_counter
from tests.media.tones import tone

ROOM = 3
CROWD = 60
SPEECH_S = 4.0


async def refused(dialler: Dialler) -> int:
    """How many of a crowd were told that it is full."""
    count = 0
    for _ in range(CROWD):
        with pytest.raises(Busy):
            await dialler.dial()
        count += 1
    return count


@pytest.mark.realtime
async def test_running_calls_lose_nothing_while_a_crowd_is_refused() -> None:
    async with open_counter(most_legs=ROOM) as (counter, base), open_dialler(base) as dialler:
        calls = [await dialler.dial() for _ in range(ROOM)]
        for answered, _ in counter.calls:
            answered.leg.order(Play(1, 0, tone(660, SPEECH_S, 16_000), 16_000, last=True))
        for call in calls:
            call.say(tone(330, SPEECH_S, 16_000))
        async with asyncio.TaskGroup() as tasks:
            crowds = [tasks.create_task(refused(dialler), name=f"crowd {number}") for number in range(2)]
        assert [CROWD, CROWD] == [crowd.result() for crowd in crowds]
        for (_, ear), call in zip(counter.calls, calls, strict=True):
            await ear.until(lambda ear=ear: any(played.done for played in ear.of(Played)))  # type: ignore[misc]
            await call.until(lambda call=call: len(call.ear.pcm()) >= (SPEECH_S - 0.1) * 32_000)  # type: ignore[misc]
            stats = call.stats()
            assert stats is not None
            assert (0, 0) == (stats["lost"], stats["concealed_ms"])
            assert ear.of(Played)[-1].position_ms == SPEECH_S * 1000
        assert ROOM == len(counter.calls)
