"""What the machine saw and ordered comes back from its line as it was."""

from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.core.commands import Command
from antiphon.core.errors import InvariantBroken
from antiphon.core.events import CallStarted, Event, SpeechStarted
from antiphon.core.journal import decode, encode
from antiphon.core.proposal import Proposal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def _any_of(union: object) -> st.SearchStrategy[Any]:
    return st.one_of([_instances(kind) for kind in get_args(union)])


def _instances(kind: type) -> st.SearchStrategy[Any]:
    given_fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, hint in get_type_hints(kind).items():
        if name == "arguments":
            given_fields[name] = st.dictionaries(st.text(), JSON)
        elif name == "result":
            given_fields[name] = JSON
        elif hint in (float, float | None):
            # A number that is not one does not equal itself.
            given_fields[name] = st.floats(allow_nan=False) | (st.none() if hint is not float else st.nothing())
        elif hint == Proposal:
            given_fields[name] = _any_of(Proposal)
    return st.builds(kind, **given_fields)


@given(_any_of(Event))
def test_every_event_comes_back(event: Event) -> None:
    assert event == decode(encode(event)).item


@given(_any_of(Command), st.integers(0, 10**7))
def test_every_command_comes_back_with_its_time(command: Command, at_ms: int) -> None:
    line = decode(encode(command, at_ms))
    assert (command, at_ms) == (line.item, line.at_ms)


def test_a_line_is_one_line_and_readable() -> None:
    assert '{"v":1,"k":"event","t":20,"n":"SpeechStarted","d":{"utterance":1,"onset_ms":5}}' == encode(
        SpeechStarted(20, 1, 5)
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "garbage",
        "[]",
        '{"v":99}',
        '{"v":1,"k":"event","t":0,"n":"Unknown","d":{}}',
        '{"v":1,"k":"event","t":0,"n":"SpeechStarted","d":{"utterance":1}}',
        '{"v":1,"k":"event","t":0,"n":"SpeechStarted","d":{"utterance":1,"onset_ms":2,"more":3}}',
    ],
)
def test_a_line_that_is_not_ours_is_refused_with_its_text(line: str) -> None:
    with pytest.raises(InvariantBroken, match="not a line"):
        decode(line)


def test_text_stays_readable_in_any_script() -> None:
    started = CallStarted(0, "call_1", "demo", "café", "v1", "webrtc", "2026-11-20T20:00:00+00:00", "America/New_York")
    assert "café" in encode(started)
