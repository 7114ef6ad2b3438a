"""`antiphon check [FOLDER …]`: say what does not fit in agent files before a caller finds out."""

import argparse
import sys
from pathlib import Path

from antiphon.config.server import read_settings
from antiphon.core.errors import ConfigError


def main(arguments: list[str]) -> int:
    """Exit code 0 when all are right, 1 otherwise."""
    parser = argparse.ArgumentParser("antiphon check", description="Check agent folders.")
    parser.add_argument("folders", nargs="*", type=Path, help="agent folders; all of yours if none is named")
    folders = parser.parse_args(arguments).folders
    from antiphon.agents import read_agent

    folders = folders or [path.parent for path in sorted(read_settings().agents.glob("*/agent.toml"))]
    wrong = 0
    for folder in folders:
        try:
            agent = read_agent(folder.resolve())
        except ConfigError as error:
            wrong += 1
            print(f"✗ {error}", file=sys.stderr)
        else:
            print(
                f"✓ {folder}: {agent.title}, {_count(len(agent.tasks), 'task')}, {_count(len(agent.knowledge), 'answer')}"
            )
    return 1 if wrong else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
