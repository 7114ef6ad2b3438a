"""`antiphon serve` says where to talk and who will answer."""

from pathlib import Path

import pytest

from antiphon.cli.serve import announce
from antiphon.config.server import read_settings
from antiphon.testing.server import server_process


@pytest.mark.parametrize(
    ("environment", "who"),
    [
        ({}, "the embedded dialogue brain (OPENAI_API_KEY adds a language model)"),
        ({"OPENAI_API_KEY": "sk-secret"}, "gpt-4.1-mini at the vendor; the embedded dialogue brain stands by"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "the model at http://127.0.0.1:1/v1; the embedded"),
    ],
)
def test_the_start_says_who_answers(environment: dict[str, str], who: str, capsys: pytest.CaptureFixture[str]) -> None:
    announce("http://127.0.0.1:8080/demo/#key=one", read_settings(environment))
    said = capsys.readouterr().out
    assert (True, True, False) == ("/demo/#key=one" in said, who in said, "sk-secret" in said)


@pytest.mark.realtime  # a server starts, which takes seconds of CPU
async def test_what_a_server_keeps_is_for_its_own_user_alone(tmp_path: Path) -> None:
    async with server_process(tmp_path, {"ANTIPHON_TLS": "auto"}):
        kept = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")}
    assert {"journal.db", "records.db", "keys.db", "key.pem"} <= set(kept)
    assert {0} == set(kept.values())
