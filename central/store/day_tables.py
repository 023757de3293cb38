"""The tables of days: what a facility's days are like, who registered, what was told to whom, days on paper, and screens."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from central.store.tables import metadata

schedules = Table(
    "schedules",
    metadata,
    Column("facility_id", String(64), ForeignKey("facilities.id"), primary_key=True),
    Column("body", Text, nullable=False),
)
"""`body`: JSON of central.store.schedules.Schedule: opening hours, holidays, limits, quota, rules."""

registrations = Table(
    "registrations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("facility_id", String(64), ForeignKey("facilities.id"), nullable=False),
    Column("day", String(10), nullable=False),
    Column("number", Integer, nullable=False),
    Column("visitor_name", String(200), nullable=False),
    Column("relation", String(80), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("inmate_said", String(200), nullable=False),
    Column("inmate", String(200), nullable=False, server_default=""),
    Column("language", String(2), nullable=False, server_default="id"),
    Column("nonce", String(64), nullable=False, unique=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("state", String(20), nullable=False, server_default="waiting"),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("decided_by", String(64)),
    Column("decided_at_ms", BigInteger),
    Column("session_id", String(64), ForeignKey("sessions.id")),
    Column("told_terminal_id", String(64)),
    Column("told_start_at_ms", BigInteger),
    Column("told_talk_s", Integer),
    Column("to_tell", String(20)),
    Column("exempt_talk_s", Integer),
    Column("exempt_by", String(64)),
    Column("exempt_reason", String(200)),
    Column("make_up_of", String(64), ForeignKey("registrations.id"), unique=True),
    Column("consented_at_ms", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("erased_at_ms", BigInteger),
    UniqueConstraint("facility_id", "day", "number"),
    Index(None, "facility_id", "phone", "day"),
    Index(None, "session_id"),
    Index(None, "day"),
)
"""`state`: waiting, approved, refused, absent, postponed, withdrawn; whether it was called and is done is its session's. `day`: the date
there, 2026-06-08. `told_*`: what the family knows; `to_tell`: the message that is still to be sent. One make-up turn at most."""

paper_outcomes = Table(
    "paper_outcomes",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id"), primary_key=True),
    Column("facility_id", String(64), ForeignKey("facilities.id"), nullable=False),
    Column("terminal_id", String(64), ForeignKey("terminals.id"), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("planned_start_at_ms", BigInteger, nullable=False),
    Column("promised_s", Integer, nullable=False),
    Column("started_at_ms", BigInteger),
    Column("talk_s", Integer, nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at_ms", BigInteger, nullable=False),
    Index(None, "facility_id", "planned_start_at_ms"),
)
"""What became of turns while central was away, from the printed list. `outcome`: served, no_show, not_held; `talk_s`: as written
down, whole minutes. A session with a usage record has none that counts: see central.store.paper."""

displays = Table(
    "displays",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("facility_id", String(64), ForeignKey("facilities.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_by", String(64), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    Index(None, "facility_id"),
)
"""Screens in a waiting block, each with a code of its own that shows numbers and nothing else."""
