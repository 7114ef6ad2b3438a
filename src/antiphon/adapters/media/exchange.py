"""Hop 2: the one place where the media core's output enters Python. One wake-up, one drain, for all legs."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from antiphon import _media
from antiphon.adapters.media.lag import Lag
from antiphon.core.errors import ConfigError


class CoreLeg(Protocol):
    """What a leg of the core takes."""

    @property
    def id(self) -> int: ...

    def hear(self, at_ms: int, pcm: memoryview) -> None:
        """Audio; the view is valid only during the call."""

    def transmit(self, payload: memoryview) -> None:
        """A packet to send, of a stream; the view is valid only during the call."""

    def tell(self, raw: tuple[object, ...]) -> None:
        """A fact, as the core's stub describes it."""


def open_core(udp: str, public_addresses: list[str], threads: int = 1, tcp: str | None = None) -> _media.Core:
    """A media core on `udp`, and on `tcp` for callers whose network blocks UDP. Raises ConfigError when one cannot be bound."""
    try:
        return _media.Core(udp, public_addresses, threads, tcp)
    except (OSError, ValueError) as error:
        cure = "ANTIPHON_UDP or ANTIPHON_ICE_TCP" if tcp else "ANTIPHON_UDP"
        raise ConfigError(f"The media port cannot be opened: {error}. Choose another address with {cure}.") from error


class Exchange:
    """Watches the core's eventfd and hands every leg its audio and facts, synchronously and in the order they happened.

    Use as an async context manager: it needs the running loop, and leaving it stops the core. `report` hears of a leg whose
    sink raised; the other legs go on.
    """

    def __init__(self, core: _media.Core, report: Callable[[str, Exception], None]) -> None:
        self.core = core
        self._report = report
        self._legs: dict[int, CoreLeg] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = core.fd
        self._lag = Lag()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._drain)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._fd)
            self._drain()
            now_ms = int(self._loop.time() * 1000)  # CLOCK_MONOTONIC, as the core's
            for leg_id in list(self._legs):
                self._tell((_media.CLOSED, leg_id, now_ms, 0, "the media core is shut down"))
        self.core.shutdown()

    @property
    def live(self) -> int:
        """Legs that have not closed."""
        return len(self._legs)

    def strained(self) -> bool:
        """Whether one more call would cost those that run their quality: the core's threads are at their end, or this one is."""
        now_ms = asyncio.get_running_loop().time() * 1000
        try:
            return self.core.strained or self._lag.lasts(now_ms)
        except RuntimeError:  # shut down, which whoever takes the call says
            return False

    def add(self, leg: CoreLeg) -> None:
        """Deliver to this leg from now on."""
        self._legs[leg.id] = leg

    def _drain(self) -> None:
        drained = self.core.drain()
        if drained.frames and self._loop is not None:
            self._lag.note(self._loop.time() * 1000, drained.frames[0][1])
        facts = drained.facts
        told = 0
        with memoryview(drained.pcm) as pcm:
            for index, (leg_id, at_ms, offset, length) in enumerate(drained.frames):
                while told < len(facts) and facts[told][3] <= index:  # type: ignore[operator]  # the fourth item is a count
                    self._tell(facts[told])
                    told += 1
                leg = self._legs.get(leg_id)
                if leg is None:
                    continue
                with pcm[offset : offset + length] as view:
                    try:
                        leg.hear(at_ms, view)
                    except Exception as error:  # noqa: BLE001  # a task boundary: one call's bug is not every call's
                        self._report("audio", error)
            self._send(drained.packets, pcm)
        for fact in facts[told:]:
            self._tell(fact)

    def _send(self, packets: list[tuple[int, int, int, int]], payloads: memoryview) -> None:
        for leg_id, _, offset, length in packets:
            leg = self._legs.get(leg_id)
            if leg is None:
                continue
            with payloads[offset : offset + length] as view:
                try:
                    leg.transmit(view)
                except Exception as error:  # noqa: BLE001  # as above
                    self._report("packet", error)

    def _tell(self, fact: tuple[object, ...]) -> None:
        leg_id = fact[1]
        assert isinstance(leg_id, int)
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        if fact[0] == _media.CLOSED:
            del self._legs[leg_id]
        try:
            leg.tell(fact)
        except Exception as error:  # noqa: BLE001  # as above
            self._report("fact", error)
