"""Talk time that went on at another booth, so that reports count it as promised once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Take the step."""
    op.add_column("talk_figures", sa.Column("carried_s", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_moves_follow_up_id"), "moves", ["follow_up_id"])
