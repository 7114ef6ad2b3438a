"""An agent that chooses from a menu on the other side: what a caller wants is the key for it."""

from pathlib import Path

SWITCHBOARD = """
[agent]
title = "The Switchboard"

[[specialists]]
name = "desk"
purpose = "Chooses from the menu of a switchboard."
tools = ["press_keys"]

[slots.name]
type = "name"
ask = "What is your name, please?"

[slots.phone]
type = "phone"
ask = "What is your phone number?"

[slots.department]
type = "choice"
ask = "Sales or service?"
options = { 1 = ["sales"], 2 = ["service"] }

[tasks.reach]
specialist = "desk"
phrases = ["put me through", "connect me"]
slots = ["department"]
confirm = "I choose {department} from the menu. Is that right?"
done = "I have pressed the keys."

[tasks.reach.commit]
tool = "press_keys"
arguments = { keys = "w{department}159*0#" }

[tasks.message]
specialist = "desk"
phrases = ["leave a message"]
slots = ["name", "phone"]
confirm = "{name} at {phone}?"
done = "Thank you."
outcome = "callback"
commit = { tool = "take_message", arguments = { name = "{name}", callback_number = "{phone}" } }

[texts]
greeting = "Hello."
"""


def switchboard_in(shelf: Path, text: str = SWITCHBOARD) -> Path:
    """The agent's folder, under a folder of agents."""
    folder = shelf / "switchboard"
    folder.mkdir(parents=True)
    (folder / "agent.toml").write_text(text)
    return folder
