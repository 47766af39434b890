"""Run by Alembic: on the connection that `app.migrate` hands over, or on the desk's own database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app import schema, settings
from app.db import Base, Database


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="app.db.",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(settings.load()).engine.begin() as made:
        run(made)

assert Base.metadata is schema.metadata
