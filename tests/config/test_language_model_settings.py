"""What turns a language model on, and which."""

from pathlib import Path

import pytest

from antiphon.config.server import DEFAULT_MODEL, read_settings
from antiphon.core.errors import ConfigError

LOCAL = "http://127.0.0.1:11434/v1"


def test_nothing_set_means_no_language_model() -> None:
    settings = read_settings({})
    assert (False, "") == (settings.wants_language_model, settings.language_model)


def test_key_alone_means_the_vendor_and_the_default_model() -> None:
    settings = read_settings({"OPENAI_API_KEY": "sk-very-secret"})
    assert (True, f"{DEFAULT_MODEL} at the vendor") == (settings.wants_language_model, settings.language_model)
    assert "secret" not in repr(settings)


def test_key_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-very-secret\n")
    assert "sk-very-secret" == read_settings({"OPENAI_API_KEY_FILE": str(tmp_path / "key")}).openai_api_key


def test_address_alone_means_its_only_model() -> None:
    settings = read_settings({"OPENAI_BASE_URL": LOCAL})
    assert (True, None) == (settings.wants_language_model, settings.openai_model)
    assert f"the model at {LOCAL}" == settings.language_model


def test_named_model_is_the_one_asked_for() -> None:
    assert f"qwen at {LOCAL}" == read_settings({"OPENAI_BASE_URL": LOCAL, "OPENAI_MODEL": "qwen"}).language_model


@pytest.mark.parametrize(
    "address", ["localhost", "127.0.0.1:11434/v1", "ftp://host/v1", "http://", "http://[::", "http://host:x/v1"]
)
def test_what_is_no_address_is_said_at_the_start(address: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL is no address"):
        read_settings({"OPENAI_BASE_URL": address})


@pytest.mark.parametrize("address", ["http://me:sk-secret@host/v1", "https://host/v1?key=sk-secret"])
def test_key_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings({"OPENAI_BASE_URL": address})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-secret more", "sk-\nsecret", "sk-secret…"])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        read_settings({"OPENAI_API_KEY": key})
    assert "secret" not in str(caught.value)
