"""All tables; instants are integers, central's milliseconds since 1970, and long values are JSON as text."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(64), primary_key=True)


def _of(name: str, target: str, *, null: bool = False) -> Column[str]:
    return Column(name, String(64), ForeignKey(f"{target}.id"), nullable=null)


def _at(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


values = Table(
    "values",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single values of this central: the secret that links are made with, the public address."""

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("origin", String(32), nullable=False),
    Column("topic", String(128), nullable=False),
    _at("at_ms"),
    sqlite_autoincrement=True,
)
"""The bus on SQLite: what other processes have changed; rows of a minute ago are removed."""

facilities = Table(
    "facilities",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    _at("created_at_ms"),
)
"""`settings`: JSON of central.store.facilities.FacilitySettings."""

terminals = Table(
    "terminals",
    metadata,
    _id(),
    _of("facility_id", "facilities"),
    Column("name", String(200), nullable=False),
    Column("token_hash", String(64), unique=True),
    Column("machine", Text),
    Column("revision", BigInteger, nullable=False, server_default="1"),
    _at("created_at_ms"),
    _at("enrolled_at_ms", null=True),
    _at("revoked_at_ms", null=True),
    _at("cloned_at_ms", null=True),
    Index(None, "facility_id"),
)
"""`revision` moves with every change of the terminal's assignments or settings; `machine`: JSON of MachineFacts.
`cloned_at_ms`: two PCs were seen to use its token, and no officer has said yet which of them is the real one."""

terminal_boots = Table(
    "terminal_boots",
    metadata,
    Column("terminal_id", String(64), ForeignKey("terminals.id"), primary_key=True),
    Column("boot_id", String(64), primary_key=True),
    _at("began_at_ms"),
    _at("first_at_ms"),
    _at("cloned_at_ms", null=True),
    _at("refused_at_ms", null=True),
)
"""The last boots of a terminal: when the PC was switched on by its own count, and when it was first heard. `cloned_at_ms`: seen
to run beside another one; `refused_at_ms`: an officer chose the other."""

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    _of("terminal_id", "terminals"),
    _at("expires_at_ms"),
    _at("used_at_ms", null=True),
    Index(None, "terminal_id"),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _of("facility_id", "facilities"),
    _of("terminal_id", "terminals"),
    Column("number", String(40), nullable=False),
    _at("start_at_ms"),
    Column("talk_s", Integer, nullable=False),
    _at("closing_at_ms", null=True),
    Column("inmate_name", String(200), nullable=False),
    Column("family_name", String(200), nullable=False),
    Column("call_kind", String(20), nullable=False),
    Column("call_url", Text),
    Column("pin_hash", String(200)),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    _at("pin_wait_until_ms", null=True),
    Column("state", String(20), nullable=False, server_default="planned"),
    Column("why", String(40)),
    Column("visit_state", String(20), nullable=False, server_default="none"),
    Column("announced", Boolean, nullable=False, server_default=false()),
    _at("opened_at_ms", null=True),
    Column("boot_id", String(64)),
    _at("end_by_ms", null=True),
    Column("extended_s", Integer, nullable=False, server_default="0"),
    _at("admitted_at_ms", null=True),
    Column("admitted_by", String(64)),
    Column("link_hash", String(64), nullable=False, unique=True),
    Column("claim_hash", String(64)),
    _at("claimed_at_ms", null=True),
    Column("refused_hash", String(64)),
    Column("pinned_by", String(64)),
    _at("called_at_ms", null=True),
    _at("created_at_ms"),
    Index(None, "terminal_id", "start_at_ms"),
    Index(None, "facility_id", "start_at_ms"),
    Index(None, "state", "start_at_ms"),
)
"""`state`: planned, open, ended, cancelled; `why` says how one that never opened was closed. `announced`: it came into
the 24 hours that its terminal knows. The claim is the browser that the family's link is bound to; `refused_hash`: the one an officer
did not let in. `pinned_by`: the officer who put it where it is by hand; `called_at_ms`: when its number was last called out."""

commands = Table(
    "commands",
    metadata,
    _id(),
    _of("terminal_id", "terminals"),
    _of("session_id", "sessions", null=True),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("issued_by", String(64), nullable=False),
    _at("issued_at_ms"),
    _at("expires_at_ms"),
    Column("state", String(20), nullable=False, server_default="pending"),
    Column("why", String(200)),
    _at("answered_at_ms", null=True),
    Index(None, "terminal_id", "state"),
    Index(None, "session_id"),
)
"""`state`: pending, done, refused, expired; `body`: JSON of protocol.terminal.Command as it is sent."""

events = Table(
    "events",
    metadata,
    Column("terminal_id", String(64), ForeignKey("terminals.id"), primary_key=True),
    Column("boot_id", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    _at("at_ms", null=True),
    _at("received_at_ms"),
    Column("kind", String(20), nullable=False),
    Column("body", Text, nullable=False),
)
"""Every event as it came; `body`: JSON of protocol.terminal.OutboxEvent."""

rejected = Table(
    "rejected",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of("terminal_id", "terminals"),
    Column("boot_id", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    _at("received_at_ms"),
    Column("why", String(200), nullable=False),
    Column("body", Text, nullable=False),
    _at("seen_at_ms", null=True),
    UniqueConstraint("terminal_id", "boot_id", "seq", "digest"),
    sqlite_autoincrement=True,
)
"""Rows of an outbox that could not count, as they came: nothing that a terminal reports is thrown away. `seen_at_ms`: staff know."""

usage = Table(
    "usage",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id"), primary_key=True),
    _of("terminal_id", "terminals"),
    Column("provisional", Boolean, nullable=False),
    Column("end_reason", String(40), nullable=False),
    Column("fault_party", String(20), nullable=False),
    _at("ended_at_ms"),
    _at("received_at_ms"),
    Column("body", Text, nullable=False),
    Index(None, "ended_at_ms"),
)
"""One row a session. `provisional`: written by central since the terminal was silent; the late real one replaces it."""

terminal_status = Table(
    "terminal_status",
    metadata,
    Column("terminal_id", String(64), ForeignKey("terminals.id"), primary_key=True),
    _at("at_ms"),
    Column("boot_id", String(64), nullable=False),
    Column("heartbeats", BigInteger, nullable=False),
    Column("hold_s", Integer, nullable=False),
    Column("body", Text, nullable=False),
    _at("dropped_at_ms", null=True),
)
"""The latest heartbeat; `hold_s`: when the next is due; `body`: JSON of protocol.terminal.TerminalStatus; written behind in batches.
`dropped_at_ms`: when it hung up last in the middle of a held request."""

users = Table(
    "users",
    metadata,
    _id(),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    _of("facility_id", "facilities", null=True),
    Column("password_hash", String(200), nullable=False),
    Column("failed", Integer, nullable=False, server_default="0"),
    _at("locked_until_ms", null=True),
    _at("created_at_ms"),
    _at("disabled_at_ms", null=True),
    _at("one_time_until_ms", null=True),
)
"""`role`: viewer, officer, supervisor, admin; without a facility: all of them. `one_time_until_ms`: the password was made for
them and holds until then, for choosing an own one."""

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("user_id", String(64), ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    _at("created_at_ms"),
    _at("seen_at_ms"),
    _at("expires_at_ms"),
    Column("browser", String(80), nullable=False, server_default=""),
    Index(None, "user_id"),
    Index(None, "expires_at_ms"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _at("at_ms"),
    Column("user", String(64), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "at_ms"),
)
"""Who did what to what; `detail`: JSON."""
