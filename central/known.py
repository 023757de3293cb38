"""What a sync needs of a terminal, kept in memory until a notice says that its rows changed."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from central.clones import Boot
from central.credentials import hashed
from central.gathered import Gathered
from central.store import boots, commands, sessions, terminals
from central.store.engine import Database
from central.store.sessions import CallSession
from central.store.terminals import Terminal
from protocol.terminal import AssignedSession, Assignments, Command

HOUR_MS = 3_600_000
HOLD_OPEN_S = 5
HOLD_CLOSED_S = 30
HOLD_KNOWN_MS = 60_000
"""A session that is planned, moved or ended makes it known at once; only the hour before and after passes by itself."""
REPEAT_MS = 2_000


class Known(Struct, frozen=True):
    """A terminal, the commands it has not answered, and its last boots, the one first heard first."""

    terminal: Terminal
    commands: tuple[Command, ...]
    token_hash: str
    boots: tuple[Boot, ...] = ()

    def boot(self, boot_id: str) -> Boot | None:
        """What is known of this boot."""
        return next((boot for boot in self.boots if boot.boot_id == boot_id), None)


class KnownTerminals:
    """Read once, used by every sync of the terminal; five thousand of them ask once in five seconds."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._known: dict[str, Known] = {}
        self._changed: set[str | None] = set()
        self._by_token = Gathered(self._read)
        self._assigned = Gathered(self._read_assigned)
        self._busy = Gathered(self._read_busy)
        self._holds: dict[str, tuple[int, int]] = {}
        self._sent: dict[str, dict[str, int]] = {}

    def forget(self, topic: str | None) -> None:
        """Rows behind this topic changed (None: any rows may have)."""
        if topic is None:
            self._known.clear()
            self._ids.clear()
            self._holds.clear()
            self._changed.add(None)
        elif topic.startswith("terminal:"):
            terminal_id = topic.removeprefix("terminal:")
            gone = self._known.pop(terminal_id, None)
            self._changed.add(terminal_id)
            if gone is not None:
                self._ids.pop(gone.token_hash, None)
                self._holds.pop(gone.terminal.facility.id, None)

    def of_facility(self, facility_id: str) -> list[str]:
        """The terminals of a facility that were heard here."""
        return [each for each, known in self._known.items() if known.terminal.facility.id == facility_id]

    def newest(self, known: Known) -> Known:
        """What is kept of this terminal now: it may have become more while a request waited for the database."""
        return self._known.get(known.terminal.id, known)

    def learn(self, terminal_id: str, boots_: list[Boot]) -> None:
        """These boots are written: what is kept of the terminal need not be read again for them."""
        known = self._known.get(terminal_id)
        if known is not None:
            there = {boot.boot_id: boot for boot in known.boots}
            for boot in boots_:
                before = there.get(boot.boot_id, boot)
                began = min(before.began_at_ms, boot.began_at_ms)
                there[boot.boot_id] = msgspec.structs.replace(before, began_at_ms=began)
            merged = list(there.values())
            merged.sort(key=lambda boot: (boot.first_at_ms, boot.boot_id))
            self._known[terminal_id] = Known(known.terminal, known.commands, known.token_hash, tuple(merged))

    async def by_token(self, token: str) -> Known | None:
        """The terminal of a device token; None if it is wrong or void."""
        token_hash = hashed(token)
        terminal_id = self._ids.get(token_hash)
        if terminal_id is not None and terminal_id in self._known:
            return self._known[terminal_id]
        return await self._by_token.get(token_hash)

    async def _read(self, token_hashes: list[str]) -> dict[str, Known]:
        """What changes of a terminal while it is read may be missing from what was read: then it is used once and not kept."""
        self._changed.clear()
        now = self._clock()
        async with self._database.read() as db:
            found = await terminals.by_tokens(db, token_hashes)
            ids = [terminal.id for terminal in found.values()]
            pending = await commands.pending(db, ids, now_ms=now)
            booted = await boots.of_terminals(db, ids)
        known = {
            token: Known(each, tuple(pending.get(each.id, ())), token, booted.get(each.id, ()))
            for token, each in found.items()
        }
        for token, each in known.items():
            if not self._changed & {None, each.terminal.id}:
                self._ids[token] = each.terminal.id
                self._known[each.terminal.id] = each
        return known

    async def assignments(self, terminal: Terminal) -> Assignments:
        """The sessions of 24 h without a name, and the settings."""
        planned = await self._assigned.get(terminal.id) or []
        rows = tuple(
            AssignedSession(
                id=session.id,
                number=session.number,
                start_at_ms=session.start_at_ms,
                talk_s=session.talk_s,
                closing_at_ms=session.closing_at_ms,
                call_kind=session.call_kind,
            )
            for session in planned
        )
        return Assignments(sessions=rows, settings=terminal.settings)

    async def hold_s(self, facility_id: str, *, watched: bool = False) -> int:
        """How long a request is held: short while the facility has sessions within an hour, a visit runs, or its board is looked at."""
        if watched:
            return HOLD_OPEN_S
        now = self._clock()
        hold, until = self._holds.get(facility_id, (0, 0))
        if now < until:
            return hold
        hold = HOLD_OPEN_S if await self._busy.get(facility_id) else HOLD_CLOSED_S
        self._holds[facility_id] = (hold, now + HOLD_KNOWN_MS)
        return hold

    async def _read_assigned(self, terminal_ids: list[str]) -> dict[str, list[CallSession]]:
        async with self._database.read() as db:
            return await sessions.assigned_to(db, terminal_ids, now_ms=self._clock())

    async def _read_busy(self, facility_ids: list[str]) -> dict[str, bool]:
        now = self._clock()
        async with self._database.read() as db:
            return dict.fromkeys(await sessions.busy(db, facility_ids, now - HOUR_MS, now + HOUR_MS), True)

    def unsent_in_ms(self, known: Known) -> int | None:
        """In how long a command is to be sent (again); 0: now; None: there is nothing to send."""
        now = self._clock()
        sent = self._sent.get(known.terminal.id, {})
        waits = [max(sent.get(each.id, 0) + REPEAT_MS - now, 0) for each in self.pending(known)]
        return min(waits, default=None)

    def pending(self, known: Known) -> tuple[Command, ...]:
        """Its commands that have not expired."""
        now = self._clock()
        return tuple(each for each in known.commands if each.expires_at_ms > now)

    def note_sent(self, known: Known) -> None:
        """Its pending commands are in an answer: they are no news for a while."""
        now = self._clock()
        pending = self.pending(known)
        if pending:
            self._sent[known.terminal.id] = {each.id: now for each in pending}
        else:
            self._sent.pop(known.terminal.id, None)
