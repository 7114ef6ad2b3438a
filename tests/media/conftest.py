"""What the media tests share."""

from pathlib import Path

import pytest

from antiphon.testing.voices import Voices


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A caller's sentence, 16 kHz, without silence before it."""
    folder: Path = tmp_path_factory.mktemp("voices")
    return Voices(folder).say("I would like to book a haircut on Thursday afternoon.", "rms", lead_ms=0)


@pytest.fixture(scope="session")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Voices:
    """Callers' voices, synthesised once."""
    return Voices(tmp_path_factory.mktemp("callers"))
