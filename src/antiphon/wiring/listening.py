"""The socket that HTTP and WebSockets come in by."""

import socket

from antiphon.config.server import Address
from antiphon.core.errors import ConfigError


def bind(address: Address) -> socket.socket:
    """A TCP socket at this address, whose connections send what they are given at once. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # TCP by name: asyncio leaves Nagle's algorithm on where a socket's protocol is 0. An answer's body, which uvicorn writes after
    # its head, then waits until the head is acknowledged, and Linux's callers delay that: offers took 50 ms instead of 10.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address.host, address.port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"ANTIPHON_HTTP={address} cannot be used ({error.strerror}). Another server may have the port: stop it, or "
            f"choose another, for example ANTIPHON_HTTP={address.host}:{address.port + 1}."
        ) from error
    return listening
