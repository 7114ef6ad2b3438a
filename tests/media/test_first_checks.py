"""A far end's first check comes as soon as it has our answer. Passed over, it is sent again after 50 to 500 ms, by who sent it."""

import socket
from threading import Event, Thread

from antiphon import _media  # noqa: TID251  # its own test
from antiphon.adapters.media import open_core

CALLS = 60


def test_no_first_check_is_passed_over_however_soon_it_comes() -> None:
    """Others' datagrams keep the socket ready, so that checks and their legs come in the same turns."""
    server, callers = open_core("127.0.0.1:0", []), open_core("127.0.0.1:0", [])
    others, enough, sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), Event(), [0]

    def shower() -> None:
        while not enough.wait(0.0002):
            others.sendto(b"\x80nobody", ("127.0.0.1", server.port))
            sent[0] += 1

    thread = Thread(target=shower)
    thread.start()
    try:
        for _ in range(CALLS):
            leg, offer = callers.offer()
            _, answer = server.answer(offer)
            callers.accept_answer(leg, answer)
            connected(callers, leg)
    finally:
        enough.set()
        thread.join()
        others.close()
    counts = server.stats()
    assert counts is not None
    assert sent[0] > CALLS, "the shower must have fallen"
    assert counts["strangers"] <= sent[0], f"{counts['strangers']} of {sent[0]}: what is nobody's is the shower's alone"
    server.shutdown()
    callers.shutdown()


def connected(core: _media.Core, leg: int) -> None:
    """Wait until a leg is."""
    while not any(fact[:2] == (_media.CONNECTED, leg) for fact in core.drain().facts):
        pass
