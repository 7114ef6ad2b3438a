"""`antiphon doctor`: what is present, missing or slow on this machine, in plain words."""

import argparse
import hashlib
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import antiphon
from antiphon.cli.ready import takes_calls
from antiphon.config.server import Address, ServerSettings, read_settings
from antiphon.core.errors import ConfigError

PACKAGE = Path(antiphon.__file__).parent
CHECKOUT = PACKAGE.parent.parent


class State(Enum):
    """How a finding is marked."""

    PRESENT = "✓"
    NOTE = "!"
    MISSING = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    state: State
    part: str
    words: str


def main(arguments: list[str]) -> int:
    """Exit code 0 when calls can be taken, 1 when something they need is missing."""
    parser = argparse.ArgumentParser(
        "antiphon doctor", description="Say what is present, missing or slow on this machine."
    )
    parser.add_argument("--quick", action="store_true", help="do not start the speech engines")
    options = parser.parse_args(arguments)
    findings = list(_print_each(_examine(quick=options.quick)))
    missing = sum(finding.state is State.MISSING for finding in findings)
    notes = sum(finding.state is State.NOTE for finding in findings)
    print(f"\n{_verdict(missing, notes)}")
    return 1 if missing else 0


def _verdict(missing: int, notes: int) -> str:
    if missing:
        return f"{missing} {'thing stands' if missing == 1 else 'things stand'} in the way of calls (✗)."
    return "Calls can be taken." if not notes else f"Calls can be taken; {notes} to know (!)."


def _print_each(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Line by line, because starting the engines takes seconds."""
    for finding in findings:
        print(f"{finding.state.value} {finding.part:<16} {finding.words}", flush=True)
        yield finding


def _examine(*, quick: bool) -> Iterator[Finding]:
    yield _python()
    yield from _processor()
    yield from _assets()
    yield _page()
    try:
        settings = read_settings()
    except ConfigError as error:
        yield Finding(State.MISSING, "settings", str(error))
        return
    if not quick:
        yield from _engines(settings)
    yield _data(settings.data)
    yield _http(settings.http, tls=settings.tls != "off")
    yield _udp(settings.udp)
    if settings.ice_tcp:
        yield _ice_tcp(settings.ice_tcp)
    yield _microphone(settings)
    yield examine_model(settings, quick=quick)
    yield from _settings(settings)


def _python() -> Finding:
    return Finding(State.PRESENT, "Python", f"{platform.python_version()} at {sys.prefix}")


def _processor() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    words = f"{cores} {'core' if cores == 1 else 'cores'}, {platform.machine()}"
    if cores < 2:
        yield Finding(
            State.NOTE, "processor", f"{words}; the recogniser wants a core beside the server's: answers will be slower"
        )
    else:
        yield Finding(State.PRESENT, "processor", words)
    load = os.getloadavg()[0]
    if load > cores:
        yield Finding(State.NOTE, "load", f"{load:.1f} on {cores} cores: other programs slow every answer down")


def _assets() -> Iterator[Finding]:
    """In a checkout every file against its hash; a wheel was checked when it was built."""
    lock = CHECKOUT / "tools" / "assets.lock"
    if not lock.is_file():
        return
    files = [file for archive in json.loads(lock.read_text(encoding="utf-8"))["archives"] for file in archive["files"]]
    wrong = [file["to"] for file in files if _sha256(CHECKOUT / file["to"]) != file["sha256"]]
    if wrong:
        yield Finding(State.MISSING, "speech assets", f"{', '.join(wrong)}: run `.venv/bin/python tools/assets.py`")
    else:
        yield Finding(State.PRESENT, "speech assets", f"{len(files)} files, every hash right")


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _page() -> Finding:
    if (PACKAGE / "gateway" / "page" / "index.html").is_file():
        return Finding(State.PRESENT, "demo page", "built")
    return Finding(State.MISSING, "demo page", "not built: run `make demo`, which needs Node 20.19 or newer with npm")


def _engines(settings: ServerSettings) -> Iterator[Finding]:
    from antiphon.wiring.checkup import Broken, examine_now

    for part, result in examine_now(settings.data).items():
        if isinstance(result, Broken):
            yield Finding(State.MISSING, part, result.words)
        else:
            yield Finding(
                State.NOTE if result.slow else State.PRESENT, part, result.words + (" (slow)" if result.slow else "")
            )


def _data(folder: Path) -> Finding:
    """Writable, or creatable where it does not exist yet; leaves no folder behind."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding(
            State.MISSING,
            "data folder",
            f"{folder} cannot be written ({error.strerror}): set ANTIPHON_DATA to one that can",
        )
    free_gb = shutil.disk_usage(existing).free / 1e9
    words = f"{folder} {'is writable' if folder.exists() else 'can be made'}, {free_gb:.0f} GB free"
    return Finding(State.PRESENT if free_gb > 1 else State.NOTE, "data folder", words)


