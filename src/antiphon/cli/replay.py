"""`antiphon replay CALL`: feed a call's journal to the machine and compare its commands."""

import argparse
import asyncio
import sys

from antiphon.config.server import read_settings
from antiphon.core.errors import AntiphonError


def main(arguments: list[str]) -> int:
    """Exit code 0 when the commands are the same, 1 when they differ, 2 when the call cannot be replayed."""
    parser = argparse.ArgumentParser("antiphon replay", description="Replay a recorded call through the machine.")
    parser.add_argument("call", help="id of the call, as /api/calls lists it")
    parser.add_argument("--tenant", default="demo")
    options = parser.parse_args(arguments)
    from antiphon.wiring.replay import replay_call

    try:
        outcome = asyncio.run(replay_call(read_settings(), options.tenant, options.call))
    except AntiphonError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        return 2
    for difference in outcome.differences:
        print(difference)
    print(f"{outcome.events} events, {outcome.commands} commands, {len(outcome.differences)} differences")
    return 1 if outcome.differences else 0
