"""The tables of how terminals were over time: stretches of one state, and attempts to get out by the hour."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from central.store.tables import metadata

terminal_health = Table(
    "terminal_health",
    metadata,
    Column("terminal_id", String(64), ForeignKey("terminals.id"), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True),
    Column("to_ms", BigInteger, nullable=False),
    Column("boot_id", String(64), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("faults", String(400), nullable=False),
    Column("window_up", Boolean, nullable=False),
    Column("shell_up", Boolean, nullable=False),
    Column("agent_version", String(200), nullable=False),
    Index(None, "to_ms"),
)
"""One row a stretch of heartbeats that said the same; between two stretches the terminal was silent. `faults`: codes with
commas between them; `to_ms` is written at most once in five minutes."""

terminal_escapes = Table(
    "terminal_escapes",
    metadata,
    Column("terminal_id", String(64), ForeignKey("terminals.id"), primary_key=True),
    Column("hour_ms", BigInteger, primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Index(None, "hour_ms"),
)
"""Attempts to get out of the kiosk by kind, and in which hour of central's clock they were heard of."""
