"""Quality on the record: real calls through our own dialler, over a path that loses a known share of the packets."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from antiphon.core.events import QualityMeasured
from antiphon.core.journal import decode
from antiphon.testing.server import ServerProcess, server_process
from antiphon.testing.voices import Voices
from antiphon.wiring.media import open_line
from tests.calls.lossy_path import LossyPath, lossy_path

pytestmark = pytest.mark.realtime

UNTOLD = 60
"""Packets of the last second, which may be lost after the last word on it."""


async def have_call(server: ServerProcess, path: LossyPath, sentence: bytes) -> dict[str, Any]:
    """Ask something, hear the answer out, hang up; the record."""
    async with open_line() as line, httpx2.AsyncClient(base_url=server.base, headers=server.bearer) as client:
        call = await path.dial(line, server, "salon")
        await call.until(lambda: any(message["type"] == "heard" for message in call.messages), within_s=30)
        await call.say_all(sentence)
        await call.until(lambda: sum(message["type"] == "heard" for message in call.messages) > 1, within_s=30)
        call.send({"type": "hangup"})
        async with asyncio.timeout(10):
            while not (record := (await client.get(f"/api/calls/{call.call_id}")).json())["ended"]:
                await call.until(lambda: call.closed)
        journal = (await client.get(f"/api/calls/{call.call_id}/journal")).text.splitlines()
        record["told"] = [line for line in map(decode, journal) if isinstance(line.item, QualityMeasured)]
        return dict(record)


async def test_a_lossy_call_has_a_lower_score_and_its_loss_on_the_record(warm_path: Path) -> None:
    sentence = Voices(warm_path / "voices").say("what are your opening hours on saturday", "rms")
    async with server_process(warm_path) as server, lossy_path(0.0) as whole, lossy_path(0.1) as lossy:
        clean, bad = await asyncio.gather(have_call(server, whole, sentence), have_call(server, lossy, sentence))
        async with httpx2.AsyncClient(headers=server.bearer) as client:
            metrics = (await client.get(f"{server.base}/metrics")).text
    for speaker in ("caller", "agent"):
        assert 0 == whole.dropped[speaker]
        assert lossy.dropped[speaker] > 10, "the loss must have happened"
        good, worse = clean["quality"][speaker], bad["quality"][speaker]
        assert (0, 0.0) == (good["lost"], good["loss_percent"])
        assert good["mos"] > 4.2
        assert worse["worst_mos"] <= worse["mos"] < 3.5
        assert lossy.dropped[speaker] - UNTOLD * 0.3 <= worse["lost"] <= lossy.dropped[speaker]
        share = 100 * lossy.dropped[speaker] / (lossy.dropped[speaker] + lossy.passed[speaker])
        assert share == pytest.approx(worse["loss_percent"], abs=2)
        assert 0 <= good["rtt_ms"] < 60
        assert f'antiphon_voice_packets_lost_total{{speaker="{speaker}"}} {worse["lost"]}' in metrics
    assert bad["quality"]["caller"]["concealed_ms"] > 0
    assert bad["quality"]["agent"]["mode_changes"] > 0, "the agent's encoder was changed for one that bears loss"
    assert clean["quality"]["agent"]["mode_changes"] == 0
    assert len(clean["told"]) <= 4, "a clean call is told of twice, for each voice"
