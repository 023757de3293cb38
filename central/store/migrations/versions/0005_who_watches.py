"""Who is on duty, whose sessions those were, and which officer heard which call."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "duty",
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_duty_facility_id")),
        sa.PrimaryKeyConstraint("facility_id", "user", name=op.f("pk_duty")),
    )
    op.create_table(
        "session_duty",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_duty_session_id")),
        sa.PrimaryKeyConstraint("session_id", "user", name=op.f("pk_session_duty")),
    )
    op.create_table(
        "listens",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=64), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("heard_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_listens_session_id")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_listens_terminal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listens")),
    )
    with op.batch_alter_table("listens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listens_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_listens_began_at_ms"), ["began_at_ms"], unique=False)
