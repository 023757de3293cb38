"""What officers put in place by hand, whom they called, days that were kept on paper, and screens in the waiting block."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pinned_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("called_at_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "paper_outcomes",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("terminal_id", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("planned_start_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("promised_s", sa.Integer(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("talk_s", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_paper_outcomes_session_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_paper_outcomes_facility_id")),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminals.id"], name=op.f("fk_paper_outcomes_terminal_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_paper_outcomes")),
    )
    with op.batch_alter_table("paper_outcomes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_outcomes_facility_id_planned_start_at_ms"),
            ["facility_id", "planned_start_at_ms"],
            unique=False,
        )
    _displays()


def _displays() -> None:
    op.create_table(
        "displays",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_displays_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_displays")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_displays_code_hash")),
    )
    with op.batch_alter_table("displays", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_displays_facility_id"), ["facility_id"], unique=False)
