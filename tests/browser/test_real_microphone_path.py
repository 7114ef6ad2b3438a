"""The real capture path: Chromium's own microphone, playing a file, through getUserMedia and the page as users get it."""

from pathlib import Path

import pytest

from antiphon.testing.server import server_process
from antiphon.testing.voices import Voices
from tests.browser.chromium_caller import chromium, wav_of

pytestmark = [pytest.mark.realtime, pytest.mark.spoken, pytest.mark.browser]

GREETING_S = 9
"""The greeting is over by then; the file begins when the page opens the microphone."""
SECOND = bytes(32_000)


async def test_a_question_into_the_browsers_microphone_is_heard_and_answered(warm_path: Path) -> None:
    question = Voices(warm_path / "voices").say("what are your opening hours", "rms")
    spoken = warm_path / "question.wav"
    spoken.write_bytes(wav_of(SECOND * GREETING_S + question + SECOND * 60))
    async with (
        server_process(warm_path) as server,
        chromium(f"--use-file-for-fake-audio-capture={spoken}%noloop") as browser,
    ):
        page = await browser.new_page()
        await page.goto(server.page)
        await page.wait_for_function("() => !document.querySelector('[data-testid=talk]').disabled")
        await page.click("[data-testid=talk]")
        heard = page.locator("[data-testid=turn-caller]").first
        await heard.wait_for(timeout=40_000)
        assert "hours" in (await heard.text_content() or "")
        answer = page.locator("[data-testid=turn-agent][data-cut=false]").nth(1)
        await answer.wait_for(timeout=20_000)
        assert "nine" in (await answer.text_content() or "").lower()
