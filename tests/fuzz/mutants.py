"""Messages that are almost what somebody sends: JSON with wrong values, missing parts and broken text. Seeded, so that a failure
comes again."""

import json
import math
import os
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

SECONDS = float(os.environ.get("ANTIPHON_FUZZ_SECONDS", "1"))
"""What each target may take; `make test` and `make fuzz` say more."""
LIMIT_S = SECONDS + 60
"""One case offers many inputs, and at the lowest priority beside the tests may have a thirtieth of a CPU."""
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.5, -0.0, 1e308, math.inf, math.nan, 2**31, 2**32, 2**63, 2**64, 10**400),
    *("", " ", "0", "-1", "1e9", "9" * 50, "é" * 200, "\0", "\ud800", "\U0001f600", "//79/Pz8", "=", "AAA", "stop"),
    *([], [0], {}, {"": None}),
)
TOKENS = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-0",
    '"\\ud800"',
    "9" * 5000,
    "[" * 3000,
    '{"a":' * 3000,
    "\ufeff",
    "\0",
)
"""What JSON parsers disagree about."""


class Mutants:
    """Makes variations of `seeds` by one dice."""

    def __init__(self, seeds: tuple[Any, ...], seed: int) -> None:
        self._seeds, self.dice = seeds, random.Random(seed)

    def text(self) -> str:
        """A message as it comes over a socket."""
        dice = self.dice
        message = json.loads(json.dumps(dice.choice(self._seeds)))
        for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
            message = self._changed(message)
        text = json.dumps(message, ensure_ascii=dice.random() < 0.5)
        for _ in range(dice.choice((0, 0, 0, 1, 3))):
            at, to = sorted((dice.randrange(len(text) + 1), dice.randrange(len(text) + 1)))
            middle = dice.choice((dice.choice(TOKENS), text[at:to] * 2, "", chr(dice.randrange(0x250))))
            text = text[:at] + middle + text[min(to, at + 40) :]
        return text

    def _changed(self, node: Any) -> Any:
        dice = self.dice
        if dice.random() < 0.2 or not isinstance(node, dict | list) or not node:
            return dice.choice(ODD)
        if isinstance(node, list):
            at = dice.randrange(len(node))
            return [*node[:at], self._changed(node[at]), *node[at + 1 :]]
        key = dice.choice(list(node))
        rest = {other: value for other, value in node.items() if other != key}
        change = dice.randrange(6)
        if change == 0:
            return rest
        if change == 1:
            return rest | {str(dice.choice(ODD)): node[key]}
        return rest | {key: self._changed(node[key])}


async def fuzz(target: str, seeds: tuple[Any, ...], case: Callable[[Mutants], Awaitable[int]]) -> str:
    """Run `case` with fresh dice until the time is over; it returns how many inputs it tried and raises for a find. The figures."""
    only = os.environ.get("ANTIPHON_FUZZ_SEED")
    seed = int(only) if only else time.time_ns() % 2**32
    began = time.monotonic()
    tried = 0
    while tried == 0 or (only is None and time.monotonic() - began < SECONDS):
        try:
            tried += await case(Mutants(seeds, seed))
        except BaseException as error:
            error.add_note(f"again: ANTIPHON_FUZZ_SEED={seed} python -m pytest tests/fuzz -k {target}")
            raise
        seed += 1
    seconds = time.monotonic() - began
    return f"fuzz {target}: {tried} inputs in {seconds:.1f} s, {tried / seconds:.0f} a second, nothing found"
