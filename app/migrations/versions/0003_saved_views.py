"""saved views"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("agent_id", NUMBER, nullable=True),
        sa.Column("team_id", NUMBER, nullable=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("conditions", app.db.Json(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("made_at", app.db.Moment(), nullable=False),
        sa.Column("changed_at", app.db.Moment(), nullable=False),
        sa.Column("changed_by_id", NUMBER, nullable=True),
        sa.Column("deleted_at", app.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_views_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_views_team_id_teams"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    op.create_index("ix_views_audience_agent_id", "views", ["audience", "agent_id"], unique=False)
