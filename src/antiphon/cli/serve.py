"""`antiphon serve`: take calls until interrupted."""

import argparse
import asyncio
import sys

from antiphon.config.server import read_settings
from antiphon.core.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Run the server; exit code 2 for a setting that must be changed."""
    parser = argparse.ArgumentParser("antiphon serve", description="Take calls until interrupted.")
    parser.add_argument("--quiet", action="store_true", help="print no address to talk at")
    options = parser.parse_args(arguments)
    from antiphon.wiring.server import serve

    try:
        asyncio.run(serve(read_settings(), announce=None if options.quiet else _announce))
    except ConfigError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _announce(address: str) -> None:
    print(f"\n  Talk to an agent:  {address}\n  (works once; `antiphon link` prints another)\n", flush=True)
