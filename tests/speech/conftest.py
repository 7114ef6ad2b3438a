"""Voices of test callers, kept between runs."""

import pytest

from antiphon.ports.stt import SttVocabulary
from antiphon.testing.voices import Voices


@pytest.fixture(scope="session")
def voices(pytestconfig: pytest.Config) -> Voices:
    return Voices(pytestconfig.cache.mkdir("voices"))


@pytest.fixture(scope="session")
def vocabulary() -> SttVocabulary:
    return SttVocabulary(
        key="tests/speech 2",
        phrases={
            "service": ("haircut", "blow dry", "balayage", "manicure", "cut and colour"),
            "person": ("maria", "james", "priya"),
        },
        templates=("i'd like {service} with {person} on {date}",),
    )
