"""Where the server runs: read from the environment once, checked, frozen. The one place that reads the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from antiphon.config.cpus import available_cpus
from antiphon.config.turn import TurnSettings, turn_settings
from antiphon.core.errors import ConfigError

DEFAULT_HTTP = "127.0.0.1:8080"
DEFAULT_UDP_PORT = 8080
DEFAULT_MODEL = "gpt-4.1-mini"
MOST_THREADS = 64
"""Of the media core, as its own limit."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to bind."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Every setting of a server; `origins` says where each came from."""

    http: Address
    udp: Address
    public_addresses: tuple[str, ...]
    tls: str  # "off" or "auto"
    data: Path
    agents: Path
    keys: tuple[str, ...] = field(repr=False)
    max_calls: int = 100
    media_threads: int = 1
    turn: TurnSettings | None = None
    ice_tcp: Address | None = None
    public_url: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    openai_model: str | None = DEFAULT_MODEL  # None: the only one that the server at the base URL has
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def wants_language_model(self) -> bool:
        """Whether a language model answers: a key says so, or the address of a server that may want none."""
        return bool(self.openai_api_key or self.openai_base_url)

    @property
    def language_model(self) -> str:
        """The language model and where it is, in words; nothing if none is wanted."""
        if not self.wants_language_model:
            return ""
        return f"{self.openai_model or 'the model'} at {self.openai_base_url or 'the vendor'}"


def read_settings(environment: Mapping[str, str] | None = None) -> ServerSettings:
    """Settings from `environment` (this process's by default). Raises ConfigError naming the variable and the cure."""
    source = _Source(os.environ if environment is None else environment)
    http = _address("ANTIPHON_HTTP", source.text("ANTIPHON_HTTP", DEFAULT_HTTP))
    udp_default = f"{http.host}:{DEFAULT_UDP_PORT if http.port == 0 else http.port}"
    settings = ServerSettings(
        http=http,
        udp=_address("ANTIPHON_UDP", source.text("ANTIPHON_UDP", udp_default)),
        public_addresses=_public(source.text("ANTIPHON_PUBLIC_ADDRESS", "")),
        tls=_choice("ANTIPHON_TLS", source.text("ANTIPHON_TLS", "off"), ("off", "auto")),
        data=Path(source.text("ANTIPHON_DATA", "data")).expanduser(),
        agents=Path(source.text("ANTIPHON_AGENTS", "agents")).expanduser(),
        keys=_keys(source.secret("ANTIPHON_KEY")),
        max_calls=_count("ANTIPHON_MAX_CALLS", source.text("ANTIPHON_MAX_CALLS", "100")),
        media_threads=_threads(source.text("ANTIPHON_MEDIA_THREADS", str(min(MOST_THREADS, available_cpus())))),
        turn=turn_settings(source.text("ANTIPHON_TURN", ""), source.secret("ANTIPHON_TURN_SECRET")),
        ice_tcp=_address("ANTIPHON_ICE_TCP", tcp) if (tcp := source.text("ANTIPHON_ICE_TCP", "")) else None,
        public_url=_origin("ANTIPHON_PUBLIC_URL", source.text("ANTIPHON_PUBLIC_URL", "")),
        twilio_auth_token=source.secret("TWILIO_AUTH_TOKEN"),
        openai_api_key=_header_safe("OPENAI_API_KEY", source.secret("OPENAI_API_KEY")),
        openai_base_url=(base_url := _url("OPENAI_BASE_URL", source.text("OPENAI_BASE_URL", ""))),
        openai_model=source.text("OPENAI_MODEL", "" if base_url else DEFAULT_MODEL) or None,
        origins=source.origins,
    )
    _refuse_shared_port(settings)
    _refuse_open_door(settings)
    _refuse_unreachable_phone(settings)
    return settings


def _refuse_shared_port(settings: ServerSettings) -> None:
    if settings.ice_tcp and settings.ice_tcp.port and settings.ice_tcp == settings.http:
        raise ConfigError(
            f"ANTIPHON_ICE_TCP={settings.ice_tcp} is where ANTIPHON_HTTP listens already: media over TCP needs a port or an "
            "address of its own."
        )


def _refuse_open_door(settings: ServerSettings) -> None:
    if not settings.http.loopback and not settings.keys:
        raise ConfigError(
            f"ANTIPHON_HTTP={settings.http} can be reached from other machines, but no key is configured. "
            "Set ANTIPHON_KEY to a long random value (for example the output of `openssl rand -hex 32`), "
            "or bind to 127.0.0.1."
        )


def _refuse_unreachable_phone(settings: ServerSettings) -> None:
    if settings.twilio_auth_token and not settings.public_url:
        raise ConfigError(
            "TWILIO_AUTH_TOKEN is set, but not ANTIPHON_PUBLIC_URL: give the address under which Twilio reaches this server, "
            "for example https://voice.example.com."
        )


class _Source:
    """Reads variables and remembers where each value came from. A secret may be in a file named by VARIABLE_FILE."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.origins: dict[str, str] = {}

    def text(self, name: str, default: str) -> str:
        value = self._environment.get(name, "").strip()
        self.origins[name] = "environment" if value else "default"
        return value or default

    def secret(self, name: str) -> str | None:
        if path := self._environment.get(f"{name}_FILE", "").strip():
            self.origins[name] = f"file {path}"
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(f"{name}_FILE={path} cannot be read ({error.strerror}).") from error
        value = self._environment.get(name, "").strip()
        self.origins[name] = "environment" if value else "default"
        return value or None


def _address(name: str, text: str) -> Address:
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"{name}={text} is not an address; write it as host:port, for example {DEFAULT_HTTP}.")
    return Address(host, int(port))


def _public(text: str) -> tuple[str, ...]:
    addresses = tuple(part.strip() for part in text.split(",") if part.strip())
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise ConfigError(
                f"ANTIPHON_PUBLIC_ADDRESS={text}: {address!r} is not an IP address; give the address callers reach, "
                "several separated by commas."
            ) from error
    return addresses


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"{name}={value} is not known; choose one of {', '.join(allowed)}.")
    return value


def _count(name: str, text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ConfigError(f"{name}={text} must be a whole number of at least 1.")
    return int(text)


def _threads(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_THREADS:
        raise ConfigError(f"ANTIPHON_MEDIA_THREADS={text} must be a whole number from 1 to {MOST_THREADS}.")
    return int(text)


def _url(name: str, text: str) -> str | None:
    """The message never shows the value: people put passwords into addresses."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"{name} is no address; write it like http://127.0.0.1:11434/v1.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"{name} holds more than an address; a key goes into OPENAI_API_KEY.")
    return text


def _origin(name: str, text: str) -> str | None:
    """An address without a path."""
    if not text:
        return None
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        raise ConfigError(f"{name}={text} is not an address without a path; write it like https://voice.example.com.")
    return text.rstrip("/")


def _header_safe(name: str, secret: str | None) -> str | None:
    if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise ConfigError(
            f"{name} holds more than a key (a space, a line break, a letter no key has); give the key alone."
        )
    return secret or None


SHORTEST_KEY = 16
"""Characters; a shorter key can be guessed over the network."""


def _keys(text: str | None) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in (text or "").split(",") if key.strip())
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ConfigError(f"ANTIPHON_KEY must be at least {SHORTEST_KEY} characters; try `openssl rand -hex 32`.")
    return keys
