"""The tree of errors, and whose fault each one is.

AntiphonError
├── ConfigError       you: a setting, an agent file, a missing part; the message says what to change
├── BadRequest        the client: an offer, a message, an argument; the message says what is wrong
│   ├── Unauthorized  no credential, or a wrong one
│   ├── Forbidden     a credential, but not for this
│   └── NotFound      no such call or agent for this tenant
├── CallerGone        the far end hung up or vanished; end the call, nothing is broken
├── Busy              no room for another call now; retry later
├── ProviderError     a vendor or an engine failed; `retryable` says whether the same request may succeed
├── ToolError         a business tool refused; `code` is for the brain, `say` may be spoken
├── Fenced            another owner has this call's journal; stop writing at once
└── InvariantBroken   us: a bug; report it with the journal
"""

from enum import StrEnum


class AntiphonError(Exception):
    """Anything Antiphon raises on purpose."""


class ConfigError(AntiphonError):
    """The operator can mend this; the message says how."""


class BadRequest(AntiphonError):
    """A client sent something that cannot be served; the message says what is wrong with it."""


class Unauthorized(BadRequest):
    """No credential, or one that opens nothing."""


class Forbidden(BadRequest):
    """Whoever asks is known, and may not do this."""


class NotFound(BadRequest):
    """There is no such thing for this tenant."""


class CallerGone(AntiphonError):
    """The far end closed or vanished."""


class Busy(AntiphonError):
    """No room for another call; try again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ProviderFault(StrEnum):
    """What kind of trouble a provider had; the category decides between retry, fallback and giving up."""

    CREDENTIALS = "credentials"
    LIMIT = "limit"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    PROTOCOL = "protocol"


class ProviderError(AntiphonError):
    """A speech engine, a model or a vendor failed."""

    def __init__(self, message: str, category: ProviderFault, *, retryable: bool) -> None:
        super().__init__(message)
        self.category = category
        self.retryable = retryable


class ToolError(AntiphonError):
    """A tool refused. `code` is from the tool's closed list; `say` is a sentence safe to speak to the caller."""

    def __init__(self, code: str, say: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {say}")
        self.code = code
        self.say = say
        self.retryable = retryable


class Fenced(AntiphonError):
    """The journal has moved on without this writer: another owner holds the call."""


class InvariantBroken(AntiphonError):
    """A promise the code makes to itself does not hold."""
