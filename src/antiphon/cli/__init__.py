"""The command line: one file per verb, loaded when it is asked for.

A verb's module has `main(arguments) -> exit code`; the table below gives its name and one line of help, so that
`antiphon --help` imports none of them.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from antiphon.core.errors import AntiphonError

VERBS: Mapping[str, str] = {
    "serve": "take calls until interrupted",
    "ready": "ask the running server whether it takes calls",
    "new": "make an agent folder of your own",
    "check": "say what does not fit in agent files",
    "link": "print another one-time address to talk at",
    "replay": "feed a call's journal to the machine and compare its commands",
    "doctor": "say what is present, missing or slow on this machine",
}


class Verb(Protocol):
    """What each verb's module offers."""

    def main(self, arguments: list[str]) -> int:
        """Do it; returns the process's exit code: 0 done, 1 done with a bad result, 2 not possible or not understood."""


def overview() -> str:
    """The text of `antiphon --help`."""
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}}  {help_line}" for name, help_line in VERBS.items()]
    return "usage: antiphon VERB [options]\n\n" + "\n".join(lines) + "\n\n`antiphon VERB --help` says more.\n"


def run(arguments: Sequence[str]) -> int:
    """Run one verb; returns the process's exit code."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(overview(), end="")
        return 0 if arguments else 2
    name, rest = arguments[0], list(arguments[1:])
    if name not in VERBS:
        print(f"antiphon: there is no verb {name!r}\n\n{overview()}", end="", file=sys.stderr)
        return 2
    verb = cast("Verb", import_module(f"antiphon.cli.{name}"))
    try:
        return verb.main(rest)
    except (AntiphonError, ExceptionGroup) as error:
        ours = _ours(error)
        if not ours:
            raise
        for each in ours:
            print(f"antiphon: {each}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _ours(error: Exception) -> list[AntiphonError]:
    """Errors with a sentence for the user, out of the groups that task groups put around them; none if others are among them."""
    if isinstance(error, AntiphonError):
        return [error]
    inside = [_ours(each) for each in error.exceptions] if isinstance(error, ExceptionGroup) else [[]]
    return [each for some in inside for each in some] if all(inside) else []
