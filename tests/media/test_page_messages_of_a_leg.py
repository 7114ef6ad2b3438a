"""What a page says to its leg: what is fit to be kept and computed with becomes a fact, anything else is counted."""

import json
from typing import Any

import pytest

from antiphon.ports.leg import ClientPlayout, LegFact, TypedText
from antiphon.wiring.media import open_media


class Far:
    """A far end that listens to nothing."""

    def packet(self, payload: bytes) -> None: ...

    def message(self, text: str) -> None: ...

    def mark(self, reply: int, position_ms: int) -> None: ...

    def clear(self, reply: int) -> None: ...

    def closed(self, reason: str) -> None: ...


class Said:
    """A sink that keeps what the page said."""

    def __init__(self) -> None:
        self.facts: list[LegFact] = []

    def audio(self, at_ms: int, pcm: memoryview) -> None: ...

    def fact(self, fact: LegFact) -> None:
        if isinstance(fact, ClientPlayout | TypedText):
            self.facts.append(fact)


async def facts_of(message: Any) -> list[LegFact]:
    said = Said()
    async with open_media() as doors:
        leg = doors.streams.open("pcm16", "test", Far())
        leg.attach(said)
        leg.message(json.dumps(message))
        leg.lost("the test is over")
    return said.facts


@pytest.mark.parametrize(
    "message", [{"type": "text", "text": "at three"}, {"type": "playout", "reply": 1, "position_ms": 9}]
)
async def test_what_the_page_says_becomes_a_fact(message: Any) -> None:
    assert 1 == len(await facts_of(message))


@pytest.mark.parametrize("number", [True, -1, 2**32, 10**30, 1.5, "1", None])
async def test_a_position_no_core_could_count_to_is_passed_over(number: Any) -> None:
    assert [] == await facts_of({"type": "playout", "reply": 1, "position_ms": number})
    assert [] == await facts_of({"type": "playout", "reply": number, "position_ms": 1})


async def test_a_line_is_as_long_as_the_protocol_has_it() -> None:
    assert 1 == len(await facts_of({"type": "text", "text": "x" * 2_000}))
    assert [] == await facts_of({"type": "text", "text": "x" * 2_001})


async def test_half_a_character_is_no_text() -> None:
    assert [] == await facts_of({"type": "text", "text": "at \ud83d"})
