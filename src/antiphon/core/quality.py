"""How well a call's voices travel, followed second by second and told when it matters."""

from collections import deque
from dataclasses import dataclass, field, replace

from antiphon.core.e_model import Coding, grade, opinion, rating
from antiphon.core.events import QualityMeasured, Speaker

WINDOW_MS = 10_000
"""What "now" means: long enough that one lost packet of 500 is no verdict, short enough that a caller still knows what was bad."""
FEWEST_PACKETS = 100
"""Two seconds of speech. Of less than that no score is given: one lost packet would be a grade."""
SETTLED_MS = 10_000
"""Between two changes of grade, so that a call on the line between two grades does not fill its journal."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one voice arrives at its listener: jitter now; since the call began, packets, of the lost those heard from a copy (RED,
    FEC), milliseconds made up for the rest, and changes of the encoder's mode. None where only the far end could know."""

    jitter_ms: float
    lost: int
    received: int
    recovered: int | None = None
    concealed_ms: int | None = None
    mode_changes: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """What a voice goes through besides the network. `delay_ms`: packet and playout. `ordered`: over a connection that loses
    nothing but stalls, so that what was made up stands for what was lost."""

    coding: Coding
    delay_ms: float
    ordered: bool = False


@dataclass(slots=True)
class _Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float | None) -> None:
        if value is not None:
            self.total, self.count = self.total + value, self.count + 1

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class _Travel:
    """What a voice has said over connections of one kind, in packets, and what of it was missing."""

    missing: float = 0.0
    packets: float = 0.0
    rtt: _Mean = field(default_factory=_Mean)


class VoiceQuality:
    """One voice of one call. Feed it what the leg tells; it says when the call should know. A call may go on over a connection of
    another kind: then each stretch is judged by its own path, and the whole call's score weighs them by their packets."""

    def __init__(self, speaker: Speaker, path: Path) -> None:
        self.speaker, self._path = speaker, path
        self.arrival = Arrival(0.0, 0, 0)
        self._before = self._passed_over = 0
        self._changed = self._uncounted = False
        self._travels: dict[Path, _Travel] = {}
        self._window: deque[tuple[int, Arrival]] = deque([(0, self.arrival)])
        self._jitter, self._rtt = _Mean(), _Mean()
        self._recent: float | None = None
        self._worst = 5.0
        self._told: tuple[int, int] | None = None  # when, which grade

    @property
    def recent_mos(self) -> float | None:
        """The score of the last seconds in which enough was said; None before that."""
        return self._recent

    def begin_anew(self) -> None:
        """The far end counts its losses from nothing again: another connection has taken the old one's place."""
        self._before = self.arrival.lost
        self._uncounted = True

    def change_path(self, path: Path, at_ms: int) -> None:
        """The voice goes on over a connection of another kind; what came over the old one is no part of the last seconds."""
        if path != self._path:
            self._path, self._changed = path, True
            self._window = deque([(at_ms, self.arrival)])

    def tell(self, at_ms: int, rtt_ms: float | None, arrival: Arrival) -> QualityMeasured | None:
        """What the leg knows at `at_ms`; an event if the grade has changed."""
        arrival = self._since_the_beginning(at_ms, arrival)
        self._rtt.add(rtt_ms)
        self._add(arrival, rtt_ms)
        silent = _packets(self.arrival, arrival) == 0
        self.arrival = arrival
        if silent:
            return None  # nobody spoke, so nothing sounded bad
        self._jitter.add(arrival.jitter_ms)
        self._window.append((at_ms, arrival))
        before = self._oldest(at_ms)
        if _packets(before, arrival) < FEWEST_PACKETS:
            return None
        self._recent = self._score(before, arrival, rtt_ms)
        self._worst = min(self._worst, self._recent)
        return self._event(at_ms) if self._is_news(at_ms, grade(self._recent)) else None

    def _since_the_beginning(self, at_ms: int, told: Arrival) -> Arrival:
        """What is told, with what connections before this one have counted. Where the last one was of another kind and its far end
        did not count, as over a stream, what was sent over it is passed over: nobody knows how it arrived."""
        received = told.received - self._before - self._passed_over
        if self._changed and self._uncounted:
            self._passed_over += max(0, received - self.arrival.received)
            received = self.arrival.received
        self._changed = self._uncounted = False
        return replace(told, lost=told.lost + self._before, received=max(0, received))

    def _add(self, arrival: Arrival, rtt_ms: float | None) -> None:
        travel = self._travels.setdefault(self._path, _Travel())
        missing, packets = _missed(self._path, self.arrival, arrival)
        travel.missing, travel.packets = travel.missing + missing, travel.packets + packets
        travel.rtt.add(rtt_ms)

    def _oldest(self, at_ms: int) -> Arrival:
        """Where the window begins: it is as long as WINDOW_MS, or as it takes for a verdict."""
        window = self._window
        newest = window[-1][1]
        while (
            len(window) > 2 and window[1][0] <= at_ms - WINDOW_MS and _packets(window[1][1], newest) >= FEWEST_PACKETS
        ):
            window.popleft()
        return window[0][1]

    def _is_news(self, at_ms: int, now: int) -> bool:
        if self._told is not None and (self._told[1] == now or at_ms - self._told[0] < SETTLED_MS):
            return False
        self._told = (at_ms, now)
        return True

    def last_word(self, at_ms: int) -> QualityMeasured | None:
        """The whole call; None if too little was said."""
        return self._event(at_ms) if self._recent is not None else None

    def _event(self, at_ms: int) -> QualityMeasured:
        assert self._recent is not None
        whole, rtt_ms = self.arrival, self._rtt.value
        return QualityMeasured(
            at_ms,
            self.speaker,
            recent_mos=round(self._recent, 2),
            worst_mos=round(self._worst, 2),
            mos=round(self._whole_score(), 2),
            lost=whole.lost,
            received=whole.received,
            jitter_ms=round(self._jitter.value or 0.0, 1),
            rtt_ms=None if rtt_ms is None else round(rtt_ms, 1),
            recovered=whole.recovered,
            concealed_ms=whole.concealed_ms,
            mode_changes=whole.mode_changes,
        )

    def _score(self, before: Arrival, after: Arrival, rtt_ms: float | None) -> float:
        return _score(self._path, *_missed(self._path, before, after), rtt_ms)

    def _whole_score(self) -> float:
        """Over every path, by what was said over each."""
        travels = [(path, travel) for path, travel in self._travels.items() if travel.packets > 0]
        scores = [
            travel.packets * _score(path, travel.missing, travel.packets, travel.rtt.value) for path, travel in travels
        ]
        return sum(scores) / sum(travel.packets for _, travel in travels)


PACKET_MS = 20
"""A packet of every leg."""


def _packets(before: Arrival, after: Arrival) -> int:
    return after.received + after.lost - before.received - before.lost


def _missed(path: Path, before: Arrival, after: Arrival) -> tuple[float, float]:
    """Of how many packets how many were not heard."""
    if path.ordered:
        made_up = ((after.concealed_ms or 0) - (before.concealed_ms or 0)) / PACKET_MS
        return made_up, made_up + after.received - before.received
    return _missing(after) - _missing(before), _packets(before, after)


def _missing(arrival: Arrival) -> int:
    return arrival.lost - (arrival.recovered or 0)


def _score(path: Path, missing: float, packets: float, rtt_ms: float | None) -> float:
    loss_percent = 100.0 * max(0.0, missing) / packets if packets > 0 else 0.0
    return opinion(rating(path.coding, (rtt_ms or 0.0) / 2 + path.delay_ms, loss_percent))
