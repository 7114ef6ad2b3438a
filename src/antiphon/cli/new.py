"""`antiphon new NAME`: a folder with an agent of your own that answers at once."""

import argparse
import re
import sys
from importlib.resources import files

from antiphon.config.server import read_settings

NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def main(arguments: list[str]) -> int:
    """Make the folder; exit code 2 for a name that cannot be one or is taken."""
    parser = argparse.ArgumentParser("antiphon new", description="Make an agent folder that the demo page lists.")
    parser.add_argument("name", help="lower-case letters, digits, - and _; it names the folder and the agent")
    name = parser.parse_args(arguments).name
    if not NAME.fullmatch(name):
        print(f"antiphon: {name!r} cannot be a name; use lower-case letters, digits, - and _.", file=sys.stderr)
        return 2
    folder = read_settings().agents / name
    if folder.exists():
        print(f"antiphon: {folder} is there already; choose another name or edit it.", file=sys.stderr)
        return 2
    folder.mkdir(parents=True)
    starter = files("antiphon.agents").joinpath("starter", "agent.toml").read_text(encoding="utf-8")
    (folder / "agent.toml").write_text(starter, encoding="utf-8")
    print(f"{folder}/agent.toml is your agent. Edit it and call: an edit applies to the next call.")
    return 0
