"""Driving a conversation by hand in virtual time: facts in, commands out, no call around it."""

from dataclasses import replace

from antiphon.core import events as ev
from antiphon.core.commands import Command, Think
from antiphon.core.conversation import Conversation
from antiphon.core.endpointing import Ending
from antiphon.core.events import Event
from antiphon.core.policy import ConversationPolicy
from antiphon.core.proposal import Expect, Proposal, Say


def judge(expecting: Expect | None, text: str) -> Ending:
    """A judge for tests: "yes" and "no" complete a yes/no question, digits after a phone question are dictation."""
    if expecting and expecting.kind == "yes_no" and text in ("yes", "no"):
        return Ending.COMPLETE
    if expecting and expecting.kind == "phone" and len(text.split()) < 10:
        return Ending.DICTATING
    return Ending.ORDINARY


class Script:
    """A conversation with its commands collected. Every method moves time; `orders` gives what was ordered since last asked."""

    def __init__(self, policy: ConversationPolicy | None = None, channel: str = "webrtc") -> None:
        self.conversation = Conversation(policy or ConversationPolicy(), "triage", judge)
        self.now = 0
        self.events: list[Event] = []
        self.all: list[Command] = []
        self._new: list[Command] = []
        self.give(
            ev.CallStarted(0, "call_1", "demo", "salon", "v1", channel, "2026-11-20T20:00:00+00:00", "America/New_York")
        )

    def give(self, event: Event) -> list[Command]:
        """Hand over an event; what it and the deadlines before it ordered."""
        self.events.append(event)
        self.now = event.at_ms
        self.conversation.handle(event)
        made: list[Command] = []
        while (command := self.conversation.poll()) is not None:
            made.append(command)
        self.all += made
        self._new += made
        return made

    def orders(self) -> list[Command]:
        """Everything ordered since the last time this was asked."""
        new, self._new = self._new, []
        return new

    def at(self, at_ms: int, event: Event) -> list[Command]:
        """Hand over `event` stamped `at_ms`."""
        return self.give(replace(event, at_ms=at_ms))

    def after(self, ms: int, event: Event | None = None) -> list[Command]:
        """Let `ms` pass, then hand over `event`."""
        return self.at(self.now + ms, event or ev.TimePassed(0))

    # --- the usual course of things ----------------------------------------------------------------------------------

    @property
    def reply(self) -> int:
        """The reply that the last run is for."""
        return [command.reply for command in self.all if isinstance(command, Think)][-1]

    def answer(self, *proposals: Proposal | str, audio_ms: int = 1_000) -> int:
        """The brain yields, the voice speaks, playout starts; the reply's number."""
        reply = self.reply
        text = ""
        for proposal in proposals:
            if isinstance(proposal, str):
                text += proposal
            self.after(1, ev.BrainProposed(0, reply, Say(proposal) if isinstance(proposal, str) else proposal))
        self.after(1, ev.BrainEnded(0, reply))
        if text:
            self.after(1, ev.AudioMade(0, reply, 0, 0, len(text), audio_ms, word_times(text, audio_ms)))
            self.after(1, ev.PlayoutStarted(0, reply))
        return reply

    def finish(self, reply: int, audio_ms: int = 1_000) -> list[Command]:
        """The reply is played to its end."""
        return self.after(audio_ms, ev.PlayoutEnded(0, reply, audio_ms))

    def greet(self, text: str = "Hello, how can I help?") -> None:
        """Connect, greet, and leave the floor to the caller."""
        self.after(10, ev.LegConnected(0))
        self.finish(self.answer(text))
        self.orders()

    def say(self, text: str, utterance: int = 1, speech_ms: int = 800) -> None:
        """The caller speaks; the words arrive 300 ms after the end of speech, before the turn is taken."""
        onset = self.now + 20
        self.at(onset + 60, ev.SpeechStarted(0, utterance, onset))
        end = onset + speech_ms
        self.at(end + 200, ev.SpeechStopped(0, utterance, end))
        self.at(end + 300, ev.WordsHeard(0, utterance, text, 0.9))


def word_times(text: str, audio_ms: int) -> tuple[ev.Word, ...]:
    """Words of equal length over the audio."""
    words, at = [], 0
    parts = text.split()
    for index, part in enumerate(parts):
        start = text.index(part, at)
        at = start + len(part)
        words.append(ev.Word(start, at, audio_ms * index // len(parts), audio_ms * (index + 1) // len(parts)))
    return tuple(words)
