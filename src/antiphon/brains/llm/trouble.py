"""A vendor's errors as ours: a category for the chain, and words for people that never hold the key."""

from collections.abc import Iterator
from contextlib import contextmanager

from antiphon.core.errors import ProviderError, ProviderFault

SHORTEST_SECRET = 8
"""A stand-in for a key ("none") is a word of its own and stays."""
LONGEST_WORDS = 300


@contextmanager
def mapped(secret: str) -> Iterator[None]:
    """Raises ProviderError for whatever pydantic-ai, openai or the transport raise."""
    import httpx2
    from openai import OpenAIError
    from pydantic_ai.exceptions import AgentRunError

    try:
        yield
    except TimeoutError as error:
        raise ProviderError("its server did not answer in time", ProviderFault.TIMEOUT, retryable=True) from error
    except (AgentRunError, OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, ValueError) as error:
        category = _category(error)
        retryable = category not in (ProviderFault.CREDENTIALS, ProviderFault.REFUSED)
        raise ProviderError(_without(secret, _words(error, category)), category, retryable=retryable) from error


def _without(secret: str, words: str) -> str:
    """A server may send back what it was sent."""
    return (words.replace(secret, "…") if len(secret) >= SHORTEST_SECRET else words)[:LONGEST_WORDS]


def _words(error: Exception, category: ProviderFault) -> str:
    status = _status(error)
    http = f" (HTTP {status})" if status else ""
    if category is ProviderFault.CREDENTIALS:
        return f"its server refuses the key{http}"  # without the vendor's words: they quote parts of the key
    if status == 404:
        return f"its server knows no such model or path{http}: {_vendors(error)}"
    if category is ProviderFault.UNAVAILABLE and not status and not _said(error):
        return f"the connection to its server failed ({_root(error)})"
    if category is ProviderFault.TIMEOUT:
        return f"its server did not answer in time{http}"
    return f"its server failed{http}: {_vendors(error)}"


def _said(error: Exception) -> bool:
    """Whether the server had begun to answer."""
    from openai import APIConnectionError

    each: BaseException | None = error
    while each is not None and not isinstance(each, APIConnectionError):
        each = each.__cause__
    return each is None


def _root(error: BaseException) -> str:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__


def _vendors(error: Exception) -> str:
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    return str(words or error)


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _category(error: Exception) -> ProviderFault:
    from openai import OpenAIError
    from pydantic_ai import exceptions as ai

    by_kind: list[tuple[tuple[type[Exception], ...], ProviderFault]] = [
        ((ai.ModelAuthenticationError,), ProviderFault.CREDENTIALS),
        ((ai.ModelQuotaExceededError, ai.ModelRateLimitError), ProviderFault.LIMIT),
        ((ai.ModelTimeoutError, ai.ModelRequestTimeout), ProviderFault.TIMEOUT),
        ((ai.ContentFilterError, ai.ModelRequestRejectedError, ai.ModelNotFoundError), ProviderFault.REFUSED),
    ]
    for kinds, category in by_kind:
        if isinstance(error, kinds):
            return category
    if status := _status(error):
        return _by_status(status)
    return ProviderFault.UNAVAILABLE if isinstance(error, ai.ModelAPIError | OpenAIError) else ProviderFault.PROTOCOL


def _by_status(status: int) -> ProviderFault:
    if status in (401, 403):
        return ProviderFault.CREDENTIALS
    if status in (402, 429):
        return ProviderFault.LIMIT
    return ProviderFault.REFUSED if 400 <= status < 500 else ProviderFault.UNAVAILABLE
