"""Keys towards the far end of a call, ordered by the agent. They may be somebody's card number: no log, no error repeats them."""

import asyncio
from collections.abc import Mapping

from antiphon.core.keys import LONGEST_MS, MOST_KEYS, PRESS_KEYS, trouble_with
from antiphon.core.proposal import Json
from antiphon.ports.leg import Leg, SendDigits
from antiphon.ports.tool import Effect, ToolDeclaration, ToolResult

TIMEOUT_MS = LONGEST_MS + 5_000
"""Keys wait while the far end cannot hear; after this nobody waits with them."""
DECLARATION = ToolDeclaration(
    PRESS_KEYS,
    "Press telephone keys towards whoever is on the line: to choose from an automated menu, to give it a number, to dial an "
    "extension. Call it when a menu asks for keys. Not for a person, to whom numbers are said; and not before a menu has said "
    "what its keys mean. When they are pressed, answer with nothing to let the menu go on.",
    {
        "type": "object",
        "properties": {
            "keys": {
                "type": "string",
                "minLength": 1,
                "maxLength": MOST_KEYS,
                "pattern": "^[0-9*#A-Da-dWw,]+$",
                "description": "0-9, *, #, A-D in order; w waits half a second, a comma two seconds",
            }
        },
        "required": ["keys"],
        "additionalProperties": False,
    },
    Effect.SIGNALS,
    TIMEOUT_MS,
)


class Pressing:
    """Presses keys on a call's leg, one order after another. `sent` and `gone` are told by whoever hears the leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._one_at_a_time = asyncio.Lock()
        self._results: dict[str, ToolResult] = {}
        self._answer: asyncio.Future[bool] | None = None
        self._gone = False

    async def press(self, arguments: Mapping[str, Json], key: str) -> ToolResult:
        """Order keys and wait until the last has been pressed; the same `key` presses once. What cannot be is a result too."""
        async with self._one_at_a_time:
            if key not in self._results:
                self._results[key] = await self._press(arguments)
            return self._results[key]

    async def _press(self, arguments: Mapping[str, Json]) -> ToolResult:
        keys = arguments.get("keys")
        if not isinstance(keys, str) or set(arguments) != {"keys"}:
            return _refused("bad_argument", "keys: a text, and nothing else, is wanted")
        if trouble := trouble_with(keys):
            return _refused("bad_argument", f"keys: {trouble}")
        if not self._leg.profile.audio:
            return _refused("no_sound", "this call is in writing: no keys can be heard in it")
        if self._gone:
            return _refused("gone", "the far end has left")
        self._answer = asyncio.get_running_loop().create_future()
        self._leg.order(SendDigits(keys))
        try:
            async with asyncio.timeout(TIMEOUT_MS / 1_000):
                all_pressed = await self._answer
        except TimeoutError:
            return _refused("unknown", "the far end cannot be reached; what it has heard is not known")
        if not all_pressed:
            return _refused("unknown", "the far end left meanwhile; what it has heard is not known")
        return ToolResult(True, {"pressed": len(keys)})

    def sent(self) -> None:
        """The leg has pressed what it was ordered."""
        self._settle(all_pressed=True)

    def gone(self) -> None:
        """The leg is closed."""
        self._gone = True
        self._settle(all_pressed=False)

    def _settle(self, *, all_pressed: bool) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(all_pressed)


def _refused(code: str, detail: str) -> ToolResult:
    return ToolResult(False, {"code": code, "say": "", "retryable": False, "detail": detail})
