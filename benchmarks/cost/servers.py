"""The systems that are measured: how each is started, and what it is called."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "target" / "peers"
PEERS_PYTHON = PEERS / "bin" / "python"
REFLECT = ROOT / "target" / "release" / "examples" / "reflect"
PION = PEERS / "pion-reflect"
SERVER_CPU, LOAD_CPU = 0, 1


@dataclass(frozen=True, slots=True)
class Server:
    """One system. `desk`: kind and options of `benchmarks.load.desk`; none for a program that only sends back."""

    label: str
    program: Path
    desk: tuple[str, ...] = ()
    pinned: bool = True
    """One CPU for the server, the other for the callers."""

    def command(self, shape: str, folder: Path) -> Sequence[str]:
        """What to run."""
        if not self.desk:
            return [str(self.program)]
        kind, *options = self.desk
        return [str(self.program), "-m", "benchmarks.load.desk", kind, shape, str(folder), *options]

    def is_there(self) -> bool:
        """Whether it can be run on this machine."""
        return self.program.exists()


HERE = Path(sys.executable)
SERVERS = {
    "antiphon": Server("antiphon", HERE, ("antiphon", "1")),
    "antiphon2": Server("antiphon, 2 threads", HERE, ("antiphon", "2"), pinned=False),
    "decode-silence": Server("silence decoded", HERE, ("antiphon", "1", "decode-silence")),
    "gate-silence": Server(
        "silence decoded, gate run on it", HERE, ("antiphon", "1", "decode-silence", "gate-silence")
    ),
    "no-gate": Server("no gate at all", HERE, ("antiphon", "1", "no-gate")),
    "share-most": Server("three clauses of four shared", HERE, ("antiphon", "1", "share-most")),
    "share-clauses": Server("clauses shared by all", HERE, ("antiphon", "1", "share-clauses")),
    "aiortc": Server("aiortc", HERE, ("aiortc",)),
    "pipecat": Server("Pipecat SmallWebRTC", PEERS_PYTHON, ("pipecat",)),
    "fastrtc": Server("FastRTC", PEERS_PYTHON, ("fastrtc",)),
    "reflect": Server("antiphon, reflecting", REFLECT),
    "pion": Server("Pion, reflecting", PION),
}


def cpu_for(cpu: int, pinned: bool) -> set[int]:
    """Where a process may run: everywhere, where there is no CPU for each side."""
    everywhere = os.sched_getaffinity(0)
    return {cpu} if pinned and {SERVER_CPU, LOAD_CPU} <= everywhere else everywhere
