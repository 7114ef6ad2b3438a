"""A peer that lives elsewhere, in a page or a program, and is asked for everything by name."""

from collections.abc import Awaitable, Callable
from typing import Any

from antiphon.testing.keys import keys_heard
from tests.interop.peer import CALLER_HZ, Change, Milestones, Received
from tests.interop.sound import RATE_HZ, decoded, is_tone, recorded, tone_packets

Ask = Callable[..., Awaitable[Any]]
"""`await ask("offer")`: what the far side made of it."""
HEARD_PACKETS = 25
HEARD_MS = 500
LATEST = RATE_HZ * HEARD_MS // 1000
"""Samples; a recording holds all since it was begun."""
KEYS_MS = 1_000
"""Between two looks at a recording."""
LOOKS = 4
"""So many without another key, and no more will come."""


class RemotePeer:
    """All that is the same wherever a peer lives; pages sing, and record what they hear, by themselves."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def offer(self) -> str:
        return str(await self._ask("offer"))

    async def offer_early(self) -> str:
        return str(await self._ask("offerEarly"))

    async def candidates(self) -> list[str]:
        return list(await self._ask("candidates"))

    async def offer_again(self, change: Change) -> str:
        return str(await self._ask("offerAgain", change))

    async def accept(self, answer: str) -> None:
        await self._ask("accept", answer)

    async def connected(self) -> Milestones:
        return Milestones(**await self._ask("connected"))

    async def play(self) -> None:
        await self._ask("play")

    async def hears(self, hz: float) -> None:
        await self.listen()
        while not is_tone(recorded(await self._ask("recorded", HEARD_MS))[-LATEST:], hz):
            pass

    async def send(self, text: str) -> None:
        await self._ask("send", text)

    async def told(self) -> str:
        return str(await self._ask("told"))

    async def press(self, digits: str) -> None:
        await self._ask("press", digits)

    async def listen(self) -> None:
        await self._ask("record")

    async def keys(self, count: int) -> str:
        """Browsers tell of no event, and play its tone. One that is short of CPU plays holes instead of some."""
        heard, looks = "", 0
        while len(heard) < count and looks < LOOKS:
            before, heard = heard, keys_heard(recorded(await self._ask("recorded", KEYS_MS)).tobytes(), RATE_HZ)
            looks = looks + 1 if heard == before else 0
        return heard

    async def gone(self) -> str:
        return str(await self._ask("gone"))

    async def pair(self) -> str:
        return str(await self._ask("pair"))

    async def received(self) -> Received:
        return Received(**await self._ask("received"))

    async def close(self) -> None:
        await self._ask("close")


class PacketPeer(RemotePeer):
    """A peer that carries Opus packets: tones are made and heard here."""

    async def play(self) -> None:
        await self._ask("play", tone_packets(CALLER_HZ))

    async def hears(self, hz: float) -> None:
        while not is_tone(decoded(await self._ask("listen", HEARD_PACKETS)), hz):
            pass

    async def listen(self) -> None:
        """It takes note of every key."""

    async def keys(self, count: int) -> str:
        return str(await self._ask("pressed", count))
