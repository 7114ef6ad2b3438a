"""A brain run: the brain's work on one reply. One runs at a time."""

from dataclasses import dataclass

from antiphon.core.commands import Cause


@dataclass(slots=True)
class Run:
    """The brain's work on one reply."""

    reply: int
    cause: Cause
    progress_ms: int  # when it last yielded
    said: bool = False
    called: bool = False
    waits: bool = False  # a tool has said it all
    handed_off: bool = False
    finished: bool = False
    ended: bool = False
