"""Signalling. Made from protocol/signal.schema.json by tools/generate_protocol.py; change it there."""

from typing import Literal, NotRequired, TypedDict


class Candidate(TypedDict):
    """An RTCIceCandidateInit. With one bundled transport the m-line adds nothing."""

    # `candidate:…` without `a=`.
    candidate: str
    sdpMid: NotRequired[str | None]
    sdpMLineIndex: NotRequired[int | None]
    usernameFragment: NotRequired[str | None]


class Trickle(TypedDict):
    """One candidate, or null when there are no more."""

    type: Literal["ice-candidate"]
    candidate: Candidate | None


class Reoffer(TypedDict):
    """Another offer of the peer connection that the call has: new ICE credentials restart ICE, a direction of
    `inactive` or `recvonly` puts the agent on hold.
    """

    type: Literal["offer"]
    sdp: str


class Reanswer(TypedDict):
    """The server's answer to it."""

    type: Literal["answer"]
    sdp: str
