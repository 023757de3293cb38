"""How terminals were over time, attempts to get out by the hour; passwords for one use, accounts that are closed, browsers of logins."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Take the step."""
    op.add_column("users", sa.Column("disabled_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("one_time_until_ms", sa.BigInteger(), nullable=True))
    op.add_column("staff_sessions", sa.Column("browser", sa.String(length=80), server_default="", nullable=False))
    op.create_table(
        "terminal_health",
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("faults", sa.String(length=400), nullable=False),
        sa.Column("window_up", sa.Boolean(), nullable=False),
        sa.Column("shell_up", sa.Boolean(), nullable=False),
        sa.Column("agent_version", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_terminal_health_terminal_id")),
        sa.PrimaryKeyConstraint("terminal_id", "from_ms", name=op.f("pk_terminal_health")),
    )
    op.create_table(
        "terminal_escapes",
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_terminal_escapes_terminal_id")),
        sa.PrimaryKeyConstraint("terminal_id", "hour_ms", "kind", name=op.f("pk_terminal_escapes")),
    )
    with op.batch_alter_table("terminal_health", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terminal_health_to_ms"), ["to_ms"], unique=False)
    with op.batch_alter_table("terminal_escapes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terminal_escapes_hour_ms"), ["hour_ms"], unique=False)
