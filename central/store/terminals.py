"""Terminals, their enrolment codes and device tokens."""

from collections.abc import Collection
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, Update, bindparam, delete, insert, select, update

from central.store.engine import Reading, Writing, among
from central.store.facilities import Facility, settings_from_json
from central.store.ids import new_id
from central.store.impossible import Impossible
from central.store.tables import enrolment_codes, facilities, terminal_boots, terminals
from protocol.terminal import MachineFacts, TerminalSettings


class Terminal(Struct, frozen=True, kw_only=True):
    """One call PC and the facility it stands in."""

    id: str
    name: str
    facility: Facility
    revision: int
    enrolled_at_ms: int | None
    revoked_at_ms: int | None
    cloned_at_ms: int | None = None

    @property
    def settings(self) -> TerminalSettings:
        """What the terminal is told of its facility's settings."""
        return self.facility.settings.for_terminal(terminal_name=self.name, facility_name=self.facility.name)


class CodeRefused(Exception):
    """An enrolment code that does not count; `code`: wrong_code, used_code, expired_code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _with_facility() -> Select[Any]:
    return select(
        terminals, facilities.c.name.label("facility_name"), facilities.c.settings.label("facility_settings")
    ).join(facilities, facilities.c.id == terminals.c.facility_id)


def _terminal(row: Any) -> Terminal:
    settings = settings_from_json(row.facility_settings)
    return Terminal(
        id=row.id,
        name=row.name,
        facility=Facility(id=row.facility_id, name=row.facility_name, settings=settings),
        revision=row.revision,
        enrolled_at_ms=row.enrolled_at_ms,
        revoked_at_ms=row.revoked_at_ms,
        cloned_at_ms=row.cloned_at_ms,
    )


async def add(tx: Writing, *, name: str, facility_id: str, now_ms: int) -> str:
    """Create one in a facility that exists; returns its id; raises Impossible if the name is taken there."""
    same = (terminals.c.facility_id == facility_id) & (terminals.c.name == name)
    if await tx.first(select(terminals.c.id).where(same)):
        raise Impossible(f"the facility has a terminal called {name} already")
    terminal_id = new_id("t")
    row = {"id": terminal_id, "facility_id": facility_id, "name": name, "created_at_ms": now_ms}
    await tx.execute(insert(terminals).values(row))
    await tx.publish(f"facility:{facility_id}")
    return terminal_id


async def get(db: Reading, terminal_id: str) -> Terminal | None:
    """One terminal, or None."""
    row = await db.first(_with_facility().where(terminals.c.id == terminal_id))
    return None if row is None else _terminal(row)


async def by_tokens(db: Reading, token_hashes: Collection[str]) -> dict[str, Terminal]:
    """The terminals that these tokens belong to, by token; those that were revoked have none."""
    rows = await db.all(_by_tokens(), {"those": among(token_hashes)})
    return {row.token_hash: _terminal(row) for row in rows}


@cache
def _by_tokens() -> Select[Any]:
    return _with_facility().where(terminals.c.token_hash.in_(bindparam("those", expanding=True)))


async def every(db: Reading, facility_id: str | None = None) -> list[Terminal]:
    """All terminals, or those of one facility, by name."""
    statement = _with_facility().order_by(facilities.c.name, terminals.c.name)
    if facility_id is not None:
        statement = statement.where(terminals.c.facility_id == facility_id)
    return [_terminal(row) for row in await db.all(statement)]


async def add_code(tx: Writing, *, terminal_id: str, code_hash: str, expires_at_ms: int) -> None:
    """A new enrolment code; older ones of this terminal that nobody used are void."""
    unused = (enrolment_codes.c.terminal_id == terminal_id) & enrolment_codes.c.used_at_ms.is_(None)
    await tx.execute(update(enrolment_codes).where(unused).values(expires_at_ms=0))
    row = {"code_hash": code_hash, "terminal_id": terminal_id, "expires_at_ms": expires_at_ms}
    await tx.execute(insert(enrolment_codes).values(row))


async def enrol(tx: Writing, *, code_hash: str, token_hash: str, machine: MachineFacts, now_ms: int) -> Terminal:
    """Use up a code; the token before it, if any, is void; raises CodeRefused."""
    row = await tx.first(select(enrolment_codes).where(enrolment_codes.c.code_hash == code_hash))
    if row is None:
        raise CodeRefused("wrong_code")
    if row.used_at_ms is not None:
        raise CodeRefused("used_code")
    if row.expires_at_ms <= now_ms:
        raise CodeRefused("expired_code")
    mine = (enrolment_codes.c.code_hash == code_hash) & enrolment_codes.c.used_at_ms.is_(None)
    used = await tx.execute(
        update(enrolment_codes).where(mine).values(used_at_ms=now_ms).returning(enrolment_codes.c.code_hash)
    )
    if used.first() is None:
        raise CodeRefused("used_code")
    facts = msgspec.json.encode(machine).decode()
    values = {"token_hash": token_hash, "machine": facts, "enrolled_at_ms": now_ms, "revoked_at_ms": None}
    await tx.execute(update(terminals).where(terminals.c.id == row.terminal_id).values(values | {"cloned_at_ms": None}))
    await tx.execute(delete(terminal_boots).where(terminal_boots.c.terminal_id == row.terminal_id))
    await tx.publish(f"terminal:{row.terminal_id}")
    terminal = await get(tx, row.terminal_id)
    if terminal is None:
        raise CodeRefused("wrong_code")
    await tx.publish(f"facility:{terminal.facility.id}")
    return terminal


async def machine(db: Reading, terminal_id: str) -> MachineFacts | None:
    """What the PC told of itself when it was enrolled."""
    row = await db.first(select(terminals.c.machine).where(terminals.c.id == terminal_id))
    return None if row is None or row.machine is None else msgspec.json.decode(row.machine, type=MachineFacts)


async def rename(tx: Writing, terminal: Terminal, name: str) -> None:
    """Another name, on its screen too; raises Impossible if it is taken in the facility."""
    same = (terminals.c.facility_id == terminal.facility.id) & (terminals.c.name == name)
    if await tx.first(select(terminals.c.id).where(same, terminals.c.id != terminal.id)):
        raise Impossible(f"the facility has a terminal called {name} already")
    await tx.execute(update(terminals).where(terminals.c.id == terminal.id).values(name=name))
    await bump(tx, terminal.id)
    await tx.publish(f"facility:{terminal.facility.id}")


async def revoke(tx: Writing, terminal_id: str, *, now_ms: int) -> bool:
    """Make the device token void; false if there is no such terminal."""
    gone = update(terminals).where(terminals.c.id == terminal_id).values(token_hash=None, revoked_at_ms=now_ms)
    row = (await tx.execute(gone.returning(terminals.c.facility_id))).first()
    if row is None:
        return False
    await tx.publish(f"terminal:{terminal_id}", f"facility:{row.facility_id}")
    return True


async def bump(tx: Writing, *terminal_ids: str) -> None:
    """Their assignments or settings have changed: move the revision and end their held requests."""
    wanted = sorted(set(terminal_ids))
    if wanted:
        await tx.execute(_bumping(), {"those": among(wanted)})
        await tx.publish(*(f"terminal:{terminal_id}" for terminal_id in wanted))


@cache
def _bumping() -> Update:
    those = terminals.c.id.in_(bindparam("those", expanding=True))
    return update(terminals).where(those).values(revision=terminals.c.revision + 1)
