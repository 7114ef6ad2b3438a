"""The course of one call: what the machines of a conversation share."""

from collections import deque

from antiphon.core.commands import Command, Floor, FloorChanged
from antiphon.core.floor import Cue, after
from antiphon.core.history import Entry


class Course:
    """The time, the floor, what has happened, and what is ordered."""

    def __init__(self) -> None:
        self.now = 0
        self.call = ""
        self.voice = True  # a leg that is heard: silence and reflexes matter
        self.floor = Floor.OPEN
        self.history: list[Entry] = []
        self.commands: deque[Command] = deque()

    def order(self, command: Command) -> None:
        """Add a command to those that wait for `poll`."""
        self.commands.append(command)

    def move(self, cue: Cue) -> None:
        """Follow the floor's table."""
        floor = after(self.floor, cue)
        if floor is not self.floor:
            self.floor = floor
            self.order(FloorChanged(floor))
