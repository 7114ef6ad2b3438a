"""HTTP bodies. Made from protocol/http.schema.json by tools/generate_protocol.py; change it there."""

from typing import Literal, NotRequired, TypedDict

from antiphon.wire.call_record import Outcome


class SessionExchange(TypedDict):
    """Body of POST /api/session: the one-time key from the printed address's fragment. Answered by 204 and a
    same-origin cookie.
    """

    # Works once.
    key: str


class AgentSummary(TypedDict):
    """An agent that can be called."""

    # What an offer names.
    name: str
    # What people read.
    title: str
    description: str
    # BCP 47.
    language: str
    # Things a caller may say.
    examples: list[str]
    # Why the agent's edited file is not in use yet; null when all is well.
    problem: str | None


class AgentList(TypedDict):
    """Answer of GET /api/agents, the tenant's first agent first."""

    agents: list[AgentSummary]


class VoiceOffer(TypedDict):
    """Body of POST /api/voice/offer: a new call, or, with `call_id` and `resume`, an offer of a caller who comes
    back to one whose connection is lost: an ICE restart of the same peer connection, or a new one that takes
    its place.
    """

    # An SDP offer with an audio m-line; at most 64 KiB.
    sdp: str
    type: Literal["offer"]
    # The tenant's first agent when absent.
    agent: NotRequired[str | None]
    # The call to come back to.
    call_id: NotRequired[str | None]
    # The token of the last answer. It opens once; the same offer with it is answered again the same.
    resume: NotRequired[str | None]


class IceServer(TypedDict):
    """An entry of a peer connection's `iceServers`; the credentials are the call's own, and good for an hour."""

    urls: list[str]
    username: str
    credential: str


class VoiceAnswer(TypedDict):
    """Answer of POST /api/voice/offer: the call has begun, or goes on."""

    sdp: str
    type: Literal["answer"]
    # Names the call in every other route.
    call_id: str
    # What a lost caller comes back with, once; null where the server cannot take callers back.
    resume: str | None
    # Relays for a client whose packets find no other way; empty where the server has none.
    iceServers: list[IceServer]


class CallSummary(TypedDict):
    """A line of the list of calls."""

    call: str
    agent: str
    # webrtc, text, …
    channel: str
    started: str
    # Null while the call runs.
    ended: str | None
    outcome: Outcome | None
    reference: str | None


class CallList(TypedDict):
    """Answer of GET /api/calls, newest first."""

    calls: list[CallSummary]
    # Ids of the calls in progress.
    running: list[str]


class Fault(TypedDict):
    """What went wrong, for a program (`code`) and for a person (`message`)."""

    # unauthorized, not_found, bad_request, busy, too_large, method_not_allowed, wrong_host, failed, …
    code: str
    # Says what to do.
    message: str
    # Where to read more.
    hint: NotRequired[str]


class ErrorEnvelope(TypedDict):
    """Body of every answer that is not a success."""

    error: Fault
