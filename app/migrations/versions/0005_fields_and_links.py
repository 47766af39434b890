"""fields, followers, checklists, reminders, and blocked senders"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("fields", app.db.Json(), nullable=False, server_default="{}"))
    op.create_table(
        "fields",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spec", app.db.Json(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("archived_at", app.db.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fields")),
        sa.UniqueConstraint("key", name=op.f("uq_fields_key")),
    )
    op.create_table(
        "followers",
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("agent_id", NUMBER, nullable=False),
        sa.Column("made_at", app.db.Moment(), nullable=False),
        _key("followers", "agent_id", "agents"),
        _key("followers", "ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id", name=op.f("pk_followers")),
    )
    op.create_table(
        "checks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("done_at", app.db.Moment(), nullable=True),
        sa.Column("done_by_id", NUMBER, nullable=True),
        _key("checks", "done_by_id", "agents", "SET NULL"),
        _key("checks", "ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_ticket_id", "checks", ["ticket_id"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("agent_id", NUMBER, nullable=False),
        sa.Column("at", app.db.Moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("told_at", app.db.Moment(), nullable=True),
        sa.Column("made_at", app.db.Moment(), nullable=False),
        _key("reminders", "agent_id", "agents"),
        _key("reminders", "ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_ticket_id_agent_id", "reminders", ["ticket_id", "agent_id"], unique=False)
    op.create_index("ix_reminders_agent_id_at", "reminders", ["agent_id", "at"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by_id", NUMBER, nullable=True),
        sa.Column("made_at", app.db.Moment(), nullable=False),
        _key("blocks", "made_by_id", "agents", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_blocks_kind_value")),
    )
