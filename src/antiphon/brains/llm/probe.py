"""Whether a language model answers, and how soon: for checkups."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from antiphon.brains.llm.model import Answer, LanguageModel


async def first_word_s(model: LanguageModel) -> float:
    """Seconds to the first word of an answer to a greeting. Raises ProviderError."""
    from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart

    asked = ModelRequest(parts=[SystemPromptPart("Answer in one word."), UserPromptPart("Hello!")])
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with aclosing(cast("AsyncGenerator[str | Answer, None]", model.answer([asked], []))) as answer:
        async for _ in answer:
            break
    return loop.time() - started
