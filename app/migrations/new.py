"""`python -m app.migrations.new "what changed"`: draft a migration from the difference between models and schema."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from app import migrate, settings
from app.db import Database


def draft(message: str) -> None:
    """Write the next revision, compared on an empty SQLite desk at the newest one."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(settings.load({}, data=Path(folder)))
        if any((migrate.FOLDER / "versions").glob("[0-9]*_*.py")):
            migrate.upgrade(database)
            number = int(migrate.newest()) + 1
        else:
            number = 1
        configuration = migrate.config()
        with database.engine.begin() as connection:
            configuration.attributes["connection"] = connection
            command.revision(configuration, message, autogenerate=True, rev_id=f"{number:04}")
        database.close()


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]))
