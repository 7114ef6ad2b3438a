"""A brain decides what to say and do next. It keeps no state between runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from antiphon.core.commands import Cause
from antiphon.core.history import History
from antiphon.core.proposal import Proposal
from antiphon.core.task import TaskState


@dataclass(frozen=True, slots=True)
class Moment:
    """What a run may know besides task and history: why it runs and the local time of the business."""

    cause: Cause
    now: datetime  # timezone-aware, in the business's own zone


class Brain(Protocol):
    """Bound to one agent; shared by its calls."""

    def run(self, task: TaskState, history: History, moment: Moment) -> AsyncIterator[Proposal]:
        """Yield proposals; the run ends at its tool calls or a hand-off and the brain is run again with their results.

        Cancelling means closing the iterator. Raises ProviderError.
        """
