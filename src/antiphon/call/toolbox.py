"""The tools of one call: the agent's own, and those that act on the call itself, which its file has to name like any other."""

from collections.abc import Mapping

from antiphon.call import press
from antiphon.call.press import Pressing
from antiphon.core.agent import Agent
from antiphon.core.keys import PRESS_KEYS
from antiphon.core.proposal import Json
from antiphon.ports.tool import Toolbox, ToolCaller, ToolDeclaration, ToolResult


def call_tools(agent: Agent) -> tuple[ToolDeclaration, ...]:
    """Of the tools that act on a call, those that `agent` may use."""
    return (press.DECLARATION,) if PRESS_KEYS in agent.tools else ()


class CallToolbox:
    """Implements `ports.tool.Toolbox` for one call of `agent`, whose other tools are in `toolbox`."""

    def __init__(self, agent: Agent, toolbox: Toolbox, pressing: Pressing) -> None:
        self._own = call_tools(agent)
        self._toolbox, self._pressing = toolbox, pressing

    def declarations(self) -> tuple[ToolDeclaration, ...]:
        """See the port."""
        return (*self._toolbox.declarations(), *self._own)

    async def call(self, tool: str, arguments: Mapping[str, Json], caller: ToolCaller, key: str) -> ToolResult:
        """See the port."""
        if any(each.name == tool for each in self._own):
            return await self._pressing.press(arguments, key)
        return await self._toolbox.call(tool, arguments, caller, key)
