"""The way back to a call: tokens that open once, and offers over the signalling socket."""

from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.gateway.test_gateway import BEARER, Face


@pytest.fixture
def face(tmp_path: Path) -> Any:
    face = Face(tmp_path)
    with face.client:
        yield face


def begin(face: Face) -> dict[str, str]:
    answer: dict[str, str] = face.client.post(
        "/api/voice/offer", json={"sdp": "v=0", "type": "offer"}, headers=BEARER
    ).json()
    return answer


def come_back(face: Face, call: str, token: str | None, sdp: str = "v=0 lost") -> tuple[int, dict[str, Any]]:
    body = {"sdp": sdp, "type": "offer", "call_id": call} | ({"resume": token} if token else {})
    answer = face.client.post("/api/voice/offer", json=body, headers=BEARER)
    return answer.status_code, answer.json()


def resumed(face: Face) -> list[str]:
    signal: Any = face.door.answered[0].signal
    return list(signal.resumed)


def test_the_token_of_an_answer_opens_the_same_call_once(face: Face) -> None:
    began = begin(face)
    status, again = come_back(face, "call_1", began["resume"])
    assert (200, "v=0 lost again", "call_1") == (status, again["sdp"], again["call_id"])
    assert again["resume"] != began["resume"]
    assert (403, "forbidden") == refused(come_back(face, "call_1", began["resume"], "v=0 another"))
    assert 200 == come_back(face, "call_1", again["resume"], "v=0 another")[0]
    assert ["call_1"] == list(face.desk.calls)


def refused(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def test_an_answer_lost_on_the_way_is_given_again_to_the_same_offer(face: Face) -> None:
    began = begin(face)
    first = come_back(face, "call_1", began["resume"])
    assert first == come_back(face, "call_1", began["resume"])
    assert ["v=0 lost"] == resumed(face)


@pytest.mark.parametrize(("token", "status"), [(None, 403), ("wrong", 403)])
def test_without_the_right_token_nobody_comes_back(face: Face, token: str | None, status: int) -> None:
    began = begin(face)
    assert (status, "forbidden") == refused(come_back(face, "call_1", token))
    assert 200 == come_back(face, "call_1", began["resume"])[0], "and the right one still opens"


def test_an_offer_that_cannot_be_used_does_not_cost_the_token(face: Face) -> None:
    began = begin(face)
    assert (400, "bad_request") == refused(come_back(face, "call_1", began["resume"], "hello"))
    assert 200 == come_back(face, "call_1", began["resume"])[0]


def test_a_call_that_is_over_cannot_be_come_back_to(face: Face) -> None:
    began = begin(face)
    face.desk.calls.clear()
    assert (404, "not_found") == refused(come_back(face, "call_1", began["resume"]))
    assert (404, "not_found") == refused(come_back(face, "call_7", began["resume"]))


def test_coming_back_needs_a_credential_too(face: Face) -> None:
    began = begin(face)
    body = {"sdp": "v=0", "type": "offer", "call_id": "call_1", "resume": began["resume"]}
    assert 401 == face.client.post("/api/voice/offer", json=body).status_code


def test_an_offer_on_the_signalling_socket_is_answered_there(face: Face) -> None:
    begin(face)
    url = "ws://127.0.0.1:8080/api/voice/signal?call_id=call_1"
    with face.client.websocket_connect(url, headers=BEARER) as socket:
        for _ in range(2):
            socket.receive_json()
        socket.send_json({"type": "offer", "sdp": "v=0 restart"})
        assert {"type": "answer", "sdp": "v=0 restart again"} == socket.receive_json()
        socket.send_json({"type": "offer", "sdp": "nonsense"})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (1003, "This is not an SDP offer.") == (closed.value.code, closed.value.reason)
