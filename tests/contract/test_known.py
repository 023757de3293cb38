"""What is kept of terminals in memory: read once, also while others change, and read again when its own rows did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from central.boots import Boots
from central.credentials import hashed
from central.known import KnownTerminals
from central.store import facilities, terminals
from central.store.engine import Database, Reading
from central.store.facilities import FacilitySettings
from protocol import PROTOCOL_VERSION
from protocol.terminal import MachineFacts, Mode, SyncRequest, TerminalStatus, VisitState
from tests.central_rig import NOON_MS

pytestmark = pytest.mark.anyio
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")
STATUS = TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE, uptime_s=5)


class CountedDatabase(Database):
    """Counts reads; `overtaken_by`: a topic whose rows change in the middle of each."""

    reads = 0
    overtaken_by: str | None = None
    known: KnownTerminals

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        self.reads += 1
        async with super().read() as db:
            yield db
            if self.overtaken_by is not None:
                self.known.forget(self.overtaken_by)


@pytest.fixture
async def store(upgraded_url: str) -> AsyncIterator[CountedDatabase]:
    database = CountedDatabase(upgraded_url)
    database.known = KnownTerminals(database, lambda: NOON_MS)

    def committed(topics: object) -> None:
        for topic in topics:  # type: ignore[attr-defined]  # an iterable of str
            database.known.forget(topic)

    database.committed = committed
    yield database
    await database.close()


async def _terminal(database: Database, token: str) -> str:
    async with database.write() as tx:
        facility = await facilities.add(tx, name="Rutan Satu", settings=FacilitySettings(), now_ms=NOON_MS)
        terminal_id = await terminals.add(tx, name="Bilik 1", facility_id=facility, now_ms=NOON_MS)
        await terminals.add_code(tx, terminal_id=terminal_id, code_hash="code", expires_at_ms=NOON_MS + 1)
        await terminals.enrol(tx, code_hash="code", token_hash=hashed(token), machine=MACHINE, now_ms=NOON_MS)
    return terminal_id


async def test_a_terminal_is_read_once_even_if_another_changes_meanwhile(store: CountedDatabase) -> None:
    await _terminal(store, "one")
    store.overtaken_by = "terminal:another"
    for _ in range(3):
        assert await store.known.by_token("one") is not None
    assert store.reads == 1


@pytest.mark.parametrize("everything", [False, True])
async def test_what_changed_while_it_was_read_is_read_again(store: CountedDatabase, everything: bool) -> None:
    terminal_id = await _terminal(store, "one")
    store.overtaken_by = f"terminal:{terminal_id}"
    if everything:
        forget = store.known.forget
        store.known.forget = lambda _topic: forget(None)  # type: ignore[method-assign]  # any rows may have changed
    await store.known.by_token("one")
    store.overtaken_by = None
    await store.known.by_token("one")
    await store.known.by_token("one")
    assert store.reads == 2


async def test_a_new_boot_is_known_without_reading_the_terminal_again(store: CountedDatabase) -> None:
    await _terminal(store, "one")
    boots = Boots(store, store.known)
    known = await store.known.by_token("one")
    assert known is not None
    request = SyncRequest(protocol=PROTOCOL_VERSION, boot_id="b1", revision=0, hold=True, status=STATUS)
    await boots.note(known, request, now_ms=NOON_MS)
    await boots.flush()
    again = await store.known.by_token("one")
    assert again is not None
    assert again.boot("b1") is not None
    assert store.reads == 1
