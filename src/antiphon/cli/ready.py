"""`antiphon ready`: ask the server that runs with these settings whether it takes calls; for scripts and health checks."""

import argparse
import http.client
import ssl

from antiphon.config.server import Address, read_settings

PATIENCE_S = 2.0


def main(arguments: list[str]) -> int:
    """Exit code 0 when calls can be taken, 1 when not."""
    argparse.ArgumentParser(
        "antiphon ready", description="Exit with 0 when the server of these settings takes calls."
    ).parse_args(arguments)
    settings = read_settings()
    taking = takes_calls(settings.http, tls=settings.tls != "off")
    print(f"{settings.http} {'takes calls' if taking else 'does not take calls'}")
    return 0 if taking else 1


def takes_calls(address: Address, *, tls: bool) -> bool:
    """Whether `GET /readyz` on this machine answers 200 within two seconds."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    if tls:  # our own certificate, on our own machine: whose it is was never the question
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, address.port, timeout=PATIENCE_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, address.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
