"""The stacks that the rows are run with."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from tests.house.source import ROOT
from tests.interop.aiortc_stack import open_aiortc
from tests.interop.browsers import open_chromium, open_firefox
from tests.interop.peer import Stack, UnobtainableError
from tests.interop.program import PeerProgram

PION = ROOT / "target" / "interop" / "pion"
LIBDATACHANNEL = ROOT / "tests" / "interop" / "libdatachannel"


@dataclass(frozen=True, slots=True)
class Contender:
    """A stack that may be on this machine, and what its interface cannot do, by row."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Stack]]
    lacks: dict[str, str] = field(default_factory=dict)
    note: str = ""


@asynccontextmanager
async def open_pion() -> AsyncIterator[Stack]:
    """Pion, built from tests/interop/pion by `make peers`."""
    if not PION.exists():
        raise UnobtainableError("the Pion peer is not built (`make peers`, with Go 1.25 or newer)")
    async with PeerProgram.run([PION], "Pion") as program:
        yield program


@asynccontextmanager
async def open_libdatachannel() -> AsyncIterator[Stack]:
    """libdatachannel by its binding for Node."""
    if not shutil.which("node") or not (LIBDATACHANNEL / "node_modules").exists():
        raise UnobtainableError("libdatachannel is not installed (`make peers`)")
    async with PeerProgram.run(["node", LIBDATACHANNEL / "peer.mjs"], "libdatachannel") as program:
        yield program


STACKS = (
    Contender("Chromium", open_chromium),
    Contender(
        "Firefox",
        open_firefox,
        {
            "a_caller_who_tells_no_candidate_is_found": "Firefox checks no loopback address from another, "
            "so that on one machine the server must begin",
        },
    ),
    Contender(
        "aiortc",
        open_aiortc,
        {
            "keys_pressed_by_the_caller_arrive": "aiortc sends no telephone events",
            "ice_restarts_on_the_running_call": "aiortc keeps its ICE credentials for good",
        },
    ),
    Contender(
        "Pion",
        open_pion,
        {"the_caller_holds_and_takes_up_again": "Pion lets nobody change the direction of a transceiver"},
    ),
    Contender(
        "libdatachannel",
        open_libdatachannel,
        {
            "ice_restarts_on_the_running_call": "libdatachannel's binding has no ICE restart",
            "the_caller_holds_and_takes_up_again": "libdatachannel's binding changes no direction after the offer",
        },
        "libdatachannel's offers carry no candidates here: where the server's checks come before its answer, libdatachannel can "
        "finish ICE and DTLS before it has kept the answer's fingerprint",
    ),
)
