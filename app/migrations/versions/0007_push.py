"""browsers that are told while the desk is closed in them"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "push_browsers",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("agent_id", NUMBER, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("faults", NUMBER, nullable=False),
        sa.Column("created_at", app.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["agent_sessions.digest"],
            name=op.f("fk_push_browsers_session_agent_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_push_browsers_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_push_browsers")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_browsers_endpoint")),
    )
    op.create_index("ix_push_browsers_agent_id", "push_browsers", ["agent_id"])
