"""What the page is told keeps to protocol/page.schema.json, whatever happens in a call."""

import json
from dataclasses import replace
from typing import Any, get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.proposal import Fill, Finish, HandOff, Outcome, Proposal
from antiphon.wire.page import STATES, PageView
from tests.wire.schemas import faults

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def instances(kind: type) -> st.SearchStrategy[Any]:
    """Any instance with counts that a call could have."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, hint in get_type_hints(kind).items():
        if hint is int:
            fields[name] = st.integers(1, 10**7)
        elif hint in (float, float | None):
            fields[name] = st.floats(0, 10**4, allow_nan=False)
        elif name == "basis":
            fields[name] = st.sampled_from(["acked", "aligned", "estimated", "whole"])
        elif name == "arguments":
            fields[name] = st.dictionaries(st.text(max_size=3), JSON, max_size=2)
        elif name == "result":
            fields[name] = JSON
        elif hint == Proposal:
            fields[name] = st.one_of([instances(each) for each in get_args(Proposal)])
    return st.builds(kind, **fields)


def any_of(union: object) -> st.SearchStrategy[Any]:
    return st.one_of([instances(kind) for kind in get_args(union)])


def told(view: PageView, item: object, at_ms: int) -> list[dict[str, Any]]:
    lines = view.event(item) if isinstance(item, get_args(ev.Event)) else view.command(item, at_ms)  # type: ignore[arg-type]  # the union's other half
    return [json.loads(line) for line in lines]


@given(st.lists(any_of(ev.Event) | any_of(cm.Command), max_size=12))
def test_whatever_happens_the_messages_are_those_of_the_protocol(items: list[Any]) -> None:
    view = PageView("call_1", "salon", "triage")
    messages = [message for at_ms, item in enumerate(items) for message in told(view, item, at_ms)]
    assert [] == [fault for message in messages for fault in faults("page", "PageMessage", message)]
    assert list(range(1, len(messages) + 1)) == [message["seq"] for message in messages]


def test_a_tool_keeps_its_name_and_number_from_start_to_result() -> None:
    view = PageView("call_1", "salon", "triage")
    [started] = told(view, cm.RunTool(4, 2, "book_appointment", {"date": "2026-11-24"}, "key"), 10)
    [done] = told(view, ev.ToolReturned(60, 4, True, {"reference": "GB-20261124-001"}, 50), 60)
    assert ({"date": "2026-11-24"}, "started") == (started["arguments"], started["status"])
    assert ("book_appointment", 4, "done", 50) == (done["name"], done["call"], done["status"], done["duration_ms"])
    [failed] = told(view, replace(ev.ToolReturned(70, 4, False, {"code": "taken"}, 9)), 70)
    assert ("failed", {"code": "taken"}) == (failed["status"], failed["result"])


def test_a_hand_off_names_both_sides() -> None:
    view = PageView("call_1", "salon", "triage")
    [message] = told(view, ev.BrainProposed(5, 1, HandOff("booking")), 5)
    assert ("triage", "booking") == (message["from"], message["to"])


def test_the_end_of_a_call_says_what_it_came_to_and_then_goodbye() -> None:
    view = PageView("call_1", "salon", "booking")
    told(view, ev.BrainProposed(5, 1, Fill("service", "haircut", "a haircut", 1)), 5)
    told(view, ev.BrainProposed(6, 1, Finish(Outcome.DONE, "GB-20261124-001")), 6)
    record, bye = told(view, cm.HangUp(Outcome.DONE, "the caller hung up"), 9)
    assert ("done", "GB-20261124-001", {"service": "haircut"}) == tuple(
        record[key] for key in ("outcome", "reference", "slots")
    )
    assert ("bye", "the caller hung up") == (bye["type"], bye["reason"])


def test_every_floor_has_a_state_of_the_page() -> None:
    assert set(cm.Floor) == set(STATES)


def test_a_state_is_told_once() -> None:
    view = PageView("call_1", "salon", "triage")
    assert ["listening"] == [message["state"] for message in told(view, cm.FloorChanged(cm.Floor.OPEN), 1)]
    assert [] == told(view, cm.FloorChanged(cm.Floor.OPEN), 2)
