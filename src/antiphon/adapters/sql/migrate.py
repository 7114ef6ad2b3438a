"""Bringing a database to the newest tables, with Alembic; a branch per trade beside the platform's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

SCRIPTS = Path(__file__).parent / "migrations"
JOURNAL, RECORDS = SCRIPTS / "journal", SCRIPTS / "records"


async def migrate(engine: AsyncEngine, versions: Sequence[Path]) -> None:
    """Upgrade to the heads of every branch in `versions` (folders of migrations); does nothing when they are reached."""
    script = scripts(versions)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, script)


def scripts(versions: Sequence[Path]) -> ScriptDirectory:
    """Alembic's view of these folders."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(folder) for folder in versions))
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, script: ScriptDirectory) -> None:
    """What `alembic upgrade heads` does, on a connection of ours."""
    reached = MigrationContext.configure(connection).get_current_heads()
    if set(reached) == set(script.get_heads()):
        return

    def steps(revision: tuple[str, ...], _context: MigrationContext) -> list[Any]:
        return script._upgrade_revs("heads", revision)  # type: ignore[arg-type]  # noqa: SLF001  # alembic.command does

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()
