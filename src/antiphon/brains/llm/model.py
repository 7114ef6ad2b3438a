"""One answer of a language model through pydantic-ai's model layer: words as they come, function calls at the end.

Every wait has our own deadline and every trouble becomes a ProviderError; there are no retries, because a caller waits.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from antiphon.brains.llm.trouble import mapped
from antiphon.core.errors import ProviderError, ProviderFault
from antiphon.core.proposal import Json

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model

FIRST_S = 3.0
"""Longest wait for the first word; half of what a call gives a brain, so that the next link still answers within the turn."""
NEXT_S = 2.5
MOST_TOKENS = 400
"""Two minutes of speech; nobody wants to hear more in one reply."""


@dataclass(frozen=True, slots=True)
class Function:
    """Something a model may call: `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Called:
    """A function call; `arguments` is None if they were not a JSON object."""

    call: str
    name: str
    arguments: dict[str, Json] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of an answer: its calls, and itself for the messages that follow within the run."""

    calls: tuple[Called, ...]
    message: "ModelResponse"


class LanguageModel(Protocol):
    """What the brain needs of a model."""

    def answer(self, messages: Sequence["ModelMessage"], functions: Sequence[Function]) -> AsyncIterator[str | Answer]:
        """Words as they come, then the Answer. Closing the iterator ends the request. Raises ProviderError."""


class PydanticAiModel:
    """A model through pydantic-ai. Without a name the server is asked for it at the first answer."""

    def __init__(self, client: "AsyncOpenAI", name: str | None, first_s: float, next_s: float) -> None:
        import pydantic_ai.models.openai  # noqa: F401 - some seconds on a slow machine, in which no call may stand still

        self._client, self._first_s, self._next_s = client, first_s, next_s
        self._model = self._named(name) if name else None

    def _named(self, name: str) -> "Model":
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=self._client))

    async def _found(self) -> "Model":
        """The only model there is."""
        if self._model is None:
            async with asyncio.timeout(self._first_s):
                names = [each.id for each in (await self._client.models.list()).data]
            if len(names) != 1:
                told = f"its server has {len(names)} models ({', '.join(names[:5])}): say which"
                raise ProviderError(told, ProviderFault.REFUSED, retryable=False)
            self._model = self._named(names[0])
        return self._model

    async def answer(
        self, messages: Sequence["ModelMessage"], functions: Sequence[Function]
    ) -> AsyncIterator[str | Answer]:
        """See `LanguageModel`."""
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.tools import ToolDefinition

        tools = [
            ToolDefinition(name=each.name, description=each.description, parameters_json_schema=dict(each.parameters))
            for each in functions
        ]
        parameters = ModelRequestParameters(function_tools=tools)
        settings: Any = {"max_tokens": MOST_TOKENS, "timeout": self._first_s + self._next_s}
        with mapped(self._client.api_key):
            model = await self._found()
            opening = model.request_stream(list(messages), settings, parameters)
            async with _deadline_on_entry(opening, self._first_s) as stream:
                events, wait_s = aiter(stream), self._first_s
                while True:
                    async with asyncio.timeout(wait_s):
                        event = await anext(events, None)
                    if event is None:
                        break
                    wait_s = self._next_s
                    if text := _text(event):
                        yield text
                yield _ended(stream.get())


@asynccontextmanager
async def _deadline_on_entry(opening: Any, seconds: float) -> AsyncIterator[Any]:
    """`async with opening`, with a deadline on getting in only."""
    async with asyncio.timeout(seconds) as deadline:
        async with opening as opened:
            deadline.reschedule(None)
            yield opened


def _text(event: Any) -> str:
    """The words in an event: the first ones come with the part itself."""
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return event.part.content
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return event.delta.content_delta
    return ""


def _ended(response: "ModelResponse") -> Answer:
    from pydantic_ai.messages import ToolCallPart

    if response.finish_reason == "content_filter":
        raise ProviderError("the model refused to answer", ProviderFault.REFUSED, retryable=False)
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    return Answer(tuple(Called(part.tool_call_id, part.tool_name, _arguments(part)) for part in calls), response)


def _arguments(part: Any) -> dict[str, Json] | None:
    try:
        arguments = part.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError, TypeError):
        return None
    return arguments if isinstance(arguments, dict) else None


@asynccontextmanager
async def open_model(
    name: str | None, key: str, base_url: str | None = None, *, first_s: float = FIRST_S, next_s: float = NEXT_S
) -> AsyncIterator[PydanticAiModel]:
    """A model behind any server that speaks OpenAI's chat completions; its connections are closed with the block. Without a name it
    is the one model that the server lists. Nothing is sent before the first answer, so a server may come up later."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, timeout=first_s + next_s)
    async with client:
        yield PydanticAiModel(client, name, first_s, next_s)
