"""Every brain of the house keeps the contract."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from antiphon.agents import load_options, read_agent
from antiphon.brains.chain import BrainChain
from antiphon.brains.dialogue import DialogueBrain
from antiphon.core.commands import Cause
from antiphon.core.proposal import CallTool
from antiphon.ports.brain import Brain
from antiphon.testing.contracts.brain import BrainContract, MakeBrain
from antiphon.testing.scripted_brain import ScriptedBrain
from tests.brains.fake_salon import FOLDER, FakeSalon


@asynccontextmanager
async def dialogue_brain() -> AsyncIterator[Brain]:
    agent = read_agent(FOLDER)
    yield DialogueBrain(agent, await load_options(agent, FakeSalon(), "demo"))


@asynccontextmanager
async def scripted_brain() -> AsyncIterator[Brain]:
    yield ScriptedBrain({Cause.TURN: ("Let me look that up.", CallTool("look"), CallTool("look"))})


@asynccontextmanager
async def chained_brains() -> AsyncIterator[Brain]:
    async with scripted_brain() as first, dialogue_brain() as second:
        yield BrainChain(("scripted", first), ("dialogue", second))


class TestDialogueBrain(BrainContract):
    @pytest.fixture
    def make_brain(self) -> MakeBrain:
        return dialogue_brain


class TestScriptedBrain(BrainContract):
    @pytest.fixture
    def make_brain(self) -> MakeBrain:
        return scripted_brain


class TestChainedBrains(BrainContract):
    @pytest.fixture
    def make_brain(self) -> MakeBrain:
        return chained_brains
