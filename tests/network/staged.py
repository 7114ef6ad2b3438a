"""A staged call through the lab: the gateway in the server's network, the page in the client's, a hum one way, a tone the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import numpy as np

from tests.media.ear import Ear
from tests.network.lab import SERVER, Lab
from tests.network.page_ear import PageEar, trusting
from tests.page.stage import Stage, StagedCall, open_stage
from tests.page.visitor import Visitor, chromium, visit

LOUD_RMS = 300
"""Of 32768: the hum has 23,000; what is concealed over a gap has faded by then."""


@dataclass
class StagedLab:
    """A live call: the visitor's page and what it hears, the call on the stage and what arrives there."""

    stage: Stage
    visitor: Visitor
    call: StagedCall
    heard_by_page: PageEar
    heard_by_server: Ear

    async def server_hears_after(self, at_ms: float) -> float:
        """When the hum first arrived after that time; waits for it."""
        await self.heard_by_server.until(lambda: self._hum_after(at_ms) is not None)
        found = self._hum_after(at_ms)
        assert found is not None
        return found

    def _hum_after(self, at_ms: float) -> float | None:
        frames = self.heard_by_server.frames
        return next((at for at, pcm in frames if at > at_ms and rms(pcm) > LOUD_RMS), None)


@asynccontextmanager
async def staged_call(lab: Lab) -> AsyncIterator[StagedLab]:
    """A page that has called, with media flowing."""
    async with AsyncExitStack() as open_here:
        with lab.server.inside():
            stage, base = await open_here.enter_async_context(open_stage(host=SERVER))
        with lab.client.inside():
            browser = await open_here.enter_async_context(chromium(trusting(base)))
        visitor = await open_here.enter_async_context(visit(browser, base))
        await visitor.call()
        call = await stage.call()
        ear = Ear()
        call.leg.attach(ear)
        yield StagedLab(stage, visitor, call, await PageEar.open(visitor.page), ear)


def rms(pcm: bytes) -> float:
    """Of 16-bit samples."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
