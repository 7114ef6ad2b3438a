"""The media core (`crates/media`): every leg's WebRTC, codec, reorder window, speech gate and playout, on threads that never
take the GIL.

Times are milliseconds of CLOCK_MONOTONIC, as `time.monotonic()` counts. Positions are milliseconds of the named reply that were
really sent. A fact is a tuple: kind, leg, at_ms, how many of the drained frames came before it, then what the kind adds:

    CONNECTED, SENSED, UNSENSED                nothing
    DATA_OPENED, DIGITS_SENT                   nothing
    PAUSED, FLUSHED                            reply, position_ms
    PLAYED                                     reply, position_ms, done
    OVERFLOWED                                 reply, seq, dropped_ms
    DATA                                       text
    DIGIT                                      digit
    QUALITY                                    rtt_ms or None, the caller's arrival, the agent's or None
    SUSPENDED                                  on_hold
    RESTORED                                   anew
    CLOSED                                     reason

An arrival says how a voice reaches its listener: jitter_ms, packets lost, packets received, and, each None where only the far end
knows, lost packets that were heard from a copy, concealed_ms and changes of the encoder's mode.
"""

from typing import Final, Literal, final

__all__ = [
    "CLOSED",
    "CONNECTED",
    "DATA",
    "DATA_OPENED",
    "DIGIT",
    "DIGITS_SENT",
    "FLUSHED",
    "OVERFLOWED",
    "PAUSED",
    "PLAYED",
    "QUALITY",
    "RESTORED",
    "SENSED",
    "SUSPENDED",
    "UNSENSED",
    "BadSdp",
    "Core",
    "Drained",
]

CONNECTED: Final[int]
SENSED: Final[int]
UNSENSED: Final[int]
PAUSED: Final[int]
FLUSHED: Final[int]
PLAYED: Final[int]
OVERFLOWED: Final[int]
DATA: Final[int]
DATA_OPENED: Final[int]
DIGIT: Final[int]
DIGITS_SENT: Final[int]
QUALITY: Final[int]
CLOSED: Final[int]
SUSPENDED: Final[int]
RESTORED: Final[int]

class BadSdp(ValueError):
    """An offer or answer that cannot be served; the message says what is wrong with it."""

@final
class Drained:
    """Everything since the last `drain`: PCM of all legs in one piece (16 kHz mono int16), and where each stretch lies in it."""

    @property
    def pcm(self) -> bytes: ...
    @property
    def frames(self) -> list[tuple[int, int, int, int]]:
        """Leg, at_ms (arrival of the last packet), offset and length in bytes."""

    @property
    def packets(self) -> list[tuple[int, int, int, int]]:
        """As `frames`: what streams have to send."""

    @property
    def facts(self) -> list[tuple[object, ...]]: ...

