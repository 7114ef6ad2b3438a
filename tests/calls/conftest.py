"""A house for calls in this process: real storage, real engines, a real agent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.config.server import ServerSettings, read_settings
from antiphon.wiring.house import House, open_house

KEY = "a-key-for-this-test-run"


def settings_in(folder: Path) -> ServerSettings:
    return read_settings(
        {
            "ANTIPHON_HTTP": "127.0.0.1:0",
            "ANTIPHON_UDP": "127.0.0.1:0",
            "ANTIPHON_DATA": str(folder / "data"),
            "ANTIPHON_AGENTS": str(folder / "agents"),
            "ANTIPHON_KEY": KEY,
        }
    )


@pytest.fixture
async def house(warm_path: Path) -> AsyncIterator[House]:
    async with open_house(settings_in(warm_path), "demo") as opened:
        yield opened
