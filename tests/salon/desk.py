"""A salon's brain and tools in a text conversation without a call around them: the shortest loop from words to words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from antiphon.adapters.sql import SqlToolbox
from antiphon.agents import load_options, read_agent
from antiphon.brains.dialogue import DialogueBrain
from antiphon.core.agent import Agent
from antiphon.core.commands import Cause
from antiphon.core.history import AgentSaid, CallerSaid, CallerSilent, Entry, HandedOff, ToolAnswered, ToolCalled
from antiphon.core.proposal import CallTool, Expect, Finish, HandOff, Proposal, Say
from antiphon.core.task import TaskState
from antiphon.kit.messages import take_message
from antiphon.ports.brain import Moment
from antiphon.ports.tool import Toolbox, ToolCaller
from antiphon_verticals.salon import FOLDER, VERTICAL
from tests.call.fakes import HandClock
from tests.sql import stores

NOW = datetime(2026, 11, 20, 20, 0, 5, tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))


class Desk:
    """Says a line, runs the brain until it waits for the caller, and shows what it said and did."""

    def __init__(self, agent: Agent, brain: DialogueBrain, toolbox: Toolbox) -> None:
        self.agent, self.brain, self.toolbox = agent, brain, toolbox
        self.state = TaskState(agent.first_specialist)
        self.history: list[Entry] = []
        self.called: list[str] = []
        self.finished: Finish | None = None
        self._turns = 0
        self._replies = 0

    async def say(self, text: str, alternative: str = "") -> str:
        """A turn of the caller's; what the agent says."""
        self._turns += 1
        self.history.append(CallerSaid(self._turns, text, alternative=alternative))
        return await self.run(Cause.TURN)

    async def silence(self) -> str:
        self.history.append(CallerSilent(1))
        return await self.run(Cause.SILENCE)

    def interrupted(self, heard: str) -> None:
        """The last reply was cut after `heard`."""
        last = max(at for at, entry in enumerate(self.history) if isinstance(entry, AgentSaid))
        self.history[last] = AgentSaid(self._replies, heard, cut=True)

    async def run(self, cause: Cause) -> str:
        said = ""
        while True:
            proposals = self.brain.proposals(self.state, tuple(self.history), Moment(cause, NOW))
            assert proposals, f"a run for {cause} yields nothing"
            for proposal in proposals:
                self.state = self.state.after(proposal)
            said += "".join(proposal.text for proposal in proposals if isinstance(proposal, Say))
            last = proposals[-1]
            if isinstance(last, CallTool):
                await self._tool(last)
                cause = Cause.TOOLS
            elif isinstance(last, HandOff):
                self.history.append(HandedOff(last.to))
                cause = Cause.HAND_OFF
            else:
                return self._said(said, proposals)

    async def _tool(self, order: CallTool) -> None:
        number = len([entry for entry in self.history if isinstance(entry, ToolCalled)]) + 1
        self.called.append(order.tool)
        result = await self.toolbox.call(order.tool, order.arguments, ToolCaller("demo", "call_1"), f"call_1:{number}")
        self.history.append(ToolCalled(number, order.tool, order.arguments))
        self.history.append(ToolAnswered(number, order.tool, result.ok, result.value))

    def _said(self, said: str, proposals: list[Proposal]) -> str:
        self._replies += 1
        assert said.strip() or isinstance(proposals[-1], Finish), f"nothing said: {proposals}"
        self.history.append(AgentSaid(self._replies, said.strip()))
        self.finished = next((each for each in proposals if isinstance(each, Finish)), self.finished)
        return said.strip()

    @property
    def asked(self) -> str | None:
        expecting = self.state.expecting
        return None if expecting is None else expecting.slot or expecting.kind

    def values(self) -> dict[str, str]:
        return {name: slot.value for name, slot in self.state.slots.items()}

    expecting_kinds = Expect


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    async with stores.salon(folder) as (_, engines):
        agent = read_agent(FOLDER)
        tools = [tool for tool in VERTICAL.tools if tool.name in agent.tools]
        toolbox = SqlToolbox([*tools, take_message], engines, HandClock(), zone=agent.zone, prefix=agent.prefix)
        options = await load_options(agent, toolbox, "demo")
        made = Desk(agent, DialogueBrain(agent, options), toolbox)
        await made.run(Cause.GREETING)
        yield made
