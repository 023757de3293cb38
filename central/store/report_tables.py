"""What reports add up, one narrow row a usage record, and the indexes that reports and the removal of old rows look by."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from central.store.move_tables import moves
from central.store.tables import audit, commands, events, metadata, sessions

talk_figures = Table(
    "talk_figures",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id"), primary_key=True),
    Column("facility_id", String(64), nullable=False),
    Column("terminal_id", String(64), nullable=False),
    Column("start_at_ms", BigInteger, nullable=False),
    Column("end_reason", String(40), nullable=False),
    Column("fault_party", String(20), nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("promised_s", Integer, nullable=False),
    Column("extended_s", Integer, nullable=False),
    Column("delivered_ms", BigInteger, nullable=False),
    Column("interrupted_ms", BigInteger, nullable=False),
    Column("interruptions", Integer, nullable=False),
    Column("ended_by", String(64)),
    Column("carried_s", Integer, nullable=False, server_default="0"),
    Index(None, "facility_id", "start_at_ms"),
)
"""The figures of one usage record beside where and when its session was planned; written and replaced together with it.
`carried_s`: what of its promise went on at another booth, in a record of its own."""

Index(None, audit.c.act, audit.c.at_ms)
Index(None, commands.c.issued_at_ms)
Index(None, events.c.received_at_ms)
Index(None, moves.c.follow_up_id)
NAMED = text("inmate_name <> ''")
Index("ix_sessions_named", sessions.c.start_at_ms, sqlite_where=NAMED, postgresql_where=NAMED)
