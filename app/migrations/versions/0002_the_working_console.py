"""drafts, held replies, notices, undo, snooze, one's own keys"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0002"
down_revision = "0001"

# Indexes that answer alone: with the columns that their questions also name.
WIDER = (
    ("ix_tickets_queue_assignee", "tickets", ["shelf", "assignee_id", "queue_rank", "queue_at", "id", "team_id"]),
    ("ix_messages_external_id", "messages", ["external_id", "inbox_id"]),
)


def upgrade() -> None:
    op.add_column("agents", sa.Column("shortcuts", app.db.Json(), nullable=False, server_default="{}"))
    op.add_column("tickets", sa.Column("snoozed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tickets", sa.Column("snoozed_until", app.db.Moment(), nullable=True))
    for name, table, columns in WIDER:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False)
    op.create_index("ix_tickets_updated_at", "tickets", ["updated_at"], unique=False)
    op.create_index("ix_messages_inbox_id_id", "messages", ["inbox_id", "id"], unique=False)
    op.execute("UPDATE deliveries SET state = 'retrying' WHERE state = 'sending'")  # the job says what is under way
    op.create_table(
        "drafts",
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", app.db.Json(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("updated_at", app.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_drafts_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_drafts_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id", "kind", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_agent_id", "drafts", ["agent_id"], unique=False)
    op.create_table(
        "held_replies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipients", app.db.Json(), nullable=False),
        sa.Column("files", app.db.Json(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("leave_at", app.db.Moment(), nullable=False),
        sa.Column("created_at", app.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_held_replies_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_held_replies_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_replies")),
    )
    op.create_index("ix_held_replies_ticket_id", "held_replies", ["ticket_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("created_at", app.db.Moment(), nullable=False),
        sa.Column("read_at", app.db.Moment(), nullable=True),
        sa.Column("mailed_at", app.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_notices_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_notices_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_agent_id_id", "notices", ["agent_id", "id"], unique=False)
    op.create_index("ix_notices_agent_id_read_at", "notices", ["agent_id", "read_at"], unique=False)
    op.create_index("ix_notices_event_id", "notices", ["event_id"], unique=False)
    op.create_index("ix_notices_ticket_id", "notices", ["ticket_id"], unique=False)

    op.create_table(
        "notice_mutes",
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_notice_mutes_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "kind", name=op.f("pk_notice_mutes")),
    )
    op.create_table(
        "notice_digests",
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("sent_at", app.db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_notice_digests_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_notice_digests")),
    )
    op.create_table(
        "undos",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", app.db.Json(), nullable=False),
        sa.Column("before", app.db.Json(), nullable=False),
        sa.Column("progress", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", app.db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_undos_agent_id_agents"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undos")),
    )
    op.create_index("ix_undos_made_at", "undos", ["made_at"], unique=False)
    op.create_index("ix_undos_ticket_id", "undos", ["ticket_id"], unique=False)
