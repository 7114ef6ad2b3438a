"""What holds for every course a call can take: events in any order, at any time."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.core import commands as cm
from antiphon.core import events as ev
from antiphon.core.history import AgentSaid, ToolAnswered, ToolCalled
from antiphon.core.journal import decode, encode, replay
from antiphon.core.proposal import CallTool, Expect, Fill, Finish, HandOff, Miss, Outcome, Say
from antiphon.testing.script import Script

SMALL = st.integers(1, 4)
WORDS = st.sampled_from(["", "yes", "no", "a haircut", "mm hm", "two one two"])
PROPOSALS = st.one_of(
    st.builds(Say, st.sampled_from(["Hello. ", "How are you today? ", ""])),
    st.builds(CallTool, st.just("look"), st.just({})),
    st.builds(HandOff, st.just("booking")),
    st.builds(Finish, st.just(Outcome.DONE), st.none()),
    st.builds(Expect, st.sampled_from(["yes_no", "phone", "open"])),
    st.builds(Fill, st.just("service"), st.just("haircut"), st.just("a haircut"), SMALL),
    st.builds(Miss),
)
AT = st.just(0)
EVENTS = st.one_of(
    st.builds(ev.LegConnected, AT),
    st.builds(ev.PlayoutStarted, AT, SMALL),
    st.builds(ev.PlayoutPaused, AT, SMALL, st.integers(0, 900), st.just(40), st.none() | st.integers(0, 900)),
    st.builds(ev.PlayoutFlushed, AT, SMALL, st.integers(0, 900), st.just(40)),
    st.builds(ev.PlayoutEnded, AT, SMALL, st.integers(0, 900)),
    st.builds(ev.LegSuspended, AT, st.booleans()),
    st.builds(ev.LegRestored, AT, st.booleans()),
    st.builds(ev.DigitPressed, AT, st.sampled_from("12#")),
    st.builds(ev.TextTyped, AT, WORDS),
    st.builds(ev.SpeechStarted, AT, SMALL, AT),
    st.builds(ev.SpeechStopped, AT, SMALL, AT),
    st.builds(ev.InterimHeard, AT, SMALL, WORDS),
    st.builds(ev.WordsHeard, AT, SMALL, WORDS, st.just(0.5)),
    st.builds(ev.HearingFailed, AT, SMALL, st.just("timeout")),
    st.builds(ev.BrainProposed, AT, SMALL, PROPOSALS),
    st.builds(ev.BrainEnded, AT, SMALL),
    st.builds(ev.BrainFailed, AT, SMALL, st.just("timeout")),
    st.builds(ev.ToolReturned, AT, SMALL, st.booleans(), st.none(), st.just(5)),
    st.builds(ev.AudioMade, AT, SMALL, st.integers(0, 2), st.just(0), st.integers(0, 12), st.just(600)),
    st.builds(ev.SpeakingFailed, AT, SMALL, st.just("timeout")),
    st.builds(ev.TimePassed, AT),
)
STEP = st.tuples(st.sampled_from([0, 1, 60, 200, 700, 3_000, 9_000]), EVENTS)
COURSE = st.lists(STEP, max_size=40)


def play(course: list[tuple[int, Any]], *, ticks: bool = False) -> Script:
    """A call that takes this course; with `ticks`, time is also announced in between."""
    script = Script()
    script.after(1, ev.LegConnected(0))
    for ms, event in course:
        if ticks and ms > 1:
            script.after(ms // 2)
            script.after(ms - ms // 2, event)
        else:
            script.after(ms, event)
    return script


@settings(max_examples=200)
@given(COURSE)
def test_the_same_events_give_the_same_commands(course: list[tuple[int, Any]]) -> None:
    assert play(course).all == play(course).all


@settings(max_examples=200)
@given(COURSE)
def test_announcing_the_time_changes_nothing(course: list[tuple[int, Any]]) -> None:
    assert play(course).all == play(course, ticks=True).all


@settings(max_examples=200)
@given(COURSE)
def test_no_reply_is_cut_or_closed_twice(course: list[tuple[int, Any]]) -> None:
    orders = play(course).all
    for kind in (cm.CutReply, cm.ReplyHeard):
        replies = [order.reply for order in orders if isinstance(order, kind)]
        assert sorted(set(replies)) == sorted(replies)


@settings(max_examples=200)
@given(COURSE)
def test_what_was_heard_is_the_beginning_of_what_was_said(course: list[tuple[int, Any]]) -> None:
    for order in play(course).all:
        if isinstance(order, cm.ReplyHeard):
            assert order.said.startswith(order.text)


@settings(max_examples=200)
@given(COURSE)
def test_the_history_never_holds_a_tool_call_without_its_answer(course: list[tuple[int, Any]]) -> None:
    history = play(course).conversation.history
    called = [entry.tool_call for entry in history if isinstance(entry, ToolCalled)]
    assert called == [entry.tool_call for entry in history if isinstance(entry, ToolAnswered)]
    assert all(entry.text for entry in history if isinstance(entry, AgentSaid))


@settings(max_examples=200)
@given(COURSE)
def test_a_call_left_alone_always_comes_to_an_end(course: list[tuple[int, Any]]) -> None:
    """Silence is never an outcome: whatever happened, something is waited for, and at last the call is over."""
    script = play(course)
    script.after(31 * 60_000)
    assert cm.Floor.CLOSED is script.conversation.floor
    assert 1 == len([order for order in script.all if isinstance(order, cm.HangUp)])


@settings(max_examples=100)
@given(COURSE)
def test_a_journal_replays_to_the_same_commands(course: list[tuple[int, Any]]) -> None:
    script, fresh = Script(), Script()
    lines = [encode(script.events[0])]
    for ms, event in [(1, ev.LegConnected(0)), *course]:
        made = script.after(ms, event)
        lines += [encode(script.events[-1]), *(encode(command, script.now) for command in made)]
    fed = iter([fresh.events[0]])

    def orders(given_event: ev.Event) -> list[cm.Command]:
        return [] if given_event == next(fed, None) else fresh.give(given_event)

    assert () == replay(lines, orders).differences
    assert all(decode(line) for line in lines)
