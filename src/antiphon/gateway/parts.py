"""What the gateway stands on: ports only, handed in by wiring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.gateway.twilio_account import TwilioAccount
from antiphon.ports.catalogue import Catalogue
from antiphon.ports.credentials import Credentials
from antiphon.ports.door import Door
from antiphon.ports.journal import Journal
from antiphon.ports.reception import Reception
from antiphon.ports.records import Records
from antiphon.ports.relay import Relays
from antiphon.ports.stream import StreamDoor


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """Everything the HTTP face talks to. `page` is the folder of the built demo page; `hosts` the names it
    answers to; `figures` what the process says of itself; `twilio` the account whose phone calls it takes;
    `relays` what callers may use where their packets find no way."""

    reception: Reception
    door: Door
    streams: StreamDoor
    credentials: Credentials
    catalogue: Catalogue
    journal: Journal
    records: Records
    page: Path
    hosts: frozenset[str]
    secure: bool
    figures: Callable[[], Mapping[str, float]]
    twilio: TwilioAccount | None = None
    relays: Relays | None = None
