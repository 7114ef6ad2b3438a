"""The conversation gives the commands it gave before: a difference is either a mistake or accepted with `make golden`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from antiphon.core.commands import Command
from antiphon.core.conversation import Conversation
from antiphon.core.events import Event
from antiphon.core.journal import decode, replay
from antiphon.core.policy import ConversationPolicy
from antiphon.core.record import RecordFold
from antiphon.testing.script import judge
from tests.golden import calls, scenes
from tests.golden.accept import accept
from tests.golden.written import difference, read, write

ACCEPTS = "`make golden` accepts this, if it is meant."


@dataclass(frozen=True)
class Kept:
    """What a journal is kept for: these happen in it, in this order."""

    path: Path
    course: tuple[str, ...]


KEPT = (
    Kept(scenes.path("booking"), ("TurnTaken", "BrainProposed", "RunTool", "ToolReturned", "HangUp")),
    Kept(scenes.path("presses_keys"), ("TurnTaken", "RunTool", "ToolReturned", "BrainEnded", "TurnTaken", "Speak")),
    Kept(scenes.path("interrupted"), ("PlayoutPaused", "InterimHeard", "CutReply", "PlayoutFlushed", "ReplyHeard")),
    Kept(scenes.path("coughs"), ("PlayoutPaused", "ResumePlayout", "PlayoutPaused", "ArmReflex", "ResumePlayout")),
    Kept(scenes.path("tool_stalls"), ("RunTool", "TimePassed", "Think", "Speak")),
    Kept(scenes.path("brain_fails"), ("BrainFailed", "StopThinking", "BrainFailed", "HangUp")),
    Kept(scenes.path("falls_silent"), ("Think", "Think", "Think", "Think", "HangUp")),
    Kept(calls.path("booked_by_text"), ("TextTyped", "RunTool", "RunTool", "ToolReturned", "HangUp")),
    Kept(
        calls.path("booked_aloud"),
        ("TurnTaken", "RunTool", "CutReply", "PlayoutFlushed", "TurnTaken", "RunTool", "RunTool", "HangUp"),
    ),
)


def orders_of(conversation: Conversation) -> Callable[[Event], Iterator[Command]]:
    def orders(event: Event) -> Iterator[Command]:
        conversation.handle(event)
        while (command := conversation.poll()) is not None:
            yield command

    return orders


def fresh() -> Callable[[Event], Iterator[Command]]:
    return orders_of(Conversation(ConversationPolicy(), "triage", judge))


@pytest.mark.parametrize("name", scenes.SCENES)
def test_a_scene_is_played_as_it_was_written_down(name: str) -> None:
    found = difference(read(scenes.path(name)), scenes.journal(name), name)
    assert not found, f"{found}\n{ACCEPTS}"


@pytest.mark.parametrize("name", scenes.SCENES)
def test_a_written_journal_replays_to_the_same_commands(name: str) -> None:
    again = replay(read(scenes.path(name)), fresh())
    assert ((), True) == (again.differences, again.commands > 5)


@pytest.mark.parametrize("name", calls.CALLS)
async def test_a_recorded_call_gives_the_same_commands(name: str, tmp_path: Path) -> None:
    then = read(calls.path(name))
    async with calls.salon(tmp_path) as parts:
        found = difference(then, calls.call_again(then, parts), name)
    assert not found, f"{found}\n{ACCEPTS}"


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.path.stem)
def test_a_journal_holds_what_it_is_kept_for(kept: Kept) -> None:
    """Accepting a change may not hollow a journal out."""
    happened = (type(decode(line).item).__name__ for line in read(kept.path))
    missing = [name for name in kept.course if name not in happened]  # `in` consumes: the order counts
    assert [] == missing


def test_a_replay_that_differs_says_where() -> None:
    lines = [line for line in read(scenes.path("booking")) if '"TurnTaken"' not in line]
    assert replay(lines, fresh()).differences


def test_accepting_shows_what_differs_and_writes_it_down(tmp_path: Path) -> None:
    then, now = read(scenes.path("coughs")), scenes.journal("coughs")
    changed, same = tmp_path / "changed.jsonl", tmp_path / "same.jsonl"
    write(changed, [line for line in then if '"ResumePlayout"' not in line])
    write(same, then)
    (shown,) = accept([(changed, now), (same, now)])
    added = [line for line in shown.splitlines() if line.startswith("+{")]
    assert (now, True) == (read(changed), bool(added) and all('"ResumePlayout"' in line for line in added))


@pytest.mark.parametrize(
    "path", [*map(scenes.path, scenes.SCENES), *map(calls.path, calls.CALLS)], ids=lambda path: path.stem
)
def test_every_journal_folds_to_a_record(path: Path) -> None:
    fold = RecordFold()
    for line in read(path):
        fold.line(line)
    record = fold.record()
    assert ("salon", bool(record.transcript)) == (record.agent, True)


def test_no_journal_lies_there_without_being_played() -> None:
    played = {*map(scenes.path, scenes.SCENES), *map(calls.path, calls.CALLS)}
    assert played == set(Path(__file__).parent.rglob("*.jsonl"))
