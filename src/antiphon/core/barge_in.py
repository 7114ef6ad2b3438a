"""Who has the floor when the caller makes a sound over the agent? Pause first, decide after.

The leg pauses by reflex; the conversation then cuts (there were words, or voice for long enough) or resumes (no voice at all, a
cough, an "mm-hm"). After two pauses without a voice in ten seconds the reflex is disarmed until a voice is confirmed, so that
steady noise cannot silence the agent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

BACKCHANNELS = frozenset(
    {"mm", "mhm", "mmhm", "mm-hm", "mm-hmm", "hmm", "hm", "uh", "uhhuh", "uh-huh", "huh", "um", "oh", "ah"}
    | {"yeah", "yep", "yes", "ok", "okay", "right", "alright", "sure", "i", "see", "got", "it"}
)


def is_backchannel(text: str) -> bool:
    """Whether `text` only says "go on". The default; a language with other sounds brings its own."""
    words = text.lower().replace(",", " ").split()
    return all(word.strip(".!") in BACKCHANNELS for word in words)


@dataclass(frozen=True, slots=True)
class BargeInPolicy:
    """Times in ms."""

    confirm_ms: int = 150  # the detector must confirm a reflex pause by then (its onset p90 is 93–114 ms)
    voice_ms: int = 500  # voice for this long is an interruption without a word (LiveKit 0.5 s)
    words_ms: int = 1_000  # wait for words after a short sound (LiveKit 2.0 s for a network; ours are local)
    edge_ms: int = 1_000  # this near a reply's end an "okay" is an answer, not a backchannel (LiveKit 1.0 s)
    false_pauses: int = 2  # pauses without a voice …
    false_window_ms: int = 10_000  # … within this, and the reflex is disarmed
    backchannel: Callable[[str], bool] = is_backchannel


class Verdict(StrEnum):
    """What a contest comes to."""

    WAIT = "wait"
    RESUME = "resume"
    CUT = "cut"


@dataclass(slots=True)
class Contest:
    """One sound of the caller's over `reply`."""

    policy: BargeInPolicy
    reply: int
    since_ms: int
    voice_ms: int | None = None  # when the confirmed voice began
    silent_ms: int | None = None  # when it stopped again
    utterance: int | None = None

    def confirm(self, utterance: int, onset_ms: int) -> None:
        """The detector confirms a voice."""
        self.utterance, self.voice_ms, self.silent_ms = utterance, onset_ms, None

    def stop(self, now_ms: int) -> None:
        """The voice stopped."""
        self.silent_ms = now_ms

    @property
    def due_ms(self) -> int:
        """When the verdict falls if nothing else happens."""
        if self.voice_ms is None:
            return self.since_ms + self.policy.confirm_ms
        if self.silent_ms is None:
            return max(self.since_ms, self.voice_ms + self.policy.voice_ms)
        return self.silent_ms + self.policy.words_ms

    @property
    def verdict_when_due(self) -> Verdict:
        """What `due_ms` decides."""
        return Verdict.CUT if self.voice_ms is not None and self.silent_ms is None else Verdict.RESUME

    def words(self, text: str, *, final: bool, left_ms: int | None) -> Verdict:
        """What these words decide; `left_ms` is how much of the reply was still to be played, if known."""
        if not text.strip():
            return Verdict.RESUME if final else Verdict.WAIT
        at_edge = final and left_ms is not None and left_ms < self.policy.edge_ms
        if self.policy.backchannel(text) and not at_edge:
            return Verdict.RESUME if final else Verdict.WAIT
        return Verdict.CUT


@dataclass(slots=True)
class Reflex:
    """Whether the leg may pause by itself."""

    policy: BargeInPolicy
    armed: bool = True
    _false: list[int] = field(default_factory=list)

    def false_pause(self, now_ms: int) -> bool:
        """A pause without a voice; True when the reflex must be disarmed now."""
        self._false = [at for at in self._false if now_ms - at < self.policy.false_window_ms] + [now_ms]
        if self.armed and len(self._false) >= self.policy.false_pauses:
            self.armed = False
            return True
        return False

    def voice(self) -> bool:
        """A voice was confirmed; True when the reflex may be armed again."""
        self._false.clear()
        rearmed, self.armed = not self.armed, True
        return rearmed
