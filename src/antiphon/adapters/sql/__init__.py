"""SQL: the journal, the records, and the toolbox over one engine pair each (SQLite by default)."""

from antiphon.adapters.sql.engine import Engines, open_sqlite
from antiphon.adapters.sql.journal import SqlJournal
from antiphon.adapters.sql.migrate import migrate
from antiphon.adapters.sql.records import SqlRecords
from antiphon.adapters.sql.toolbox import SqlToolbox

__all__ = ["Engines", "SqlJournal", "SqlRecords", "SqlToolbox", "migrate", "open_sqlite"]
