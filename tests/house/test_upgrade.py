"""A desk that was made by the first version opens in this one with everything that it had."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from app import migrate, settings
from app.db import Database


def test_a_desk_of_the_first_version_keeps_its_tickets(tmp_path: Path) -> None:
    database = Database(settings.load({}, data=tmp_path))
    with database.engine.begin() as connection:
        configuration = migrate.config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        old = sa.MetaData()
        old.reflect(connection)
        for table in ("agents", "customers", "inboxes", "tickets", "messages", "deliveries"):
            connection.execute(old.tables[table].insert(), _row(old.tables[table]))
        connection.execute(sa.text("UPDATE deliveries SET state = 'sending'"))
    assert migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT snoozed, snoozed_until FROM tickets")).all() == [(0, None)]
        assert connection.scalar(sa.text("SELECT shortcuts FROM agents")) == "{}"
        assert connection.scalar(sa.text("SELECT state FROM deliveries")) == "retrying"
    assert not migrate.upgrade(database)
    database.close()


def _row(table: sa.Table) -> dict[str, object]:
    """Something in every column that must have something; the first id everywhere."""
    return {column.name: _value(column) for column in table.columns if not column.nullable}


def _value(column: sa.Column[object]) -> object:
    kind = column.type.python_type
    if column.name == "id" or column.foreign_keys:
        return 1
    return {int: 0, bool: False, bytes: b""}.get(kind, "{}")
