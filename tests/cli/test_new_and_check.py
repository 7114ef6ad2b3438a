"""An agent of one's own, from nothing."""

from pathlib import Path

import pytest

from antiphon.cli import run


@pytest.fixture(autouse=True)
def agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTIPHON_AGENTS", str(tmp_path))
    return tmp_path


def test_a_new_agent_is_right_from_the_start(agents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (0, 0) == (run(["new", "mine"]), run(["check"]))
    assert "The Front Desk" in capsys.readouterr().out
    assert (agents / "mine" / "agent.toml").is_file()


def test_a_name_that_is_taken_loses_nothing(agents: Path) -> None:
    run(["new", "mine"])
    (agents / "mine" / "agent.toml").write_text("# edited")
    assert (2, "# edited") == (run(["new", "mine"]), (agents / "mine" / "agent.toml").read_text())


@pytest.mark.parametrize("name", ["Mine", "../mine", "", "1mine"])
def test_a_name_that_cannot_be_a_folder_is_refused(agents: Path, name: str) -> None:
    assert (2, []) == (run(["new", name]), list(agents.iterdir()))


def test_a_misspelt_key_is_named_with_its_likely_meaning(agents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["new", "mine"])
    path = agents / "mine" / "agent.toml"
    path.write_text(path.read_text().replace("phrases =", "frases =", 1))
    assert 1 == run(["check"])
    assert "frases" in capsys.readouterr().err