def _http(address: Address, *, tls: bool) -> Finding:
    reason = _bind(address, socket.SOCK_STREAM)
    if reason is None:
        return Finding(State.PRESENT, "HTTP port", f"{address} is free")
    if takes_calls(address, tls=tls):
        return Finding(State.PRESENT, "HTTP port", f"an Antiphon takes calls at {address} already")
    return Finding(
        State.MISSING, "HTTP port", f"{address}: {reason}; set ANTIPHON_HTTP to another, for example {address.host}:0"
    )


def _udp(address: Address) -> Finding:
    reason = _bind(address, socket.SOCK_DGRAM)
    if reason is None:
        return Finding(State.PRESENT, "UDP port", f"{address} is free for media")
    return Finding(
        State.NOTE, "UDP port", f"{address}: {reason}; if that is not this Antiphon, set ANTIPHON_UDP to another"
    )


def _ice_tcp(address: Address) -> Finding:
    reason = _bind(address, socket.SOCK_STREAM)
    if reason is None:
        return Finding(State.PRESENT, "ICE-TCP port", f"{address} is free for callers whose network blocks UDP")
    return Finding(
        State.NOTE,
        "ICE-TCP port",
        f"{address}: {reason}; if that is not this Antiphon, set ANTIPHON_ICE_TCP to another",
    )


def _bind(address: Address, kind: socket.SocketKind) -> str | None:
    """None if the port can be had, else the system's reason."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _microphone(settings: ServerSettings) -> Finding:
    if settings.http.loopback:
        return Finding(
            State.PRESENT, "microphone", "browsers on this machine may use it; others need HTTPS (ANTIPHON_TLS=auto)"
        )
    if settings.tls == "off":
        words = "browsers give a microphone to HTTPS pages only: set ANTIPHON_TLS=auto, or put a TLS proxy in front"
        return Finding(State.NOTE, "microphone", words)
    return Finding(
        State.PRESENT, "microphone", "the page is served over HTTPS; browsers warn once of the self-signed certificate"
    )


def examine_model(settings: ServerSettings, *, quick: bool) -> Finding:
    """The language model, asked for a word unless `quick`. It is never in the way of calls: the embedded brain stands by."""
    if not settings.wants_language_model:
        return Finding(State.PRESENT, "brain", "the embedded dialogue brain; OPENAI_API_KEY adds a language model")
    where = settings.language_model
    if quick:
        return Finding(State.PRESENT, "brain", f"{where}; the embedded dialogue brain stands by")
    from antiphon.wiring.checkup import Broken, ask_model_now

    answered = ask_model_now(settings)
    if isinstance(answered, Broken):
        return Finding(
            State.NOTE, "brain", f"{where} cannot answer, the embedded dialogue brain will: {answered.words}"
        )
    return Finding(State.NOTE if answered.slow else State.PRESENT, "brain", f"{where} {answered.words}")


def _settings(settings: ServerSettings) -> Iterator[Finding]:
    """What is set, and where from; never a secret's value."""
    changed = [f"{name} ({origin})" for name, origin in settings.origins.items() if origin != "default"]
    words = ", ".join(changed) if changed else "all as they come; docs/reference/settings.md lists them"
    yield Finding(State.PRESENT, "settings", words)
