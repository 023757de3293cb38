"""The tables of watching: who is on duty, whose sessions those were, and which officer heard which call."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from central.store.tables import metadata

duty = Table(
    "duty",
    metadata,
    Column("facility_id", String(64), ForeignKey("facilities.id"), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("seen_at_ms", BigInteger, nullable=False),
)
"""Officers by name, and when their board was open or an act of theirs came last."""

session_duty = Table(
    "session_duty",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id"), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
)
"""Who was on duty while a session was open, and from when on; none: nobody watched it."""

listens = Table(
    "listens",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("session_id", String(64), ForeignKey("sessions.id"), nullable=False),
    Column("terminal_id", String(64), ForeignKey("terminals.id"), nullable=False),
    Column("user", String(64), nullable=False),
    Column("began_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("heard_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("why", String(40)),
    Index(None, "session_id"),
    Index(None, "began_at_ms"),
)
"""One officer's listening to one call. `heard_at_ms`: the booth agreed and its screens say so; `seen_at_ms`: the officer's page was
there; `why` it ended: left, call_over, refused, no_answer, lost, logged_out, taken_over, shutting_down."""
