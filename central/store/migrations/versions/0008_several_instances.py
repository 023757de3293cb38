"""Who runs, whose socket is where, what is on its way between instances, and when a terminal hung up."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Take the step."""
    _places()
    _passing()
    op.add_column("terminal_status", sa.Column("dropped_at_ms", sa.BigInteger(), nullable=True))


def _places() -> None:
    op.create_table(
        "instances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
    )
    op.create_table(
        "call_ends",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("end_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("left_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "role", name=op.f("pk_call_ends")),
    )
    op.create_index(op.f("ix_call_ends_instance_id"), "call_ends", ["instance_id"], unique=False)


def _passing() -> None:
    op.create_table(
        "call_messages",
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("to_instance", sa.String(length=32), nullable=False),
        sa.Column("to_end", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "seq", name=op.f("pk_call_messages")),
    )
    op.create_index(op.f("ix_call_messages_to_instance"), "call_messages", ["to_instance"], unique=False)
    op.create_table(
        "call_stills",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("end_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_call_stills")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("alter table call_messages set unlogged")
        op.execute("alter table call_stills set unlogged")
