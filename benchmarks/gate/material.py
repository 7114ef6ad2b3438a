"""What a speech gate hears in `benchmarks.gate`: tracks of voices, noise, tones and music, and the agent's own voice coming back.

Everything is made here, by seeds: the voices are Flite's, the rest is arithmetic. Sound is 16 kHz mono in -1..1; levels are root
mean squares in dB of full scale, for voices of the stretch where they speak.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from antiphon.testing.g711 import from_ulaw, narrowband, to_ulaw
from antiphon.testing.voices import Voices
from benchmarks.booking_sentences import booking_sentences

HZ = 16_000
CALLERS = ("rms", "awb", "kal16")
AGENT = "slt"
VOICE_DB = -23.0
"""A caller's voice: telephony aims at -26 dBm0 (ITU-T P.56's active level), browsers' gain control somewhat louder."""
OVER = (
    "stop",
    "no wait",
    "hold on a second",
    "sorry can i change that",
    "yes please",
    "that's not what i meant",
    "excuse me",
)
Samples = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Track:
    """`kind` groups tracks in the table. `words`: first and last loud sample of each utterance. `spoken`: what the agent says."""

    name: str
    kind: str
    pcm: Samples
    words: tuple[tuple[int, int], ...] = ()
    spoken: Samples | None = field(default=None, repr=False)

    @property
    def seconds(self) -> float:
        return len(self.pcm) / HZ


def level(sound: Samples, decibels: float) -> Samples:
    """`sound` with this root mean square."""
    return sound * float(10 ** (decibels / 20) / np.sqrt(np.mean(sound**2)))


def room(dice: np.random.Generator, decibels: float = -65.0, seconds: float = 60.0) -> Samples:
    """White noise."""
    return level(dice.standard_normal(int(seconds * HZ)), decibels)


def shaped(dice: np.random.Generator, seconds: float, gain: Callable[[Samples], Any]) -> Samples:
    """Noise with a spectrum: `gain` by frequency in Hz."""
    count = int(seconds * HZ)
    spectrum = np.fft.rfft(dice.standard_normal(count)) * gain(np.asarray(np.fft.rfftfreq(count, 1 / HZ), np.float64))
    return np.fft.irfft(spectrum, count)


def pink(dice: np.random.Generator, seconds: float) -> Samples:
    return shaped(dice, seconds, lambda hz: 1 / np.sqrt(np.maximum(hz, 20)))


def fan(dice: np.random.Generator, seconds: float) -> Samples:
    return shaped(dice, seconds, lambda hz: 1 / np.maximum(hz, 60)) + 0.1 * hum(seconds)


def hum(seconds: float) -> Samples:
    at = np.arange(int(seconds * HZ)) / HZ
    return np.asarray(sum(np.sin(2 * np.pi * 50 * h * at) / h for h in (1, 2, 3, 5, 7)))


def keyboard(dice: np.random.Generator, seconds: float) -> Samples:
    """Six keys a second: a click as it goes down, a softer one as it comes up, both ringing in the case."""
    out, at = np.zeros(int((seconds + 1) * HZ)), 0.2
    while at < seconds:
        for loud, later in ((1.0, 0.0), (0.4, dice.uniform(0.06, 0.12))):
            length = int(dice.uniform(0.006, 0.025) * HZ)
            since = np.arange(length)
            ring = np.sin(2 * np.pi * dice.uniform(900, 3_500) * since / HZ) + dice.standard_normal(length)
            begin = int((at + later) * HZ)
            out[begin : begin + length] += loud * dice.uniform(0.4, 1) * ring * np.exp(-since / length * 5)
        at += dice.exponential(1 / 6) + 0.05
    return out[: int(seconds * HZ)]


def coughs(dice: np.random.Generator, seconds: float) -> Samples:
    """Two bursts of breath every four seconds, through a throat of two resonances."""
    out = np.zeros(int(seconds * HZ))
    for begin in np.arange(1.0, seconds - 1, 4.0):
        for later, loud in ((0.0, 1.0), (0.35, 0.7)):
            breath = shaped(
                dice, 0.25, lambda hz: np.exp(-(((hz - 600) / 500) ** 2)) + np.exp(-(((hz - 1500) / 700) ** 2))
            )
            since = np.arange(len(breath)) / HZ
            at = int((begin + later) * HZ)
            out[at : at + len(breath)] += loud * breath / np.abs(breath).max() * np.exp(-since * 14)
    return out


