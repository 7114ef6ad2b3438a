"""Pipecat's SmallWebRTC transport as its examples use it: one pipeline a call, input, a processor that counts, output.

The agent's voice is queued in pieces as a speech service delivers them. Turn tracking and the RTVI protocol are off and nothing
recognises, thinks or speaks: this is the transport and the pipeline alone. Its
own track fills pauses with silence.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from loguru import logger
from pipecat.frames.frames import Frame, InputAudioRawFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

from benchmarks.load.cycle import AHEAD_S, CHUNK_S, Shape, agent_talks, agent_voice, pieces_of
from benchmarks.load.desk import Answer, Counts

IN_HZ, OUT_HZ = 16_000, 24_000


class Listener(FrameProcessor):  # type: ignore[misc]
    """Counts the caller's audio and passes everything else on."""

    def __init__(self, heard: dict[str, int]) -> None:
        super().__init__()
        self._heard = heard

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self._heard["samples"] += len(frame.audio) // 2
        else:
            await self.push_frame(frame, direction)


async def open_desk(shape: Shape, folder: Path, stack: AsyncExitStack) -> tuple[Answer, Counts]:
    """No options."""
    logger.remove()
    pieces = pieces_of(agent_voice(OUT_HZ, folder), OUT_HZ, CHUNK_S)
    heard = {"samples": 0}
    tasks = await stack.enter_async_context(asyncio.TaskGroup())
    runner = WorkerRunner(handle_sigint=False)
    tasks.create_task(runner.run(auto_end=False), name="pipecat")
    connections: list[SmallWebRTCConnection] = []

    async def keep_talking(worker: PipelineWorker, call: int) -> None:
        loop = asyncio.get_running_loop()
        number, fed_until = call * 3, 0.0
        while True:
            now = loop.time()
            if agent_talks(shape, now, call):
                fed_until = max(fed_until, now)
                while fed_until < now + AHEAD_S:
                    await worker.queue_frame(TTSAudioRawFrame(pieces[number % len(pieces)], OUT_HZ, 1))
                    number, fed_until = number + 1, fed_until + CHUNK_S
            await asyncio.sleep(CHUNK_S)

    async def answer(sdp: str) -> str:
        connection = SmallWebRTCConnection()
        connections.append(connection)
        await connection.initialize(sdp=sdp, type="offer")
        params = TransportParams(
            audio_in_enabled=True, audio_out_enabled=True, audio_in_sample_rate=IN_HZ, audio_out_sample_rate=OUT_HZ
        )
        transport = SmallWebRTCTransport(connection, params)
        pipeline = Pipeline([transport.input(), Listener(heard), transport.output()])
        worker = PipelineWorker(pipeline, enable_turn_tracking=False, enable_rtvi=False, idle_timeout_secs=None)
        await runner.add_workers(worker)
        tasks.create_task(keep_talking(worker, len(connections)), name="talk")
        answered = connection.get_answer()
        return str(answered["sdp"])

    return answer, lambda: dict(heard)
