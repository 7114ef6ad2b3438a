"""`antiphon doctor` tells the truth about a machine, in words that say what to do."""

import asyncio
import socket
from pathlib import Path

import pytest

from antiphon.cli import doctor
from antiphon.config.server import read_settings
from tests.brains.fake_llm import Reply, fake_llm


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with nothing set but free ports and a folder of its own."""
    for name in ("ANTIPHON_KEY", "ANTIPHON_TLS", "ANTIPHON_PUBLIC_ADDRESS", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTIPHON_HTTP", "127.0.0.1:0")
    monkeypatch.setenv("ANTIPHON_UDP", "127.0.0.1:0")
    monkeypatch.setenv("ANTIPHON_DATA", str(tmp_path / "data"))
    return monkeypatch


def line(output: str, part: str) -> str:
    """The doctor's line about a part."""
    return next(line for line in output.splitlines() if line[2:].startswith(part))


def test_port_taken_by_a_stranger_is_in_the_way(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{stranger.getsockname()[1]}"
        settings.setenv("ANTIPHON_HTTP", address)
        assert 1 == doctor.main(["--quick"])
    said = line(capsys.readouterr().out, "HTTP port")
    assert said.startswith("✗")
    assert address in said
    assert "ANTIPHON_HTTP" in said


def test_free_port_is_said_to_be_free(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    doctor.main(["--quick"])
    assert "✓ HTTP port        127.0.0.1:0 is free" == line(capsys.readouterr().out, "HTTP port")


def test_port_for_media_over_tcp_is_looked_at_when_it_is_set(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor.main(["--quick"])
    assert "ICE-TCP port" not in capsys.readouterr().out
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        settings.setenv("ANTIPHON_ICE_TCP", f"127.0.0.1:{stranger.getsockname()[1]}")
        doctor.main(["--quick"])
    assert "ANTIPHON_ICE_TCP" in line(capsys.readouterr().out, "ICE-TCP port")


def test_setting_that_cannot_be_read_is_named_with_its_cure(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("ANTIPHON_TLS", "maybe")
    assert 1 == doctor.main(["--quick"])
    said = line(capsys.readouterr().out, "settings")
    assert said.startswith("✗")
    assert "ANTIPHON_TLS=maybe" in said


def test_folder_under_a_file_cannot_hold_data(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.setenv("ANTIPHON_DATA", str(tmp_path / "file" / "data"))
    assert 1 == doctor.main(["--quick"])
    said = line(capsys.readouterr().out, "data folder")
    assert said.startswith("✗")
    assert "ANTIPHON_DATA" in said


def test_looking_leaves_no_data_folder_behind(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    doctor.main(["--quick"])
    assert [] == list(tmp_path.iterdir())


def test_open_server_without_tls_is_told_that_browsers_will_give_no_microphone(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("ANTIPHON_HTTP", "0.0.0.0:0")
    settings.setenv("ANTIPHON_KEY", "a-long-enough-test-key")
    doctor.main(["--quick"])
    said = line(capsys.readouterr().out, "microphone")
    assert said.startswith("!")
    assert "ANTIPHON_TLS=auto" in said


def test_no_secret_is_printed(settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings.setenv("ANTIPHON_KEY", "marked-secret-of-the-server")
    settings.setenv("OPENAI_API_KEY", "marked-secret-of-the-vendor")
    doctor.main(["--quick"])
    output = capsys.readouterr().out
    assert "ANTIPHON_KEY (environment)" in line(output, "settings")
    assert "marked-secret" not in output


def test_asset_with_a_wrong_hash_is_missing(
    settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "voice.bin").write_bytes(b"half a voi")
    (tmp_path / "tools" / "assets.lock").write_text(
        '{"archives": [{"files": [{"from": "voice.bin", "to": "voice.bin", "sha256": "00"}]}]}'
    )
    settings.setattr(doctor, "CHECKOUT", tmp_path)
    assert 1 == doctor.main(["--quick"])
    said = line(capsys.readouterr().out, "speech assets")
    assert said.startswith("✗ speech assets")
    assert "voice.bin" in said


@pytest.mark.parametrize(
    ("fault", "mark", "words"),
    [
        ("", "✓", "answers after"),
        ("401", "!", "refuses the key (HTTP 401); check OPENAI_API_KEY"),
        ("404", "!", "knows no such model or path (HTTP 404): no; check OPENAI_MODEL"),
        ("429", "!", "(HTTP 429): no; its account has reached a limit"),
        ("500", "!", "failed (HTTP 500): no; check that it runs"),
        ("stall", "!", "did not answer in time"),
    ],
)
async def test_language_model_is_asked_for_a_word(fault: str, mark: str, words: str) -> None:
    async with fake_llm(Reply("" if fault else "Hello.", fault=fault)) as vendor:
        settings = read_settings({"OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": vendor.base_url})
        async with asyncio.timeout(10):
            found = await asyncio.to_thread(doctor.examine_model, settings, quick=False)
    assert (mark, True) == (found.state.value, words in found.words), found.words
    assert "sk-secret" not in found.words
    assert ([fault] if fault else []) == vendor.landed


def test_language_model_that_cannot_be_reached_is_said_with_the_cure() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        settings = read_settings({"OPENAI_BASE_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"})
        found = doctor.examine_model(settings, quick=False)
    assert ("!", True) == (found.state.value, "check that it runs, and OPENAI_BASE_URL" in found.words)


def test_without_a_language_model_the_embedded_brain_is_named() -> None:
    found = doctor.examine_model(read_settings({}), quick=False)
    assert ("✓", True) == (found.state.value, "embedded dialogue brain" in found.words)
