"""A brain and its tools in conversation without a call around them: the shortest loop from a line to its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from antiphon.core.agent import Agent
from antiphon.core.commands import Cause
from antiphon.core.history import AgentSaid, CallerSaid, CallerSilent, Entry, HandedOff, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Finish, HandOff, Json, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.ports.brain import Brain, Moment
from antiphon.ports.tool import Toolbox, ToolCaller

MOST_RUNS = 12
"""Runs that one line may take; more means that the brain goes in circles."""


@dataclass(slots=True)
class TextDialogue:
    """Says a line, runs the brain until it waits for the caller, and shows what it said and did."""

    agent: Agent
    brain: Brain
    toolbox: Toolbox
    now: datetime
    tenant: str = "demo"
    state: TaskState = field(init=False)
    history: list[Entry] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    called: list[tuple[str, Mapping[str, Json]]] = field(default_factory=list)
    finished: Finish | None = None

    def __post_init__(self) -> None:
        self.state = TaskState(self.agent.first_specialist)

    async def greet(self) -> str:
        """What the agent says first."""
        return await self.run(Cause.GREETING)

    async def say(self, text: str, alternative: str = "") -> str:
        """A turn of the caller's; what the agent answers."""
        turn = 1 + sum(isinstance(each, CallerSaid) for each in self.history)
        self.history.append(CallerSaid(turn, text, alternative=alternative))
        return await self.run(Cause.TURN)

    async def silence(self) -> str:
        """The caller says nothing."""
        self.history.append(CallerSilent(1))
        return await self.run(Cause.SILENCE)

    def interrupted(self, heard: str) -> None:
        """The caller heard only the beginning of the last answer."""
        at = max(at for at, entry in enumerate(self.history) if isinstance(entry, AgentSaid))
        said = self.history[at]
        assert isinstance(said, AgentSaid)
        assert said.text.startswith(heard), f"{said.text!r} does not begin with {heard!r}"
        self.history[at] = AgentSaid(said.reply, heard, cut=True)

    async def run(self, cause: Cause) -> str:
        """Runs for `cause`, their tools and hand-offs until the caller's turn."""
        said = ""
        for _ in range(MOST_RUNS):
            moment = Moment(cause, self.now)
            made = [each async for each in self.brain.run(self.state, tuple(self.history), moment)]
            assert any(isinstance(each, Say | CallTool | HandOff | Finish) for each in made), (
                f"{cause} leads to nothing"
            )
            for proposal in made:
                self.state = self.state.after(proposal)
            self.proposals += made
            said += "".join(proposal.text for proposal in made if isinstance(proposal, Say))
            again = await self._carry_out(made)
            if again is None:
                return self._spoken(said, made)
            cause = again
        raise AssertionError(f"no end after {MOST_RUNS} runs: {self.called[-MOST_RUNS:]}")

    async def _carry_out(self, made: list[Proposal]) -> Cause | None:
        again: Cause | None = None
        for proposal in made:
            if isinstance(proposal, CallTool):
                await self._call(proposal)
                again = again or Cause.TOOLS
            elif isinstance(proposal, HandOff):
                self.history.append(HandedOff(proposal.to))
                again = Cause.HAND_OFF
            elif isinstance(proposal, Finish):
                self.finished = proposal
        return again

    async def _call(self, order: CallTool) -> None:
        number = len(self.called) + 1
        self.called.append((order.tool, order.arguments))
        caller = ToolCaller(self.tenant, "call_1")
        result = await self.toolbox.call(order.tool, order.arguments, caller, f"call_1:{number}")
        self.history.append(ToolCalled(number, order.tool, order.arguments))
        self.history.append(ToolAnswered(number, order.tool, result.ok, result.value))

    def _spoken(self, said: str, made: list[Proposal]) -> str:
        assert said.strip(), f"silence is never an outcome: {made}"
        reply = 1 + sum(isinstance(each, AgentSaid) for each in self.history)
        self.history.append(AgentSaid(reply, said.strip()))
        return said.strip()

    # --- what came of it ---------------------------------------------------------------------------------------------

    @property
    def asked(self) -> str | None:
        """The slot, or kind of answer, that is waited for."""
        expecting = self.state.expecting
        return None if expecting is None else expecting.slot or expecting.kind

    @property
    def tools(self) -> list[str]:
        """Names of the tools called so far."""
        return [tool for tool, _ in self.called]

    @property
    def values(self) -> dict[str, str]:
        """Slots by name."""
        return {name: slot.value for name, slot in self.state.slots.items()}
