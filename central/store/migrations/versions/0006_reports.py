"""The figures of usage records as reports add them up, and the indexes that old rows are found by.

Records that are there already get theirs from the running central, some at a time (central.store.talk_figures).
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "talk_figures",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("start_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_reason", sa.String(length=40), nullable=False),
        sa.Column("fault_party", sa.String(length=20), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("promised_s", sa.Integer(), nullable=False),
        sa.Column("extended_s", sa.Integer(), nullable=False),
        sa.Column("delivered_ms", sa.BigInteger(), nullable=False),
        sa.Column("interrupted_ms", sa.BigInteger(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_talk_figures_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_talk_figures")),
    )
    op.create_index(op.f("ix_talk_figures_facility_id_start_at_ms"), "talk_figures", ["facility_id", "start_at_ms"])
    op.create_index(op.f("ix_audit_act_at_ms"), "audit", ["act", "at_ms"])
    op.create_index(op.f("ix_commands_issued_at_ms"), "commands", ["issued_at_ms"])
    op.create_index(op.f("ix_events_received_at_ms"), "events", ["received_at_ms"])
    named = sa.text("inmate_name <> ''")
    op.create_index(op.f("ix_sessions_named"), "sessions", ["start_at_ms"], sqlite_where=named, postgresql_where=named)
