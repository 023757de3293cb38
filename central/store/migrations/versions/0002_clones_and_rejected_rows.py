"""Boots of terminals, so that a clone shows, and reports that could not count."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the step."""
    op.add_column("terminals", sa.Column("cloned_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("sessions", sa.Column("refused_hash", sa.String(length=64), nullable=True))
    op.create_table(
        "terminal_boots",
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("cloned_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("refused_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_terminal_boots_terminal_id")),
        sa.PrimaryKeyConstraint("terminal_id", "boot_id", name=op.f("pk_terminal_boots")),
    )
    op.create_table(
        "rejected",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_rejected_terminal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected")),
        sa.UniqueConstraint(
            "terminal_id", "boot_id", "seq", "digest", name=op.f("uq_rejected_terminal_id_boot_id_seq_digest")
        ),
        sqlite_autoincrement=True,
    )
