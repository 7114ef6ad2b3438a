"""`antiphon serve`: take calls until interrupted."""

import argparse
import asyncio
import os
import sys

from antiphon.config.server import ServerSettings, read_settings
from antiphon.core.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Run the server; exit code 2 for a setting that must be changed."""
    parser = argparse.ArgumentParser("antiphon serve", description="Take calls until interrupted.")
    parser.add_argument("--quiet", action="store_true", help="print no address to talk at")
    options = parser.parse_args(arguments)
    from antiphon.wiring.server import serve

    os.umask(0o077)  # journals and records hold what callers said
    try:
        settings = read_settings()
        asyncio.run(serve(settings, announce=None if options.quiet else lambda address: announce(address, settings)))
    except ConfigError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def announce(address: str, settings: ServerSettings) -> None:
    """Print where to talk, and who answers there."""
    print(f"\n  Talk to an agent:  {address}\n  (works once; `antiphon link` prints another)")
    print(f"  Who answers:       {_who(settings)}\n", flush=True)


def _who(settings: ServerSettings) -> str:
    if settings.wants_language_model:
        return f"{settings.language_model}; the embedded dialogue brain stands by"
    return "the embedded dialogue brain (OPENAI_API_KEY adds a language model)"
