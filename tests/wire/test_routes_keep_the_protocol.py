"""What the routes answer is what protocol/http.schema.json and record.schema.json promise to clients."""

from antiphon.core.record import RecordFold
from antiphon.gateway.calls import Calls, CallSummary
from antiphon.gateway.faults import envelope
from antiphon.gateway.voice import Answer, Offer, Trickle
from antiphon.ports.catalogue import AgentSummary
from antiphon.testing.script import Script
from tests.wire.schemas import faults, registry


def fields(file: str, definition: str) -> set[str]:
    return set(registry().contents(f"{file}.schema.json")["$defs"][definition]["properties"])


def test_agents_are_listed_as_promised() -> None:
    agent = AgentSummary("salon", "Juniper", "Books appointments.", "en-US", ("a haircut on Tuesday",), None)
    assert [] == faults("http", "AgentList", {"agents": [agent.to_json()]})


def test_an_offer_is_taken_and_answered_as_promised() -> None:
    assert fields("http", "VoiceOffer") == set(Offer.model_fields)
    assert [] == faults(
        "http", "VoiceAnswer", Answer(sdp="v=0", call_id="call_1", resume="token").model_dump(mode="json")
    )


def test_candidates_are_read_as_promised() -> None:
    message = {"type": "ice-candidate", "candidate": {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}}
    assert [] == faults("signal", "Trickle", message)
    assert "candidate:1" == Trickle.model_validate(message).candidate.candidate  # type: ignore[union-attr]


def test_calls_are_listed_as_promised() -> None:
    line = CallSummary(
        call="call_1", agent="salon", channel="webrtc", started="2026-11-20T20:00:00+00:00", ended=None, outcome=None,
        reference=None,
    )  # fmt: skip
    assert [] == faults("http", "CallList", Calls(calls=[line], running=["call_2"]).model_dump())


def test_errors_come_in_the_promised_envelope() -> None:
    assert [] == faults("http", "ErrorEnvelope", envelope("busy", "All lines are taken."))


def test_a_record_is_what_the_schema_promises() -> None:
    script = Script()
    script.greet()
    script.say("a haircut")
    script.after(1_000)
    script.finish(script.answer("When would you like to come?"))
    fold = RecordFold()
    for event in script.events:
        fold.event(event)
    for command in script.all:
        fold.command(command, script.now)
    record = fold.record().to_json()
    assert len(record["transcript"]) > 2  # type: ignore[arg-type]  # a list
    assert [] == faults("record", "CallRecord", record)
