"""The schema, brought to the newest version at start. One line of migrations for both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from app.db import Database
from app.errors import Conflict, NotFound

log = structlog.get_logger("migrate")

LOCK = 7_346_202  # advisory lock: two processes that start together migrate one after the other
FOLDER = Path(__file__).parent / "migrations"


def newest() -> str:
    """The newest revision, told by the file names (NNNN_what.py), so that a current desk starts without Alembic."""
    return max(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def current(database: Database) -> str | None:
    """The revision that the database has; None when it is empty."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def exists(database: Database) -> bool:
    """Whether there is a database at all; SQLite would make an empty one by looking."""
    name = database.engine.url.database
    return not database.sqlite or name is None or Path(name).exists()


def require(database: Database) -> Database:
    """The same database, for commands that only look. Raises NotFound when there is no desk, or an older one."""
    found = current(database) if exists(database) else None
    if found is None:
        raise NotFound("There is no desk here yet; `madoguchi serve` makes one.")
    if found != newest():
        raise Conflict("This desk is of another version; `madoguchi migrate` brings it up to date.")
    return database


def upgrade(database: Database) -> bool:
    """Bring the schema to the newest revision; whether there was anything to do."""
    if current(database) == newest():
        return False
    from alembic import command

    with database.engine.begin() as connection:
        if not database.sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        configuration = config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    log.info("migrated", to=newest())
    return True


def config() -> Any:
    """Alembic's configuration."""
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER))
    return configuration
