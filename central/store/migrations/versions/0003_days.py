"""Opening hours, and who registered for which day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "schedules",
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_schedules_facility_id")),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_schedules")),
    )
    op.create_table(
        "registrations",
        *_who(),
        *_what_became(),
        sa.ForeignKeyConstraint(["facility_id"], ["facilities.id"], name=op.f("fk_registrations_facility_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_registrations_session_id")),
        sa.ForeignKeyConstraint(["make_up_of"], ["registrations.id"], name=op.f("fk_registrations_make_up_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("nonce", name=op.f("uq_registrations_nonce")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_registrations_code_hash")),
        sa.UniqueConstraint("make_up_of", name=op.f("uq_registrations_make_up_of")),
        sa.UniqueConstraint("facility_id", "day", "number", name=op.f("uq_registrations_facility_id_day_number")),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registrations_facility_id_phone_day"), ["facility_id", "phone", "day"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_registrations_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_day"), ["day"], unique=False)


def _who() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("facility_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("visitor_name", sa.String(length=200), nullable=False),
        sa.Column("relation", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("inmate_said", sa.String(length=200), nullable=False),
        sa.Column("inmate", sa.String(length=200), server_default="", nullable=False),
        sa.Column("language", sa.String(length=2), server_default="id", nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
    ]


def _what_became() -> list[sa.Column[object]]:
    return [
        sa.Column("state", sa.String(length=20), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("told_terminal_id", sa.String(length=64), nullable=True),
        sa.Column("told_start_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_talk_s", sa.Integer(), nullable=True),
        sa.Column("to_tell", sa.String(length=20), nullable=True),
        sa.Column("exempt_talk_s", sa.Integer(), nullable=True),
        sa.Column("exempt_by", sa.String(length=64), nullable=True),
        sa.Column("exempt_reason", sa.String(length=200), nullable=True),
        sa.Column("make_up_of", sa.String(length=64), nullable=True),
        sa.Column("consented_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("erased_at_ms", sa.BigInteger(), nullable=True),
    ]
