"""The command line: one file per verb, loaded when it is asked for.

A verb's module has `add_arguments(parser)` and `run(options) -> exit code`; the table below gives its name and one line of
help, so that `antiphon --help` imports none of them.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from antiphon.core.errors import AntiphonError

VERBS: Mapping[str, str] = {
    "doctor": "say what is present, missing or slow on this machine",
}


class Verb(Protocol):
    """What each verb's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


def load(name: str) -> Verb:
    """The module of a verb in the table."""
    return cast("Verb", import_module(f"antiphon.cli.{name}"))


def overview() -> str:
    """The text of `antiphon --help`."""
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}}  {help_line}" for name, help_line in VERBS.items()]
    return "usage: antiphon VERB [options]\n\n" + "\n".join(lines) + "\n\n`antiphon VERB --help` says more.\n"


def run(arguments: Sequence[str]) -> int:
    """Run one verb; returns the process's exit code (0 done, 1 failed with a reason, 2 not understood)."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(overview(), end="")
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in VERBS:
        print(f"antiphon: there is no verb {name!r}\n\n{overview()}", end="", file=sys.stderr)
        return 2
    verb = load(name)
    parser = argparse.ArgumentParser(prog=f"antiphon {name}", description=VERBS[name])
    verb.add_arguments(parser)
    try:
        return verb.run(parser.parse_args(rest))
    except AntiphonError as error:
        print(f"antiphon {name}: {error}", file=sys.stderr)
        return 1
