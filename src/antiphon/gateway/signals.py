"""The signalling sides of running calls, and the tokens by which a lost caller comes back to one."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from antiphon.core.errors import Forbidden, NotFound
from antiphon.ports.door import Signal
from antiphon.ports.stream import FarEnd, StreamFormat, StreamLeg

TOKEN_BYTES = 24
"""192 random bits: nobody guesses one within a call."""


@dataclass(slots=True)
class _Line:
    """One call's signalling. Of tokens only digests are kept. `last` is what was answered last: token, offer, answer."""

    tenant: str
    signal: Signal
    digest: bytes = b""
    unproven: bytes = b""
    """The token before, while nothing shows that its answer has arrived: it opens once more."""
    last: tuple[bytes, str, "Resumed"] | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The answer to a caller who came back, and the token for the next time."""

    sdp: str
    token: str


class Signals:
    """Signals by call id."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def add(self, tenant: str, call: str, signal: Signal, running: tuple[str, ...]) -> str:
        """Remember a call's signal and forget those of the tenant's calls that have ended. Returns the first resume token."""
        for known in [known for known, line in self._lines.items() if line.tenant == tenant and known not in running]:
            del self._lines[known]
        self._lines[call] = _Line(tenant, signal)
        return self._mint(self._lines[call])

    def find(self, tenant: str, call: str) -> Signal:
        """Raises NotFound."""
        return self._find(tenant, call).signal

    async def resume(self, tenant: str, call: str, token: str, sdp: str) -> Resumed:
        """Bring a lost caller back. Raises NotFound, Forbidden, BadRequest.

        A token opens once. The same offer with it gets the same answer again, because an answer can be lost on the network it is
        about. An offer that cannot be used leaves the token as it was.
        """
        line, digest = self._find(tenant, call), _digest(token)
        if line.last and line.last[:2] == (digest, sdp):
            return line.last[2]
        opened_by = self._check(line, digest)
        line.digest = line.unproven = b""  # nobody else may come with it meanwhile
        try:
            answer = await line.signal.resume(sdp)
        except BaseException:
            line.digest, line.unproven = opened_by
            raise
        resumed = Resumed(answer, self._mint(line))
        line.last = digest, sdp, resumed
        return resumed

    def resume_by_stream(
        self, tenant: str, call: str, token: str, packets: StreamFormat, far_end: FarEnd
    ) -> tuple[StreamLeg, str]:
        """Bring a lost caller back over a WebSocket, and mint the token for the next time. Raises NotFound, Forbidden, Busy.

        The token opens once more until `prove`: the first message may be lost with its socket."""
        line, digest = self._find(tenant, call), _digest(token)
        self._check(line, digest)
        leg = line.signal.resume_by_stream(packets, "websocket", far_end)
        minted = self._mint(line)
        line.unproven, line.last = digest, None
        return leg, minted

    def prove(self, call: str) -> None:
        """The caller has the new token."""
        if call in self._lines:
            self._lines[call].unproven = b""

    @staticmethod
    def _check(line: _Line, digest: bytes) -> tuple[bytes, bytes]:
        if not any(hmac.compare_digest(known, digest) for known in (line.digest, line.unproven)):
            raise Forbidden("This resume token opens no call: it is wrong, or it was used before.")
        return line.digest, line.unproven

    def _find(self, tenant: str, call: str) -> _Line:
        line = self._lines.get(call)
        if line is None or line.tenant != tenant:
            raise NotFound(f"There is no running call {call} to signal for.")
        return line

    @staticmethod
    def _mint(line: _Line) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        line.digest = _digest(token)
        return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