@final
class Core:
    """Shards behind one UDP port, each with a thread and the legs that live there. Orders to a leg that is gone are ignored.

    Everything is quick; `answer`, `offer` and `accept_answer` take about 2 ms and release the GIL: call them in a thread.
    Every method raises RuntimeError after `shutdown`.
    """

    def __new__(
        cls, udp: str = "127.0.0.1:0", public_addresses: list[str] = ..., threads: int = 1, tcp: str | None = None
    ) -> Core:
        """Bind `udp`, and `tcp` for far ends whose network blocks UDP. `public_addresses` are announced instead of the sockets'
        own; `threads` is 1 to 64. Raises OSError, ValueError."""

    @property
    def port(self) -> int: ...
    @property
    def tcp_port(self) -> int | None: ...
    @property
    def fd(self) -> int:
        """An eventfd, readable when `drain` has something; at most every 20 ms for audio, at once for urgent facts."""

    @property
    def candidates(self) -> list[str]:
        """Addresses an answer announces."""

    @property
    def strained(self) -> bool:
        """Whether every thread has been at its end for three seconds: a tenth of its packets more than 20 ms late, or no CPU
        time left."""

    def drain(self) -> Drained: ...
    def answer(
        self,
        sdp: str,
        *,
        encoder: Literal["auto", "celt", "voip"] = "auto",
        gate: bool = True,
        spare_decoder: bool = True,
        spare_gate: bool = True,
    ) -> tuple[int, str]:
        """A leg and the answer to an offer. Raises BadSdp. `encoder`: celt has low delay and no protection, voip carries in-band
        copies (FEC); auto begins with celt, changes to voip while the far end reports loss, and then sends earlier packets along
        with later ones (RED, RFC 2198) if the far end knows how to read them. `spare_decoder` leaves the caller's silence
        undecoded (`listen`), `spare_gate` keeps the gate's network from what is decoded of it: measurements turn them off."""

    def reoffer(self, leg: int, sdp: str) -> str | None:
        """The answer to another offer of a leg's peer: an ICE restart, a hold. None if it is another peer's, or the leg is gone:
        then `replace` is left. Waits for the core's thread: call it in a thread. Raises BadSdp."""

    def replace(self, leg: int, sdp: str, *, encoder: Literal["celt", "voip"] = "celt", gate: bool = True) -> str:
        """The answer to an offer of a far end that has lost its connection: the new one takes the old one's place, with everything
        that waits to be said. As `answer` otherwise. Raises BadSdp."""

    def offer_restart(self, leg: int) -> str | None:
        """An offer that restarts ICE on a leg that has dialled; None if it is gone. Its answer goes to `accept_restart`."""

    def accept_restart(self, leg: int, sdp: str) -> None:
        """The answer to `offer_restart`. Raises BadSdp."""

    def open_stream(
        self,
        format: Literal["opus", "pcm16", "ulaw"],  # noqa: A002
        *,
        gate: bool = True,
        echoes: bool = False,
    ) -> int:
        """A leg on a connection that somebody else keeps: packets come by `feed` and leave in `Drained.packets`. `pcm16` is
        little-endian mono at 16 kHz, `ulaw` G.711 at 8 kHz. `echoes`: the far end does not cancel echo, so what comes back of the
        agent's own voice is muted. Raises ValueError for another format."""

    def replace_by_stream(self, leg: int, format: Literal["opus", "pcm16", "ulaw"], *, gate: bool = True) -> None:  # noqa: A002
        """The far end of a leg has lost its connection, and comes back on one that somebody else keeps: it takes the old one's
        place, with everything that waits to be said. Raises ValueError for another format."""

    def hold(self, leg: int, on: bool) -> None:
        """The far end says that it does not want to hear or be heard, or does again."""

    def interrupt(self, leg: int, on: bool) -> None:
        """A stream's connection brings nothing any more, or does again. The leg waits 35 s for it or for another."""

    def feed(self, leg: int, payload: bytes, place: tuple[int, int] | None = None) -> None:
        """A packet of a stream. `place`: its sequence number (16 bits) and its time on the 48 kHz clock (32 bits); without it, it
        follows the last. Raises ValueError for one over 8 KiB."""

    def lost(self, leg: int, reason: str) -> None:
        """A stream's connection is gone: the leg ends at once."""

    def offer(
        self, *, encoder: Literal["auto", "celt", "voip"] = "celt", gate: bool = False, open_microphone: bool = True
    ) -> tuple[int, str]:
        """A leg that dials, over a socket of its own, and its offer. `open_microphone`: silence is sent while nothing is played."""

    def accept_answer(self, leg: int, sdp: str) -> bool:
        """The answer to `offer`; False if there is no such offer. Raises BadSdp."""

    def add_candidate(self, leg: int, line: str) -> None:
        """One remote candidate (`candidate:…`); what cannot be used is passed over."""

    def play(
        self, leg: int, reply: int, seq: int, pcm: bytes, rate_hz: int, last: bool = False, clip: str | None = None
    ) -> None:
        """Queue mono int16 PCM at 8, 12, 16, 24 or 48 kHz. `clip` names a sound that other legs play too: the first of them
        encodes it. Raises ValueError for another rate or an odd length."""

    def pause(self, leg: int) -> None: ...
    def resume(self, leg: int) -> None: ...
    def flush(self, leg: int, reply: int) -> None: ...
    def arm(self, leg: int, reply: int, armed: bool = True) -> None: ...
    def listen(self, leg: int, on: bool) -> None:
        """Whether all of the caller's audio is needed, silence too; until it is, silence that the caller's own levels tell of is
        left out (RFC 6464)."""

    def press(self, leg: int, keys: str) -> None:
        """Press keys towards the far end, behind those that wait: 0-9, *, #, A-D; `,` waits two seconds, `w` half a second. As
        events (RFC 4733) where the far end knows them, else as tones; the voice waits meanwhile and goes on where it was. At most
        64 wait."""

    def await_return(self, leg: int) -> None:
        """The far end leaves and may come back (`replace`): its closing the connection does not end the leg."""

    def send_data(self, leg: int, text: str) -> None:
        """A text message for the data channel, kept until that is open."""

    def close(self, leg: int, reason: str = "closed") -> None:
        """Hang up once what is queued has been sent."""

    def stats(self, leg: int | None = None) -> dict[str, int | float] | None:
        """Counts of a leg (None if it is gone) or of the core, whose `…_cpu_ns` say where its threads' CPU time goes. `lost` are
        packets that neither came in time nor were copied by then (`recovered_by_red`; of these, `outrun_by_red` came themselves
        afterwards); of them some came `late`, some were heard from in-band copies (`recovered_by_fec`), the others are in
        `concealed_ms`. `far_end_…` is what the far end reports of our stream (loss 0 to 1, smoothed); absent until it does."""

    def lateness(self) -> list[tuple[int | None, int]] | None:
        """How many of the agents' packets left less than so many ms after they were due, and not within the bucket before; the
        last has no edge. Since the start, all legs together."""

    def shutdown(self) -> None:
        """Stop the threads. Legs end without a word to their far ends."""
