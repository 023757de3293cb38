"""What a copy holds, so that it can be checked before and after it is put back."""

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Select, column, func, inspect, select, table, text
from sqlalchemy.engine import Connection

from central.store.call_tables import EPHEMERAL
from central.store.engine import Reading
from central.store.impossible import Impossible

LEFT_OUT = frozenset(each.name for each in EPHEMERAL)
_MOMENTS = (
    ("audit", "at_ms"),
    ("commands", "issued_at_ms"),
    ("events", "received_at_ms"),
    ("registrations", "created_at_ms"),
    ("sessions", "created_at_ms"),
    ("usage", "received_at_ms"),
)
"""Where the newest thing that happened is found."""


class Facts(Struct, frozen=True, kw_only=True):
    """A database: its shape (the newest migration; None: it has no tables), rows by table, and the newest thing that happened."""

    shape: str | None
    rows: dict[str, int]
    newest_ms: int


class Manifest(Struct, frozen=True, kw_only=True):
    """Beside the data in the file. `kind`: sqlite or postgresql; `sha256` is the data's."""

    format: int
    made_at_ms: int
    kind: str
    facts: Facts
    sha256: str


def encode(manifest: Manifest) -> bytes:
    """As it is kept."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode(raw: bytes) -> Manifest:
    """Raises Impossible for what is none."""
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except msgspec.MsgspecError as error:
        raise Impossible(f"this backup's manifest cannot be read: {error}") from error


async def facts(db: Reading) -> Facts:
    """Look at the database behind an open connection."""
    return await db.within(_look)


def _look(connection: Connection) -> Facts:
    names = sorted(set(inspect(connection).get_table_names()) - LEFT_OUT)
    if "alembic_version" not in names:
        return Facts(shape=None, rows={}, newest_ms=0)
    rows = {each: _number(connection, select(func.count()).select_from(table(each))) for each in names}
    found = [
        _number(connection, select(func.max(column(when, BigInteger))).select_from(table(of)))
        for of, when in _MOMENTS
        if of in rows
    ]
    shape = connection.execute(text("select version_num from alembic_version")).scalar()
    return Facts(shape=None if shape is None else str(shape), rows=rows, newest_ms=max(found, default=0))


def _number(connection: Connection, statement: Select[int]) -> int:
    return int(connection.execute(statement).scalar() or 0)


def differences(wanted: Facts, found: Facts, *, but: frozenset[str] = frozenset()) -> list[str]:
    """Tables whose rows are not as many, in words; `but` of these it does not matter."""
    names = sorted((wanted.rows.keys() | found.rows.keys()) - but)
    pairs = [(each, wanted.rows.get(each, 0), found.rows.get(each, 0)) for each in names]
    return [f"{each}: {theirs} rows instead of {ours}" for each, ours, theirs in pairs if ours != theirs]
