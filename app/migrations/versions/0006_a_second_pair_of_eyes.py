"""a second pair of eyes: who needs approval, what is proposed"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_proposals_{column}_{to}"), ondelete=ondelete)


def upgrade() -> None:
    for table in ("agents", "teams"):
        op.add_column(table, sa.Column("approval", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("held_replies", sa.Column("proposal_id", NUMBER, nullable=True))
    op.create_table(
        "proposals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("agent_id", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("recipients", app.db.Json(), nullable=False),
        sa.Column("files", app.db.Json(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("leave_at", app.db.Moment(), nullable=True),
        sa.Column("seen", NUMBER, nullable=False),
        sa.Column("before_id", NUMBER, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("decided_by_id", NUMBER, nullable=True),
        sa.Column("decided_at", app.db.Moment(), nullable=True),
        sa.Column("created_at", app.db.Moment(), nullable=False),
        _key("agent_id", "agents"),
        _key("decided_by_id", "agents", "SET NULL"),
        _key("ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_ticket_id_state", "proposals", ["ticket_id", "state"], unique=False)
    op.create_index("ix_proposals_agent_id", "proposals", ["agent_id"], unique=False)
