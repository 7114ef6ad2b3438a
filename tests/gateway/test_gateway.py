"""The HTTP face: who may ask, what is refused and how clearly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from antiphon.core.errors import Busy
from antiphon.gateway.app import create_app
from antiphon.gateway.metrics import exposition
from antiphon.gateway.parts import GatewayParts
from antiphon.ports.door import Signal
from antiphon.ports.relay import Relays
from antiphon.ports.stream import FarEnd, StreamFormat, StreamLeg
from tests.gateway.doubles import KEY, OneDesk, OneDoor, OneKey, OneShelf

BEARER = {"Authorization": f"Bearer {KEY}"}
PRIVATE = [
    "/api/agents",
    "/api/calls",
    "/api/calls/call_9",
    "/api/calls/call_9/journal",
    "/docs",
    "/openapi.json",
    "/metrics",
]


class NoAgents:
    """An empty catalogue: these tests are not about agents."""

    async def agents(self, tenant: str) -> tuple[()]:
        return ()


class NoStreams:
    """A door for streams that is shut, and knows who has knocked."""

    def __init__(self) -> None:
        self.echoes: list[bool] = []

    def open(
        self,
        format: StreamFormat,  # noqa: A002
        channel: str,
        far_end: FarEnd,
        *,
        echoes: bool = False,
    ) -> StreamLeg:
        self.echoes.append(echoes)
        raise Busy("All lines are taken.")

    def signal(self, leg: StreamLeg) -> Signal:
        raise Busy("All lines are taken.")


class Face:
    """A client of an app over doubles."""

    def __init__(self, page: Path, relays: Relays | None = None) -> None:
        self.desk, self.door, self.streams = OneDesk(), OneDoor(), NoStreams()
        shelf = OneShelf()
        self.app = create_app(
            GatewayParts(
                reception=self.desk,
                door=self.door,
                streams=self.streams,
                credentials=OneKey(),
                catalogue=NoAgents(),  # type: ignore[arg-type]  # only the list is asked for
                journal=shelf,
                records=shelf,
                page=page,
                hosts=frozenset({"127.0.0.1"}),
                secure=False,
                relays=relays,
                figures=lambda: {"antiphon_calls": len(self.desk.calls), "antiphon_media_strangers_total": 1.5},
            )
        )
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8080", raise_server_exceptions=False)


@pytest.fixture
def face(tmp_path: Path) -> Iterator[Face]:
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    face = Face(tmp_path)
    with face.client:
        yield face


@pytest.mark.parametrize("path", PRIVATE)
def test_nothing_private_is_shown_without_a_credential(face: Face, path: str) -> None:
    answer = face.client.get(path)
    assert (401, "unauthorized") == (answer.status_code, answer.json()["error"]["code"])


@pytest.mark.parametrize("path", PRIVATE)
def test_a_wrong_key_opens_nothing(face: Face, path: str) -> None:
    assert 401 == face.client.get(path, headers={"Authorization": "Bearer wrong"}).status_code


@pytest.mark.parametrize("path", PRIVATE)
def test_the_right_key_opens_every_route(face: Face, path: str) -> None:
    assert 200 == face.client.get(path, headers=BEARER).status_code


@pytest.mark.parametrize("path", ["/demo/", "/healthz", "/readyz"])
def test_health_and_the_page_are_public(face: Face, path: str) -> None:
    assert 200 == face.client.get(path).status_code


def test_the_page_may_load_only_its_own_parts(face: Face) -> None:
    assert "script-src 'self'" in face.client.get("/demo/").headers["content-security-policy"]


def test_a_one_time_key_buys_a_cookie_once(face: Face) -> None:
    first = face.client.post("/api/session", json={"key": "once"})
    assert (204, 200) == (first.status_code, face.client.get("/api/agents").status_code)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=strict" in first.headers["set-cookie"]
    assert 401 == face.client.post("/api/session", json={"key": "once"}).status_code


def test_the_cookie_is_worth_nothing_from_a_foreign_page(face: Face) -> None:
    face.client.post("/api/session", json={"key": "once"})
    assert 401 == face.client.get("/api/calls", headers={"Origin": "https://evil.example"}).status_code
    assert 401 == face.client.get("/api/calls", headers={"Sec-Fetch-Site": "cross-site"}).status_code


def test_a_foreign_host_name_is_refused_before_any_route(face: Face) -> None:
    answer = face.client.get("/healthz", headers={"Host": "rebound.example"})
    assert (421, "wrong_host") == (answer.status_code, answer.json()["error"]["code"])


def test_an_offer_is_answered_with_the_call_it_began(face: Face) -> None:
    answer = face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER).json()
    assert ("v=0 answer", "call_1") == (answer["sdp"], answer["call_id"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sdp": "hello", "type": "offer"}, 400),
        ({"sdp": "v=0", "type": "answer"}, 400),
        ({"sdp": "", "type": "offer"}, 400),
        ({"type": "offer"}, 400),
        ({"sdp": "v=0", "type": "offer", "tenant": "other"}, 400),
        ({"sdp": "v=0" + "a" * 70_000, "type": "offer"}, 400),
        ({"sdp": "v=0" + "a" * 1_000_000, "type": "offer"}, 413),
        ({"sdp": "v=0", "type": "offer", "agent": "nobody"}, 404),
    ],
)
def test_a_bad_offer_is_refused_with_a_reason(face: Face, body: dict[str, str], status: int) -> None:
    answer = face.client.post("/api/voice/offer", json=body, headers=BEARER)
    assert status == answer.status_code
    assert answer.json()["error"]["message"]
    assert {} == face.desk.calls


def test_a_body_that_is_not_json_is_a_clear_error(face: Face) -> None:
    answer = face.client.post("/api/voice/offer", content=b"\xff\x00{", headers=BEARER)
    assert (400, "bad_request") == (answer.status_code, answer.json()["error"]["code"])


def test_a_chunked_body_without_a_length_stops_at_the_limit(face: Face) -> None:
    answer = face.client.post("/api/voice/offer", content=iter([b"a" * 65_536] * 16), headers=BEARER)
    assert answer.status_code in (400, 413)
    assert {} == face.desk.calls


def test_a_full_house_says_when_to_come_back(face: Face) -> None:
    face.desk.full = True
    answer = face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    assert (503, "7") == (answer.status_code, answer.headers["retry-after"])


def test_candidates_trickle_both_ways(face: Face) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    with face.client.websocket_connect("ws://127.0.0.1:8080/api/voice/signal?call_id=call_1", headers=BEARER) as socket:
        assert "typ host" in socket.receive_json()["candidate"]["candidate"]
        assert socket.receive_json()["candidate"] is None
        socket.send_json({"type": "ice-candidate", "candidate": {"candidate": "candidate:2", "sdpMid": "0"}})
        socket.send_json({"type": "ice-candidate", "candidate": None})
        socket.send_text("garbage")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert 1003 == closed.value.code
    assert ["candidate:2", ""] == face.door.answered[0].signal.candidates  # type: ignore[attr-defined]


def test_a_binary_message_is_no_candidate(face: Face) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    with face.client.websocket_connect("ws://127.0.0.1:8080/api/voice/signal?call_id=call_1", headers=BEARER) as socket:
        for _ in range(2):
            socket.receive_json()
        socket.send_bytes(b"binary")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert 1003 == closed.value.code


@pytest.mark.parametrize(("call", "headers"), [("call_1", {}), ("call_7", BEARER)])
def test_signalling_needs_a_credential_and_a_call_of_its_own(face: Face, call: str, headers: dict[str, str]) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    url = f"ws://127.0.0.1:8080/api/voice/signal?call_id={call}"
    with pytest.raises(WebSocketDisconnect), face.client.websocket_connect(url, headers=headers):
        pass


def test_ten_thousand_candidates_end_the_socket_not_the_server(face: Face) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    url = "ws://127.0.0.1:8080/api/voice/signal?call_id=call_1"
    with face.client.websocket_connect(url, headers=BEARER) as socket:
        for number in range(10_000):
            socket.send_json({"type": "ice-candidate", "candidate": {"candidate": f"candidate:{number}"}})
        for _ in range(2):
            socket.receive_json()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert 1008 == closed.value.code
    assert 200 == len(face.door.answered[0].signal.candidates)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/api/calls/call_0", "/api/calls/call_0/journal", "/api/calls/call_0/timeline.svg"])
def test_an_unknown_call_is_not_found(face: Face, path: str) -> None:
    assert 404 == face.client.get(path, headers=BEARER).status_code


def test_a_running_call_is_hung_up_and_an_unknown_one_is_not_found(face: Face) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    assert 204 == face.client.post("/api/calls/call_1/hangup", headers=BEARER).status_code
    assert ["call_1"] == face.desk.hung_up
    assert 404 == face.client.post("/api/calls/call_5/hangup", headers=BEARER).status_code


def test_a_call_is_listed_beside_those_that_run(face: Face) -> None:
    face.client.post("/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER)
    listed = face.client.get("/api/calls", headers=BEARER).json()
    assert (["call_9"], ["call_1"]) == ([call["call"] for call in listed["calls"]], listed["running"])


def test_metrics_are_in_prometheus_own_text(face: Face) -> None:
    told = face.client.get("/metrics", headers=BEARER)
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert told.text.splitlines() == [
        "# TYPE antiphon_calls gauge",
        "antiphon_calls 0",
        "# TYPE antiphon_media_strangers_total counter",
        "antiphon_media_strangers_total 1.5",
    ]


def test_labelled_figures_of_one_name_stand_together_under_one_type() -> None:
    figures = {'lost_total{speaker="caller"}': 3, "calls": 2, 'lost_total{speaker="agent"}': 4}
    assert exposition(figures).splitlines() == [
        "# TYPE lost_total counter",
        'lost_total{speaker="caller"} 3',
        'lost_total{speaker="agent"} 4',
        "# TYPE calls gauge",
        "calls 2",
    ]


def test_a_stream_without_a_credential_is_not_let_in(face: Face) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        face.client.websocket_connect("ws://127.0.0.1:8080/api/voice/ws"),
    ):
        pass
    assert 1008 == refused.value.code


def test_a_stream_is_told_why_there_is_no_call(face: Face) -> None:
    for query, code, reason in (
        ("", 1013, "All lines are taken."),
        ("?agent=nobody", 1008, "There is no agent nobody."),
    ):
        with face.client.websocket_connect(f"ws://127.0.0.1:8080/api/voice/ws{query}", headers=BEARER) as socket:
            with pytest.raises(WebSocketDisconnect) as refused:
                socket.receive_text()
            assert (code, reason) == (refused.value.code, refused.value.reason)


def test_a_stream_echoes_where_its_client_says_that_it_cancels_none(face: Face) -> None:
    for query in ("", "?echo_cancellation=false", "?echo_cancellation=true"):
        with (
            face.client.websocket_connect(f"ws://127.0.0.1:8080/api/voice/ws{query}", headers=BEARER) as socket,
            pytest.raises(WebSocketDisconnect),
        ):
            socket.receive_text()
    assert [False, True, False] == face.streams.echoes


@pytest.mark.parametrize("route", ["ws?agent=", "signal?call_id="])
def test_a_reason_fits_into_a_close_frame_in_any_alphabet(face: Face, route: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        face.client.websocket_connect(f"ws://127.0.0.1:8080/api/voice/{route}{'é' * 100}", headers=BEARER) as socket,
    ):
        socket.receive_text()
    assert 1008 == refused.value.code
    assert refused.value.reason
    assert 123 >= len(refused.value.reason.encode())  # RFC 6455 5.5
