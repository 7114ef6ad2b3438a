"""Which detector pauses the agent: CPU, onset, false starts and false pauses of our gate, Silero and WebRTC's, on the same audio.

    PYTHONPATH=src:. python -m benchmarks.gate [--utterances 60] [--only-echo]

The core's own gate runs in `crates/media/examples/gates.rs`, Silero as the server has it (its network in batches, its hysteresis),
WebRTC's from its wheel; nothing waits for a clock. `--only-echo` takes three minutes. Writes
benchmarks/results/gate.json and gate.svg.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from antiphon.testing.voices import Voices
from benchmarks.gate.detectors import build, confirmed, gates, int16, save, silero, webrtc
from benchmarks.gate.material import Speech, Track, with_caller, with_echo, with_jumps, without_caller
from benchmarks.gate.tables import Detectors, doubt_table, noise_table, own_voice_table, speech_table

RESULTS = Path(__file__).parents[1] / "results"
BEFORE, CHOSEN = "3/5/0.65", "3/5/0.65/0.7"
POLICIES = (BEFORE, "3/5/0.5", "2/3/0.65", "2/3/0.6", "1/1/0.65", "1/1/0.7", "1/1/0.8", "2/3/0.65/0.7", CHOSEN)
"""Hits, frames, what the network must say of each; then of one frame that opens the gate alone."""
LOSSES = (0, 6, 12, 20, 30)
JUMP_LOSSES = (0, 6, 12, 20)


def name_of(policy: str) -> str:
    """How the table calls it."""
    hits, window, voice, *sure = policy.split("/")
    return f"gate, {hits} of {window} at {voice}" + "".join(f" or 1 at {one}" for one in sure)


def detect(tracks: Sequence[Track], folder: Path, program: Path) -> Detectors:
    """Every detector over every track."""
    files, pcms = save(tracks, folder), [int16(track) for track in tracks]
    ours = gates(program, POLICIES, tracks, files)
    alone = silero(pcms)
    network_ms = statistics.mean(found.cpu_ms for found in alone)
    found = {name_of(policy): ours[policy] for policy in POLICIES}
    for policy in (BEFORE, CHOSEN):
        found[f"{name_of(policy)}, then Silero"] = confirmed(ours[policy], pcms, network_ms)
    found["Silero alone"] = alone
    for mode in range(4):
        found[f"WebRTC {mode}"] = webrtc(pcms, mode, 1, 1)
    found["WebRTC 3, 3 of 5"] = webrtc(pcms, 3, 3, 5)
    return found


def echo_table(tracks: Sequence[Track], folder: Path, program: Path) -> dict[str, Any]:
    """The agent's own voice in the microphone, without and with the echo gate."""
    files = save(tracks, folder)
    ours = gates(program, (CHOSEN, f"{CHOSEN}+echo"), tracks, files)
    found = {
        "gate": ours[CHOSEN],
        "gate, with echo gate": ours[f"{CHOSEN}+echo"],
        "Silero": silero([int16(track) for track in tracks]),
        "Silero, with echo gate": silero([Path(f"{file}.left").read_bytes() for file in files]),
    }
    spent = [with_.cpu_ms - without.cpu_ms for without, with_ in zip(ours[CHOSEN], ours[f"{CHOSEN}+echo"], strict=True)]
    return {
        "starts_a_minute_and_double_talk": own_voice_table(tracks, found),
        "cpu_ms_more_while_the_agent_speaks": {"median": statistics.median(spent), "most": max(spent)},
        "cpu_ms_with_echo_gate": statistics.median(found.cpu_ms for found in ours[f"{CHOSEN}+echo"]),
    }


def jump_table(tracks: Sequence[Track], folder: Path, program: Path) -> dict[str, Any]:
    """The same where its delay jumps every few seconds: with an echo gate that only learns, and with the one that follows."""
    files = save(tracks, folder)
    ours = gates(program, (CHOSEN, f"{CHOSEN}+learns", f"{CHOSEN}+echo"), tracks, files)
    found = {
        "gate": ours[CHOSEN],
        "gate, echo gate only learns": ours[f"{CHOSEN}+learns"],
        "gate, with echo gate": ours[f"{CHOSEN}+echo"],
        "Silero, with echo gate": silero([Path(f"{file}.left").read_bytes() for file in files]),
    }
    more = [follows.cpu_ms - learns.cpu_ms for learns, follows in zip(*list(ours.values())[1:], strict=True)]
    return {
        "starts_a_minute_and_double_talk": own_voice_table(tracks, found),
        "cpu_ms_more_to_follow": {"median": statistics.median(more), "most": max(more)},
    }


def measure_echo(speech: Speech, utterances: int, program: Path, folder: Path) -> dict[str, Any]:
    """The agent's own voice."""
    return {
        "echo": echo_table(with_echo(speech, LOSSES, utterances), folder, program),
        "jumps": jump_table(with_jumps(speech, JUMP_LOSSES, utterances), folder, program),
    }


def measure(voices: Voices, utterances: int) -> dict[str, Any]:
    """Everything."""
    program, speech = build(), Speech(voices)
    result: dict[str, Any] = {
        "machine": {
            "cpus": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "processor": platform.machine(),
            "python": platform.python_version(),
            "webrtcvad-wheels": version("webrtcvad-wheels"),
        },
        "utterances": utterances,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quiet, spoken = without_caller(speech), with_caller(speech, utterances)
        both = detect([*quiet, *spoken], folder, program)
        noise = {detector: found[: len(quiet)] for detector, found in both.items()}
        caller = {detector: found[len(quiet) :] for detector, found in both.items()}
        result["cpu_ms_a_second"] = {
            detector: round(statistics.mean(one.cpu_ms for one in found), 3) for detector, found in both.items()
        }
        result["caller"] = speech_table(spoken, caller)
        result["nobody"] = noise_table(quiet, noise)
        result["doubt"] = doubt_table(quiet, spoken, noise[name_of(CHOSEN)], caller[name_of(CHOSEN)])
        result |= measure_echo(speech, utterances, program, folder)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=60, help="in each kind of noise")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--voices", type=Path, default=Path("data/voices"), help="where the voices' clips are kept")
    parser.add_argument(
        "--only-echo", action="store_true", help="measure the agent's own voice anew, and keep the rest"
    )
    parser.add_argument("--draw", action="store_true", help="only draw the results that are there")
    given = parser.parse_args()
    if not given.draw:
        voices = Voices(given.voices)
        if given.only_echo:
            result = json.loads((given.out / "gate.json").read_text())
            with tempfile.TemporaryDirectory() as name:
                result |= measure_echo(Speech(voices), given.utterances, build(), Path(name))
        else:
            result = measure(voices, given.utterances)
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "gate.json").write_text(json.dumps(result, indent=1) + "\n")
    from benchmarks.gate.picture import draw, table

    result = json.loads((given.out / "gate.json").read_text())
    print(table(result))
    draw(result, given.out / "gate.svg")


if __name__ == "__main__":
    main()
