"""The tables that several instances need for calls: who runs, whose socket is where, and what is on its way between them.

They hold nothing that matters after a call: backups leave them out, and on PostgreSQL what is on its way is never written to
its log. On SQLite, where there is one instance, they stay empty.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, Text

from central.store.tables import metadata

instances = Table(
    "instances",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
)
"""Every running `serve`; both instants are the database's own."""

call_ends = Table(
    "call_ends",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("end_id", String(32), nullable=False),
    Column("instance_id", String(32), nullable=False),
    Column("turn", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("left_at_ms", BigInteger),
    Index(None, "instance_id"),
)
"""The newest socket of each role of a call. `turn` grows with every newcomer: the higher one has the place. `about`: JSON of
central.calls.remote.About; `left_at_ms` is the database's own."""

call_messages = Table(
    "call_messages",
    metadata,
    Column("origin", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("to_instance", String(32), nullable=False),
    Column("to_end", String(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "to_instance"),
)
"""Signalling on its way from an end here to an end there; whoever has that end takes its rows away."""

call_stills = Table(
    "call_stills",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("end_id", String(32), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("jpeg", LargeBinary, nullable=False),
)
"""The picture of a family that waits to be let in, until it is in or has gone."""

PASSING = (call_messages, call_stills)
"""Not in PostgreSQL's log (UNLOGGED), so neither in its archive nor on a standby."""
EPHEMERAL = (instances, call_ends, *PASSING)
"""What no backup holds."""
