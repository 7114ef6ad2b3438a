"""SQL: the journal, the records, and the toolbox over one engine pair each.

Statements are portable (no SQLite functions; heads are read FOR UPDATE, which SQLite needs not and leaves out); not there yet for
PostgreSQL: engines (`engine.open_sqlite` is the only factory), a retry after a serialisation failure or a lost insert race on a
counter row or a key, and row-level security by tenant.
"""

from antiphon.adapters.sql.engine import Engines, open_sqlite
from antiphon.adapters.sql.journal import SqlJournal
from antiphon.adapters.sql.migrate import migrate
from antiphon.adapters.sql.records import SqlRecords
from antiphon.adapters.sql.toolbox import SqlToolbox

__all__ = ["Engines", "SqlJournal", "SqlRecords", "SqlToolbox", "migrate", "open_sqlite"]
