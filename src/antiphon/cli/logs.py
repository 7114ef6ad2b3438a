"""How a process tells what happens: lines on standard error, for people on a terminal and as JSON elsewhere.

Tracebacks come without the values of variables: those may be what a caller said.
"""

import sys

import structlog


def log_to_stderr() -> None:
    """Once, at the start of a process."""
    people = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
    ]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    written: list[structlog.typing.Processor] = (
        [plain] if people else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *written],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
