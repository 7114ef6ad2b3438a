"""Who is asking: a bearer key or the page's cookie becomes a tenant, and nothing else does."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from antiphon.core.errors import Unauthorized
from antiphon.gateway.parts import GatewayParts

COOKIE = "antiphon_session"


async def _parts(connection: HTTPConnection) -> GatewayParts:
    return gateway_parts(connection)


async def _tenant(connection: HTTPConnection) -> str:
    return tenant_of(connection)


def gateway_parts(connection: HTTPConnection) -> GatewayParts:
    """The parts the app was made with."""
    return cast(GatewayParts, connection.app.state.parts)


def tenant_of(connection: HTTPConnection) -> str:
    """The tenant of this request or WebSocket. Raises Unauthorized."""
    credentials = gateway_parts(connection).credentials
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        return credentials.tenant_of_key(key.strip())
    if session := connection.cookies.get(COOKIE):
        _same_origin(connection)
        return credentials.tenant_of_session(session)
    raise Unauthorized(
        "This needs a credential: send `Authorization: Bearer KEY`, or open the address that the server printed "
        "(`antiphon link` prints another)."
    )


def _same_origin(connection: HTTPConnection) -> None:
    """A cookie speaks only for our own page: browsers say who asks in Origin (RFC 6454), or in Sec-Fetch-Site."""
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site", "same-origin")
    host = connection.headers.get("host", "")
    foreign = origin is not None and origin.partition("://")[2] != host
    if foreign or site not in ("same-origin", "none"):
        raise Unauthorized("The page's cookie works from the server's own pages only; scripts use a bearer key.")


# Coroutines, because FastAPI runs plain functions in a thread: slower, and the key ring's file belongs to the loop's thread.
Parts = Annotated[GatewayParts, Depends(_parts)]
Tenant = Annotated[str, Depends(_tenant)]
