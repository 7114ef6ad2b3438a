"""Keys that an agent presses: which there are, how many at once, and how long they take."""

from collections.abc import Mapping

PRESS_KEYS = "press_keys"
"""The tool by which an agent orders them; an agent file names it, or the agent has it not."""
KEYS = frozenset("0123456789*#ABCDabcd")
KEY_MS = 180
"""A key and the gap behind it, as the media core presses them (crates/media/src/keypad.rs)."""
PAUSES_MS: Mapping[str, int] = {",": 2_000, "w": 500, "W": 500}
"""As in a browser's `insertDTMF` (W3C WebRTC 7.2) and in Twilio's `sendDigits`."""
MOST_KEYS = 32
"""Keys and pauses at once: a card's number with its date and code are 23, and some hash keys go with them."""
LONGEST_MS = 20_000
"""Below the 30 s that a conversation gives a tool; a menu that wants longer pauses is listened to instead."""


def trouble_with(keys: str) -> str | None:
    """What is wrong with keys that somebody wants pressed; None if nothing is. Does not repeat them: they may be a card's."""
    if not KEYS.intersection(keys):
        return "there is no key in it"
    if not KEYS.union(PAUSES_MS).issuperset(keys):
        return "only 0-9, *, #, A-D and the pauses w (half a second) and , (two seconds) can be pressed"
    if len(keys) > MOST_KEYS:
        return f"at most {MOST_KEYS} keys and pauses can be pressed at once"
    if sum(PAUSES_MS.get(key, KEY_MS) for key in keys) > LONGEST_MS:
        return f"keys with their pauses may take {LONGEST_MS // 1_000} seconds at most"
    return None
