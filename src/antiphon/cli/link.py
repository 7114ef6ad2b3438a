"""`antiphon link`: another address to talk at, for a server that runs."""

import argparse
import sys

from antiphon.config.server import read_settings
from antiphon.core.errors import AntiphonError


def main(arguments: list[str]) -> int:
    """Print an address whose one-time key opens the demo page."""
    argparse.ArgumentParser("antiphon link", description="Print another one-time address.").parse_args(arguments)
    from antiphon.wiring.server import mint_address

    try:
        print(mint_address(read_settings()))
    except AntiphonError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        return 2
    return 0
