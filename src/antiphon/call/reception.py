"""Reception: admits legs to calls and owns every call of the process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from antiphon.call.call_quality import QualityFigures
from antiphon.call.parts import AgentParts, Books, CallIdentity, Engines
from antiphon.call.session import Session
from antiphon.core.errors import AntiphonError, Busy, NotFound
from antiphon.ports.clock import Clock
from antiphon.ports.leg import Close, Leg
from antiphon.ports.reception import Visitor

FindParts = Callable[[str, str | None], Awaitable[AgentParts]]
"""(tenant, agent name or None for the tenant's first) → the agent's parts. Raises NotFound."""

log = structlog.get_logger("antiphon.call")


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls there is room for. `strained` says that one more would cost those that run their quality."""

    calls: int
    strained: Callable[[], bool] = lambda: False


class FrontDesk:
    """The Reception of one process. Calls run inside `run`."""

    def __init__(
        self,
        find_parts: FindParts,
        engines: Engines,
        books: Books,
        clock: Clock,
        mint: Callable[[str], str],
        room: Room,
    ) -> None:
        self._find_parts, self._engines, self._books = find_parts, engines, books
        self._clock, self._mint, self._room = clock, mint, room
        self._sessions: dict[str, Session] = {}
        self._quality = QualityFigures()
        self._tasks: asyncio.TaskGroup | None = None
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        """Own the calls until `stop`; then hang up on all and return when each is written down."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            ready()
            await self._stopping.wait()
            for session in self._sessions.values():
                session.hang_up("server stopping")

    def stop(self) -> None:
        """Take no more calls and end the running ones."""
        self._stopping.set()

    @property
    def count(self) -> int:
        """Calls of all tenants that are running."""
        return len(self._sessions)

    def quality(self) -> dict[str, float]:
        """How the calls of all tenants sound, as figures by name."""
        return self._quality.now(session.quality for session in self._sessions.values())

    async def check(self, visitor: Visitor) -> None:
        """See `ports.reception`."""
        self._check_room()
        await self._find_parts(visitor.tenant, visitor.agent)

    def _check_room(self) -> None:
        if self._tasks is None or self._stopping.is_set():
            raise Busy("The server is stopping; call again in a moment.")
        if len(self._sessions) >= self._room.calls:
            raise Busy(f"All {self._room.calls} lines are taken; call again in a few seconds.")
        if self._room.strained():
            raise Busy("This machine has as much to do as it can; call again in a few seconds.")

    async def admit(self, visitor: Visitor, leg: Leg) -> str:
        """See `ports.reception`."""
        try:
            parts = await self._find_parts(visitor.tenant, visitor.agent)
            self._check_room()
        except AntiphonError:
            leg.order(Close("not admitted"))
            raise
        assert self._tasks is not None
        call = self._mint("call")
        identity = CallIdentity(call, visitor.tenant, leg.profile.channel, self._clock.utc(), visitor.caller)
        session = Session(identity, parts, self._engines, self._books, leg, self._clock)
        self._sessions[call] = session
        self._tasks.create_task(self._have(session), name=call)
        return call

    async def _have(self, session: Session) -> None:
        """The task boundary of a call: what breaks one call ends that call only, loudly."""
        call = session.identity.call
        try:
            await session.run()
        except Exception:
            log.exception("call_broke", call=call)
        else:
            log.info("call_ended", call=call)
        finally:
            del self._sessions[call]
            self._quality.end(session.quality)

    async def hang_up(self, tenant: str, call: str, reason: str) -> None:
        """See `ports.reception`."""
        session = self._sessions.get(call)
        if session is None or session.identity.tenant != tenant:
            raise NotFound(f"There is no running call {call}.")
        session.hang_up(reason)

    def running(self, tenant: str) -> tuple[str, ...]:
        """See `ports.reception`."""
        return tuple(call for call, session in self._sessions.items() if session.identity.tenant == tenant)
