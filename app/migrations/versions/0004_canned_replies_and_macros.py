"""canned replies, macros, signatures, and recipients of one's own choice"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _ready("canned_replies", sa.Column("files", app.db.Json(), nullable=False))
    _ready(
        "macros",
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actions", app.db.Json(), nullable=False),
    )
    op.create_table(
        "edits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("agent_id", NUMBER, nullable=True),
        sa.Column("before", app.db.Json(), nullable=False),
        sa.Column("after", app.db.Json(), nullable=False),
        sa.Column("at", app.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_edits_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
    )
    op.create_index("ix_edits_kind_number_id", "edits", ["kind", "number", "id"], unique=False)
    op.add_column("agents", sa.Column("signatures", app.db.Json(), nullable=False, server_default="{}"))
    op.add_column("drafts", sa.Column("recipients", app.db.Json(), nullable=False, server_default="{}"))
    op.add_column("held_replies", sa.Column("signature", sa.Text(), nullable=False, server_default=""))
    op.add_column("participants", sa.Column("copied", sa.Boolean(), nullable=False, server_default=sa.true()))


def _ready(table: str, *more: sa.Column[Any]) -> None:
    """What somebody keeps ready: whose it is, what it is called, its texts, and what else it has."""
    agents, teams = (op.f(f"fk_{table}_{column}_{to}") for column, to in (("agent_id", "agents"), ("team_id", "teams")))
    op.create_table(
        table,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shortcut", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("agent_id", NUMBER, nullable=True),
        sa.Column("team_id", NUMBER, nullable=True),
        sa.Column("texts", app.db.Json(), nullable=False),
        sa.Column("removed_at", app.db.Moment(), nullable=True),
        sa.Column("changed_at", app.db.Moment(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=agents, ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=teams, ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_agent_id"), table, ["agent_id"], unique=False)
