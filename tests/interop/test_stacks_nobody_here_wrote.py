"""The rows of docs/reference/interop.md: what a call is made of, with every WebRTC stack that can be had."""

import asyncio
import json
from typing import TypeVar

import pytest

from antiphon.adapters.media.leg import MediaLeg
from antiphon.ports.leg import Close, Closed, Connected, Digit, Notify, SendDigits, TypedText
from tests.interop.desk import Desk, renegotiate, trickle, without_candidates
from tests.interop.peer import CALLER_HZ, NEAR_HZ, Peer, Stack
from tests.page.stage import StagedCall

pytestmark = [pytest.mark.realtime, pytest.mark.asyncio(loop_scope="module")]
WITHIN_S = 40
"""A call takes a second or two; a machine whose every core is busy has been seen to need ten."""
PROMPTLY_S = 2.5
"""Far less than ICE consent's 30 s (RFC 7675 5.1): a hang-up is said, not guessed."""
AGENT_HZ = 880
KEYS = "159*0#"
TRIES = 3
LONG_TEXT = "a long line " * 5_000
F = TypeVar("F")


def of(call: StagedCall, kind: type[F]) -> list[F]:
    """A call's facts of one kind."""
    return [fact for fact in call.facts if isinstance(fact, kind)]


async def talking(call: StagedCall, peer: Peer) -> None:
    """Wait until both sides say that they are connected."""
    await peer.connected()
    await call.until(lambda: of(call, Connected))


async def both_heard(call: StagedCall, peer: Peer) -> None:
    """Have both sides sing, and wait until both have heard the other."""
    call.play(1, 8, hz=AGENT_HZ)
    await peer.play()
    await peer.hears(AGENT_HZ)
    while abs(await call.pitch() - CALLER_HZ) > NEAR_HZ:
        pass


def ufrag(sdp: str) -> str:
    """The ICE user name of a description."""
    return sdp.partition("a=ice-ufrag:")[2].split()[0]


async def told(peer: Peer, message: str) -> None:
    """Wait for a message among those of the call."""
    while message != await peer.told():
        pass


async def test_connects_over_udp(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        reached = await peer.connected()
        assert 0 < reached.answered < reached.ice <= reached.connected
        await call.until(lambda: of(call, Connected))
        assert "udp" == await peer.pair()


async def test_a_tone_goes_each_way(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        await both_heard(call, peer)


async def test_messages_go_each_way(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        call.leg.order(Notify('{"type": "state"}'))  # waits for the channel
        await peer.send(json.dumps({"type": "text", "text": "grüß Gott"}))
        await call.until(lambda: of(call, TypedText))
        assert ["grüß Gott"] == [typed.text for typed in of(call, TypedText)]
        await told(peer, '{"type": "state"}')


async def test_a_message_of_60_kb_goes_each_way(desk: Desk, peer: Peer) -> None:
    """From the caller one that says nothing yet: a typed line is shorter. It is counted, and what comes behind it is heard."""
    message = json.dumps({"type": "of tomorrow", "text": LONG_TEXT})
    assert 60_000 < len(message) < 64 * 1024
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await peer.send(message)
        await peer.send('{"type": "text", "text": "behind it"}')
        await call.until(lambda: of(call, TypedText))
        assert ["behind it"] == [typed.text for typed in of(call, TypedText)]
        assert isinstance(call.leg, MediaLeg)
        assert 1 == call.leg.ignored
        call.leg.order(Notify(message))
        await told(peer, message)


async def test_candidates_come_later_by_the_signal_socket(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        offer = await peer.offer_early()
        assert "a=candidate:" not in offer
        answer, call = await desk.post(offer)
        await peer.accept(answer)
        async with desk.signalling(call) as socket:
            await trickle(socket, peer)
            await talking(call, peer)
        assert not of(call, Closed)


async def test_the_server_finds_the_caller_by_trickled_candidates_alone(desk: Desk, peer: Peer) -> None:
    """The answer tells the caller no address, so only the server can begin."""
    async with asyncio.timeout(WITHIN_S):
        answer, call = await desk.post(await peer.offer_early())
        await peer.accept(without_candidates(answer))
        async with desk.signalling(call) as socket:
            assert not of(call, Connected)
            await trickle(socket, peer)
            await talking(call, peer)


async def test_a_caller_who_tells_no_candidate_is_found(desk: Desk, peer: Peer) -> None:
    """Peer-reflexive (RFC 8445 7.3.1.3): the server learns the address from the first check."""
    async with asyncio.timeout(WITHIN_S):
        answer, call = await desk.post(without_candidates(await peer.offer()))
        await peer.accept(answer)
        await talking(call, peer)


async def test_the_server_hears_the_caller_hang_up(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        await peer.close()
        async with asyncio.timeout(PROMPTLY_S):
            await call.until(lambda: of(call, Closed))


async def test_the_caller_hears_the_server_hang_up(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        await peer.send('{"type": "text", "text": "hello"}')
        await call.until(lambda: of(call, TypedText))
        call.leg.order(Close("call ended"))
        async with asyncio.timeout(PROMPTLY_S):
            await peer.gone()


async def test_ice_restarts_on_the_running_call(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        first, call = await desk.post(await peer.offer())
        await peer.accept(first)
        await talking(call, peer)
        async with desk.signalling(call) as socket:
            second = await renegotiate(socket, await peer.offer_again("restart"))
            assert ufrag(first) != ufrag(second)
            await peer.accept(second)
        await both_heard(call, peer)
        assert not of(call, Closed)


async def test_the_caller_holds_and_takes_up_again(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        async with desk.signalling(call) as socket:
            held = await renegotiate(socket, await peer.offer_again("hold"))
            assert "a=inactive" in held
            await peer.accept(held)
            taken_up = await renegotiate(socket, await peer.offer_again("resume"))
            assert "a=inactive" not in taken_up
            await peer.accept(taken_up)
        await both_heard(call, peer)


async def test_a_lost_caller_comes_back_on_another_connection(desk: Desk, stack: Stack, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S), stack.peer() as another:
        call = await desk.call(peer)
        await talking(call, peer)
        await desk.come_back(call, another)
        await another.connected()
        await both_heard(call, another)
        assert not of(call, Closed)


async def test_keys_pressed_by_the_caller_arrive(desk: Desk, peer: Peer) -> None:
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        await peer.play()
        await peer.press(KEYS)
        await call.until(lambda: len(of(call, Digit)) >= len(KEYS))
        assert KEYS == "".join(pressed.digit for pressed in of(call, Digit))


async def test_keys_pressed_by_the_agent_arrive(desk: Desk, peer: Peer) -> None:
    """As events, or as tones where a stack knows or tells no events; pressed again if the far end's sound had a hole."""
    async with asyncio.timeout(WITHIN_S):
        call = await desk.call(peer)
        await talking(call, peer)
        call.play(1, 1, hz=AGENT_HZ)
        await peer.hears(AGENT_HZ)
        for _ in range(TRIES):
            await peer.listen()
            call.leg.order(SendDigits(KEYS))
            heard = await peer.keys(len(KEYS))
            if len(heard) >= len(KEYS):
                break
        assert KEYS == heard
