"""The conversation gives the commands it gave before: a difference is either a mistake or accepted with `make golden`."""

from collections.abc import Iterator
from difflib import unified_diff

import pytest

from antiphon.core.commands import Command
from antiphon.core.conversation import Conversation
from antiphon.core.events import Event
from antiphon.core.journal import replay
from antiphon.core.policy import ConversationPolicy
from antiphon.core.record import RecordFold
from antiphon.testing.script import judge
from tests.golden.scenes import FOLDER, SCENES, journal


def written(name: str) -> list[str]:
    return (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_played_as_it_was_written_down(name: str) -> None:
    then, now = written(name), journal(name)
    difference = "\n".join(unified_diff(then, now, "then", "now", lineterm="", n=1))
    assert not difference, f"{difference}\n`make golden` accepts this, if it is meant."


@pytest.mark.parametrize("name", SCENES)
def test_a_written_journal_replays_to_the_same_commands(name: str) -> None:
    conversation = Conversation(ConversationPolicy(), "triage", judge)

    def orders(event: Event) -> Iterator[Command]:
        conversation.handle(event)
        while (command := conversation.poll()) is not None:
            yield command

    again = replay(written(name), orders)
    assert ((), True) == (again.differences, again.commands > 5)


def test_a_replay_that_differs_says_where() -> None:
    lines = [line for line in written("booking") if '"TurnTaken"' not in line]
    conversation = Conversation(ConversationPolicy(), "triage", judge)

    def orders(event: Event) -> Iterator[Command]:
        conversation.handle(event)
        while (command := conversation.poll()) is not None:
            yield command

    assert replay(lines, orders).differences


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_folds_to_a_record(name: str) -> None:
    fold = RecordFold()
    for line in written(name):
        fold.line(line)
    record = fold.record()
    assert ("salon", bool(record.transcript)) == (record.agent, True)


def test_no_journal_lies_there_without_a_scene() -> None:
    assert set(SCENES) == {path.stem for path in FOLDER.glob("*.jsonl")}