def music(dice: np.random.Generator, seconds: float) -> Samples:
    """Chords with harmonics, a bass, a melody, and a drum on each beat: 100 beats a minute."""
    count, beat = int(seconds * HZ), int(0.6 * HZ)
    out = np.zeros(count + 4 * beat)
    for number, begin in enumerate(range(0, count, beat)):
        root = (220.0, 174.6, 261.6, 196.0)[number // 4 % 4]
        notes = [(root * step, 1.0, beat) for step in (1, 1.26, 1.5)] + [(root / 2, 1.2, beat)]
        notes += [(root * 2 * 2 ** (dice.choice((0, 2, 4, 7, 9)) / 12), 1.0, beat // 2) for _ in range(2)]
        for place, (hz, loud, length) in enumerate(notes):
            at = np.arange(length) / HZ
            tone = sum(np.sin(2 * np.pi * hz * h * at + dice.uniform(0, 6)) / h**1.5 for h in range(1, 9))
            late = begin + (beat // 2 if place == len(notes) - 1 else 0)
            out[late : late + length] += loud * np.asarray(tone) * np.exp(-at * 4)
        drum = np.arange(int(0.1 * HZ)) / HZ
        out[begin : begin + len(drum)] += 2 * dice.standard_normal(len(drum)) * np.exp(-drum * 50)
    return out[:count]


def ringback(seconds: float, tones: Sequence[float], on_s: float, off_s: float) -> Samples:
    """What a caller hears before somebody answers (ITU-T E.180: 425 Hz 1 s in 5; North America: 440 + 480 Hz 2 s in 6)."""
    at = np.arange(int(seconds * HZ)) / HZ
    return np.asarray(sum(np.sin(2 * np.pi * hz * at) for hz in tones)) * ((at % (on_s + off_s)) < on_s)


class Speech:
    """Voices of the material; `folder` keeps what was synthesised."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self._texts = [sentence.text for sentence in booking_sentences()]

    def clip(self, text: str, voice: str) -> Samples:
        """One utterance without silence around it."""
        pcm = np.frombuffer(self._voices.say(text, voice, lead_ms=0, tail_ms=0), "<i2")
        return pcm.astype(np.float64) / 32_768

    def text(self, number: int) -> str:
        """Interruptions and sentences by turns."""
        return OVER[number // 2 % len(OVER)] if number % 2 else self._texts[number // 2 % len(self._texts)]

    def talk(self, dice: np.random.Generator, voice: str, seconds: float, gap_s: tuple[float, float]) -> Samples:
        """Somebody who goes on talking."""
        out, at = np.zeros(int((seconds + 20) * HZ)), dice.uniform(0, 0.5)
        while at < seconds:
            clip = level(self.clip(self._texts[dice.integers(len(self._texts))], voice), VOICE_DB)
            out[int(at * HZ) : int(at * HZ) + len(clip)] += clip
            at += len(clip) / HZ + dice.uniform(*gap_s)
        return out[: int(seconds * HZ)]

    def callers(self, dice: np.random.Generator, count: int, decibels: float) -> tuple[Samples, list[tuple[int, int]]]:
        """`count` utterances, two to three seconds apart, and where they are."""
        parts, words, at = [], [], 0
        for number in range(count):
            pause = np.zeros(int(dice.uniform(2.0, 3.0) * HZ))
            clip = level(self.clip(self.text(number), CALLERS[number % len(CALLERS)]), decibels)
            words.append((at + len(pause), at + len(pause) + len(clip)))
            at = words[-1][1]
            parts += [pause, clip]
        parts.append(np.zeros(HZ))
        return np.concatenate(parts), words

    def babble(self, dice: np.random.Generator, people: int, seconds: float) -> Samples:
        return np.asarray(sum(self.talk(dice, CALLERS[n % 3], seconds, (0.0, 0.4)) for n in range(people)))


def telephone(sound: Samples) -> Samples:
    """300 to 3,400 Hz, mu-law, and back to 16 kHz as the core has it."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / HZ)
    spectrum[(hz < 250) | (hz > 3_450)] = 0
    band = (np.fft.irfft(spectrum, len(sound)) * 32_768).clip(-32_768, 32_767).astype(np.int16)
    coded = from_ulaw(to_ulaw(narrowband(band))).astype(np.float64) / 32_768
    wide = np.fft.rfft(coded)
    out = np.zeros(len(sound) // 2 + 1, complex)
    out[: min(len(wide), len(out))] = 2 * wide[: len(out)]
    return np.fft.irfft(out, len(sound))


def comes_back(
    dice: np.random.Generator, spoken: Samples, delay_ms: float, loss_db: float, reflected: float = 0.05
) -> Samples:
    """The agent's voice in the caller's microphone: a room whose echoes fall by 60 dB in 0.3 s, and so much quieter in all.
    `reflected` at first: 0.05 is as much in all as comes the direct way.
    """
    since = np.arange(int(0.25 * HZ)) / HZ
    path = dice.standard_normal(len(since)) * 10 ** (-3 * since / 0.3) * reflected
    path[0] = 1.0
    size = len(spoken) + len(path)
    wet = np.fft.irfft(np.fft.rfft(spoken, size) * np.fft.rfft(path, size), size)[: len(spoken)]
    wet *= np.sqrt(np.mean(spoken**2) / np.mean(wet**2)) * 10 ** (-loss_db / 20)
    late = int(delay_ms * HZ / 1000)
    return np.concatenate([np.zeros(late), wet])[: len(spoken)]


NOISES: tuple[tuple[str, Callable[[np.random.Generator], Samples], tuple[float, ...]], ...] = (
    ("white noise", lambda dice: dice.standard_normal(60 * HZ), (-45, -35, -25, -15)),
    ("pink noise", lambda dice: pink(dice, 60), (-45, -35, -25)),
    ("fan and hum", lambda dice: fan(dice, 60), (-35, -25)),
    ("keyboard", lambda dice: keyboard(dice, 60), (-45, -35, -25)),
    ("coughs", lambda dice: coughs(dice, 60), (-30, -20)),
    ("music", lambda dice: music(dice, 60), (-35, -25)),
    ("ringback", lambda _: ringback(60, (425,), 1, 4), (-25,)),
    ("ringback", lambda _: ringback(60, (440, 480), 2, 4), (-25,)),
)


def without_caller(speech: Speech) -> list[Track]:
    """Nobody speaks to the agent."""
    tracks = [Track("a quiet room", "quiet room", room(np.random.default_rng(1)))]
    for number, (name, make, levels) in enumerate(NOISES):
        for decibels in levels:
            dice = np.random.default_rng((2, number))
            tracks.append(Track(f"{name} {number} {decibels:.0f} dB", name, level(make(dice), decibels)))
    for people in (3, 6, 12):
        for decibels in (-45, -35, -25):
            sound = level(speech.babble(np.random.default_rng((3, people)), people, 60), decibels)
            tracks.append(Track(f"{people} voices {decibels} dB", f"babble at {decibels} dB", sound))
    return tracks


def with_caller(speech: Speech, count: int) -> list[Track]:
    """The caller speaks, in quiet and in noise."""
    tracks: list[Track] = []

    def add(kind: str, noise: Samples | None, decibels: float = VOICE_DB, phone: bool = False) -> None:
        dice = np.random.default_rng((4, len(tracks)))
        sound, words = speech.callers(dice, count, decibels)
        back = room(dice, -65.0, len(sound) / HZ)
        if noise is not None:
            back += np.resize(noise, len(sound))
        mixed = telephone(sound + back) if phone else sound + back
        tracks.append(Track(kind, kind, mixed, tuple(words)))

    add("quiet room", None)
    add("quiet caller, -41 dB", None, VOICE_DB - 18)
    add("telephone", None, phone=True)
    dice = np.random.default_rng(5)
    for snr in (20, 10, 5):
        add(f"white noise, {snr} dB SNR", level(room(dice), VOICE_DB - snr))
        add(f"pink noise, {snr} dB SNR", level(pink(dice, 60), VOICE_DB - snr))
        add(f"babble of 6, {snr} dB SNR", level(speech.babble(dice, 6, 60), VOICE_DB - snr))
    return tracks


def with_echo(speech: Speech, losses: Sequence[float], count: int) -> list[Track]:
    """The agent's own voice comes back, from a loudspeaker after 60 ms, by telephone after 280: alone, and under a caller's."""
    tracks = []
    for place, delay_ms in (("loudspeaker", 60.0), ("telephone", 280.0)):
        for loss_db in losses:
            for caller in (False, True):
                name = f"{place}, {loss_db:.0f} dB"
                tracks.append(echo_track(speech, name, delay_ms, loss_db, count if caller else 0))
    tracks.append(echo_track(speech, "telephone, 800 ms, 12 dB", 800.0, 12, 0))
    tracks.append(echo_track(speech, "telephone, 800 ms, 12 dB", 800.0, 12, count))
    return tracks


def echo_track(speech: Speech, name: str, delay_ms: float, loss_db: float, count: int) -> Track:
    """One of them. `count` utterances of the caller's."""
    dice = np.random.default_rng((6, round(delay_ms), round(loss_db), count))
    sound, words = speech.callers(dice, count, VOICE_DB) if count else (np.zeros(60 * HZ), [])
    spoken = speech.talk(dice, AGENT, len(sound) / HZ, (0.1, 0.6))
    mixed = sound + comes_back(dice, spoken, delay_ms, loss_db) + room(dice, -65.0, len(sound) / HZ)
    mixed = telephone(mixed) if name.startswith("telephone") else mixed
    return Track(name, name, mixed, tuple(words), spoken)


JUMPS_MS = (20, 40, 60, 100)
"""What a telephone's buffer holds more, or less, after a jump: one to five frames."""
MOST_HELD_MS = 200


def jumping(dice: np.random.Generator, spoken: Samples) -> Samples:
    """`spoken` as a telephone plays it whose buffer grows or shrinks every three to five seconds: a gap, or a stretch left out."""
    parts, at, held = [], 0, 0
    while at < len(spoken):
        stop = at + int(dice.uniform(3.0, 5.0) * HZ)
        parts.append(spoken[at:stop])
        step = int(dice.choice(JUMPS_MS))
        up = held == 0 or (held + step <= MOST_HELD_MS and dice.random() < 0.5)
        step = step if up else min(step, held)
        held += step if up else -step
        if up:
            parts.append(np.zeros(step * HZ // 1000))
        at = stop if up else stop + step * HZ // 1000
    return np.concatenate(parts)[: len(spoken)]


def with_jumps(speech: Speech, losses: Sequence[float], count: int) -> list[Track]:
    """The agent's own voice by telephone, its delay never the same for long: alone for two minutes, and under a caller's. On
    loudspeaker in a room, and at the ear, where nothing but the direct way comes back.
    """
    return [
        jump_track(speech, f"{place}, {loss_db:.0f} dB", reflected, loss_db, words)
        for place, reflected in (("in a room", 0.05), ("at the ear", 0.0))
        for loss_db in losses
        for words in (0, count)
    ]


def jump_track(speech: Speech, name: str, reflected: float, loss_db: float, count: int) -> Track:
    """One of them."""
    dice = np.random.default_rng((7, round(loss_db), count))
    sound, words = speech.callers(dice, count, VOICE_DB) if count else (np.zeros(120 * HZ), [])
    spoken = speech.talk(dice, AGENT, len(sound) / HZ, (0.1, 0.6))
    echo = comes_back(dice, jumping(dice, spoken), 280.0, loss_db, reflected)
    mixed = telephone(sound + echo + room(dice, -65.0, len(sound) / HZ))
    return Track(name, name, mixed, tuple(words), spoken)
