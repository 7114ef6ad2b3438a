"""Small doubles for the hops: a clock set by hand and a leg that writes down its orders."""

from datetime import UTC, datetime, timedelta

from antiphon.ports.leg import LegOrder, LegProfile, LegSink


class HandClock:
    """Time moves when the test says so."""

    def __init__(self) -> None:
        self.ms = 5_000

    def monotonic_ms(self) -> int:
        return self.ms

    def utc(self) -> datetime:
        return datetime(2026, 11, 20, 20, tzinfo=UTC) + timedelta(milliseconds=self.ms)


def unheard(reply: int, position_ms: int, *, done: bool) -> None:
    """Nobody asks how much was sent."""


class NotedLeg:
    """A leg whose orders the test reads."""

    def __init__(self, *, audio: bool = True) -> None:
        self.profile = LegProfile(channel="test", audio=audio, text=True)
        self.orders: list[LegOrder] = []
        self.sink: LegSink | None = None

    def attach(self, sink: LegSink) -> None:
        self.sink = sink

    def order(self, order: LegOrder) -> None:
        self.orders.append(order)
