"""Which brain answers: the dialogue brain alone, or a language model with the dialogue brain behind it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from antiphon.brains.chain import BrainChain
from antiphon.brains.dialogue import DialogueBrain
from antiphon.config.server import ServerSettings
from antiphon.core.agent import Agent, Options
from antiphon.ports.brain import Brain
from antiphon.ports.tool import ToolDeclaration

if TYPE_CHECKING:
    from antiphon.brains.llm import LanguageModel

NO_KEY = "none"
"""What a server that wants no key is sent: the vendor's client insists on some."""


@asynccontextmanager
async def open_language_model(settings: ServerSettings) -> AsyncIterator["LanguageModel | None"]:
    """The configured model, its connections closed with the block; None, and nothing imported, if none is configured."""
    if not settings.wants_language_model:
        yield None
        return
    from antiphon.brains.llm import open_model

    key = settings.openai_api_key or NO_KEY
    async with open_model(settings.openai_model, key, settings.openai_base_url) as model:
        yield model


def make_brain(
    agent: Agent, options: Options, tools: Sequence[ToolDeclaration], model: "LanguageModel | None"
) -> Brain:
    """The brain of one agent. A vendor's outage ends no call: the dialogue brain goes on from the same facts."""
    dialogue = DialogueBrain(agent, options)
    if model is None:
        return dialogue
    from antiphon.brains.llm import LlmBrain

    return BrainChain(("language model", LlmBrain(agent, options, tools, model)), ("dialogue", dialogue))
