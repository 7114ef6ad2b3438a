"""The house that the peers call: the real gateway and media core over HTTP and WebSocket, with the test as its agent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.gateway.doubles import KEY
from tests.interop.peer import Peer
from tests.page.stage import Stage, StagedCall, open_stage

BEARER = {"Authorization": f"Bearer {KEY}"}


class Desk:
    """Takes offers to the server and brings the answers back, as a page's script would."""

    def __init__(self, stage: Stage, base: str, client: httpx2.AsyncClient) -> None:
        self._stage, self._base, self._client = stage, base, client
        self._tokens: dict[StagedCall, dict[str, str]] = {}

    async def call(self, peer: Peer) -> StagedCall:
        """A whole offer, a whole answer."""
        answer, call = await self.post(await peer.offer())
        await peer.accept(answer)
        return call

    async def post(self, offer: str) -> tuple[str, StagedCall]:
        """The SDP answer, and the call as the server's side sees it."""
        answer = await self._post(sdp=offer)
        call = self._stage.calls[answer["call_id"]]
        self._tokens[call] = answer
        return answer["sdp"], call

    async def come_back(self, call: StagedCall, peer: Peer) -> None:
        """The call's caller has lost its connection, and comes back on another peer's."""
        known = self._tokens[call]
        answer = await self._post(sdp=await peer.offer(), call_id=known["call_id"], resume=known["resume"])
        await peer.accept(answer["sdp"])

    async def _post(self, **body: str) -> dict[str, str]:
        answered = await self._client.post(f"{self._base}/api/voice/offer", json={"type": "offer", **body})
        assert 200 == answered.status_code, answered.text
        return dict(answered.json())

    @asynccontextmanager
    async def signalling(self, call: StagedCall) -> AsyncIterator[ClientConnection]:
        """The socket that candidates travel on."""
        address = f"{self._base.replace('http', 'ws', 1)}/api/voice/signal?call_id={self._tokens[call]['call_id']}"
        async with connect(address, additional_headers=BEARER) as socket:
            yield socket


async def renegotiate(socket: ClientConnection, offer: str) -> str:
    """The answer to another offer."""
    await socket.send(json.dumps({"type": "offer", "sdp": offer}))
    while (said := json.loads(await socket.recv()))["type"] != "answer":
        pass
    return str(said["sdp"])


async def trickle(socket: ClientConnection, peer: Peer) -> None:
    """Send the peer's candidates, and that there are no more."""
    for line in await peer.candidates():
        candidate = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}
        await socket.send(json.dumps({"type": "ice-candidate", "candidate": candidate}))
    await socket.send(json.dumps({"type": "ice-candidate", "candidate": None}))


def without_candidates(sdp: str) -> str:
    """An SDP that says nothing of where its author is."""
    lines = sdp.splitlines(keepends=True)
    left = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    return "".join(left)


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    """A house on free ports."""
    async with open_stage() as (stage, base), httpx2.AsyncClient(headers=BEARER, trust_env=False) as client:
        yield Desk(stage, base, client)
