"""Calls that an officer moved to another booth in the middle."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "moves",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("moved_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("follow_up_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["follow_up_id"], ["sessions.id"], name=op.f("fk_moves_follow_up_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_moves_session_id")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_moves_terminal_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_moves")),
    )
    with op.batch_alter_table("moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moves_done_at_ms"), ["done_at_ms"], unique=False)
