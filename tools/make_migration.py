"""Write a migration from what the models say and the migrations so far do not.

python tools/make_migration.py journal|records|TRADE "what changes"
"""

import sys
from importlib import import_module
from pathlib import Path

from alembic.autogenerate import api
from alembic.runtime.migration import MigrationContext
from alembic.util import rev_id
from mako.template import Template  # type: ignore[import-untyped]  # Alembic's own template engine
from sqlalchemy import MetaData, create_engine

from antiphon.adapters.sql.migrate import JOURNAL, RECORDS, SCRIPTS, scripts, upgrade
from antiphon.adapters.sql.tables import JOURNAL as JOURNAL_TABLES
from antiphon.kit.tables import METADATA

PLATFORM = {"journal": (JOURNAL, JOURNAL_TABLES), "records": (RECORDS, METADATA)}


def main(branch: str, message: str) -> None:
    """Compare models and migrations, and write one file into the branch's folder."""
    folder, metadata = _branch(branch)
    script = scripts([folder])
    with create_engine("sqlite://").begin() as connection:
        upgrade(connection, script)
        options = {"include_object": lambda _item, name, kind, *_: kind != "table" or _owner(name) == branch}
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata, **options})
        produced = api.produce_migrations(context, metadata)
    assert produced.upgrade_ops is not None
    assert produced.downgrade_ops is not None
    head = script.get_current_head()
    text = Template(filename=str(SCRIPTS / "script.py.mako")).render(  # Python, not HTML
        message=message.capitalize() + ".",
        imports="",
        up_revision=f"{branch}_{rev_id()}",
        down_revision=head,
        branch_labels=None if head else branch,
        depends_on=None,
        upgrades=api.render_python_code(produced.upgrade_ops),
        downgrades=api.render_python_code(produced.downgrade_ops),
    )
    number = len(list(folder.glob("[0-9]*.py"))) + 1
    path = folder / f"{number:04d}_{message.lower().replace(' ', '_')}.py"
    path.write_text(text, encoding="utf-8")
    print(path)


def _branch(branch: str) -> tuple[Path, MetaData]:
    if branch in PLATFORM:
        return PLATFORM[branch]
    return import_module(f"antiphon_verticals.{branch}").VERTICAL.migrations, METADATA


def _owner(table: str) -> str:
    """The branch a table belongs to: a trade's tables begin with its name."""
    if table.startswith("journal_"):
        return "journal"
    trades = {path.name for path in Path("src/antiphon_verticals").iterdir() if path.is_dir()}
    trade = table.partition("_")[0]
    return trade if trade in trades else "records"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
