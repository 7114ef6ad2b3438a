"""An agent file that lets its agent press keys, and one that says it wrongly."""

from pathlib import Path

import pytest

from antiphon.agents import read_agent
from antiphon.core.errors import ConfigError
from antiphon.core.keys import PRESS_KEYS
from tests.calls.switchboard import SWITCHBOARD, switchboard_in


def test_a_file_names_the_tool_for_a_role_and_uses_it_in_a_task(tmp_path: Path) -> None:
    agent = read_agent(switchboard_in(tmp_path))
    assert PRESS_KEYS in agent.specialist("desk").tools
    assert PRESS_KEYS == agent.tasks["reach"].commit.tool


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('tools = ["press_keys"]', "tools = []", "uses tool 'press_keys', which specialist 'desk' may not use"),
        ('keys = "w{department}', 'keys = "{department} then ', "cannot press its keys: only 0-9"),
        ('keys = "w', 'digits = "w', "press_keys takes one argument, keys"),
        ('keys = "w', 'keys = "' + "1" * 30, "at most 32 keys"),
        ('keys = "w{department}', 'keys = "{depatment}', "{depatment} is neither a slot of the task"),
    ],
)
def test_what_cannot_work_is_said_before_anybody_calls(tmp_path: Path, written: str, instead: str, told: str) -> None:
    assert written in SWITCHBOARD
    with pytest.raises(ConfigError) as refused:
        read_agent(switchboard_in(tmp_path, SWITCHBOARD.replace(written, instead)))
    assert told in str(refused.value)
    assert "159*0#" not in str(refused.value), "the server logs this"
