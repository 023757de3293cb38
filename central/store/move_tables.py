"""The table of calls that an officer moved to another booth in the middle."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from central.store.tables import metadata

moves = Table(
    "moves",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id"), primary_key=True),
    Column("terminal_id", String(64), ForeignKey("terminals.id"), nullable=False),
    Column("moved_by", String(64), nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("done_at_ms", BigInteger),
    Column("follow_up_id", String(64), ForeignKey("sessions.id")),
    Index(None, "done_at_ms"),
)
"""`terminal_id`: where it goes on. `follow_up_id`: the session that has what was left; none where too little was."""
