"""Chromium and Firefox, headless, with the same page script in both."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.browser.chromium_caller import chromium
from tests.interop.bidi import BiDi
from tests.interop.peer import CALLER_HZ, UnobtainableError
from tests.interop.remote_peer import RemotePeer

SCRIPT = Path(__file__).with_name("browser_peer.js").read_text(encoding="utf-8")
Evaluate = Callable[[str], Awaitable[Any]]
PREFERENCES = {
    "media.navigator.streams.fake": True,  # the microphone is make-believe …
    "media.navigator.permission.disabled": True,  # … and nobody is asked whether it may be used
    "media.navigator.audio.fake_frequency": CALLER_HZ,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,  # mDNS needs a responder on the network
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",  # no lists from outside
}
START_S = 40.0
"""The longest start of a browser: 2 s on two quiet cores, and its first on a busy machine reads 200 MB from the disk."""


class BrowserPeer(RemotePeer):
    """A peer in a page, which may offer its call to the server by itself."""

    async def dial(self, path: str, headers: dict[str, str], agent: str) -> str:
        """Call the server that the page is from; which call that is."""
        return str(await self._ask("dial", path, headers, agent))


class BrowserStack:
    """Implements Stack over a page. `evaluate` gives the value of an expression in it; `microphone` sings if the page cannot."""

    def __init__(self, version: str, evaluate: Evaluate, *, microphone: bool) -> None:
        self.version = version
        self.evaluate = evaluate
        self._open = f"openPeer({CALLER_HZ}, {json.dumps(microphone)})"

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[BrowserPeer]:
        number = await self.evaluate(self._open)

        async def ask(method: str, *args: Any) -> Any:
            return json.loads(await self.evaluate(f"ask({number}, {json.dumps(method)}, {json.dumps(args)})"))

        peer = BrowserPeer(ask)
        try:
            yield peer
        finally:
            await peer.close()


@asynccontextmanager
async def open_chromium(address: str = "about:blank") -> AsyncIterator[BrowserStack]:
    """Debian's Chromium, by Playwright, with its page from `address`."""
    executable = os.environ.get("ANTIPHON_CHROMIUM", "/usr/bin/chromium")
    if not shutil.which(executable):
        raise UnobtainableError("Chromium is not installed (apt-get install chromium)")
    async with chromium(executable=executable) as browser:
        page = await browser.new_page()
        await page.goto(address)
        await page.evaluate(f"() => {{ {SCRIPT} }}")
        yield BrowserStack(f"Chromium {browser.version}", page.evaluate, microphone=False)


@asynccontextmanager
async def open_firefox() -> AsyncIterator[BrowserStack]:
    """Debian's Firefox ESR, by WebDriver BiDi."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    if executable is None:
        raise UnobtainableError("Firefox is not installed (apt-get install firefox-esr)")
    with TemporaryDirectory() as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (Path(profile) / "user.js").write_text("".join(lines))
        page = Path(profile) / "page.html"  # pages from the disk may use the microphone
        page.write_text("<!doctype html><title>peer</title>")
        command = [executable, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with BiDi.session(await _address(process)) as bidi:
                await bidi.go(page.as_uri())
                await bidi.evaluate(f"{{ {SCRIPT} }}")
                yield BrowserStack(f"Firefox {bidi.browser['browserVersion']}", bidi.evaluate, microphone=True)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(START_S):
        async for line in process.stderr:
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
                return found[1].decode()
    raise AssertionError("Firefox ended before it listened")
