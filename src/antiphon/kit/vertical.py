"""A trade: a folder with an agent, its tools, its tables and its seed. Loaded by name, never imported by the platform."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from antiphon.kit.tool import Tool

Seed = Callable[[AsyncConnection, str], Awaitable[None]]
"""(transaction, tenant): fill what the tenant's demo needs; does nothing the second time."""


@dataclass(frozen=True, slots=True)
class Vertical:
    """What a trade brings. `migrations` is its Alembic versions folder, a branch of its own."""

    name: str
    folder: Path
    tools: tuple[Tool, ...]
    migrations: Path
    seed: Seed
