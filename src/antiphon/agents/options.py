"""The options of an agent's slots: written in its file, or listed by a reading tool."""

from collections.abc import Mapping
from typing import Any

from antiphon.core.agent import Agent, Options
from antiphon.core.errors import ConfigError
from antiphon.ports.tool import Toolbox, ToolCaller


async def load_options(agent: Agent, toolbox: Toolbox, tenant: str) -> Options:
    """All options now. Raises ConfigError when a tool that should list them does not."""
    options: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for slot in agent.slots.values():
        options[slot.name] = slot.options
        if slot.source is not None:
            result = await toolbox.call(slot.source.tool, {}, ToolCaller(tenant, "options"), f"options:{slot.name}")
            items = result.value.get(slot.source.items) if isinstance(result.value, dict) else None
            if not result.ok or not isinstance(items, list):
                raise ConfigError(
                    f"agent {agent.name}: {slot.source.tool} does not list the options of slot {slot.name}"
                )
            source = slot.source
            options[slot.name] = {
                str(_field(item, source.id)): _names(item, source.name, source.aliases) for item in items
            }
    return options


def _names(item: Any, name: str, aliases: str | None) -> tuple[str, ...]:
    extra = _field(item, aliases) if aliases else ()
    return (str(_field(item, name)), *(str(alias) for alias in extra or ()))


def _field(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else None
