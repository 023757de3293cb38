"""One load on one set of servers: so many terminals for so long, commands beside them, and what that cost."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from benchmarks.fleet.booths import Booth, Figures
from benchmarks.fleet.seed import Seeded
from benchmarks.fleet.servers import Server, cpu_of
from central.store import commands
from central.store.engine import Database
from central.time import now_ms
from protocol.terminal import CommandKind

CONNECTS_PER_S = 250
SETTLE_S = 8.0
COMMAND_EVERY_S = 0.2
ALL_WITHIN_S = 120.0


@dataclass
class Cost:
    """What a window cost. Times in ms, CPU in seconds of one core, memory in kB."""

    terminals: int
    window_s: float
    figures: Figures
    cpu_s: list[float] = field(default_factory=list)
    database_cpu_s: float = 0.0
    own_cpu_s: float = 0.0
    rss_kb: list[float] = field(default_factory=list)
    rss_before_kb: list[float] = field(default_factory=list)

    @property
    def cpu_percent(self) -> float:
        """All servers together, in percent of one core."""
        return 100 * sum(self.cpu_s) / self.window_s

    @property
    def us_per_request(self) -> float:
        """Server CPU for each answer."""
        return 1e6 * sum(self.cpu_s) / max(self.figures.requests, 1)

    @property
    def kb_per_terminal(self) -> float:
        """What all servers' memory grew by, for each terminal."""
        return (sum(self.rss_kb) - sum(self.rss_before_kb)) / self.terminals


async def measure(
    servers: list[Server],
    booths: list[Seeded],
    *,
    window_s: float,
    database: Database | None = None,
    database_pid: int | None = None,
) -> Cost:
    """Connect the terminals, spread over the servers, let it settle, and count for `window_s`."""
    figures, issued = Figures(), dict[str, float]()
    ports = [server.port() for server in servers]
    before = [server.rss_kb() for server in servers]
    fleet = [Booth(booth, ("127.0.0.1", ports[at % len(ports)]), figures, issued) for at, booth in enumerate(booths)]
    async with _running(fleet), _commanding(database, booths, issued):
        await asyncio.sleep(SETTLE_S)
        pids = [] if database_pid is None else [database_pid]
        began_s, cpu = time.perf_counter(), [server.cpu_s() for server in servers]
        database_cpu, own = cpu_of(pids), time.process_time()
        figures.counting = True
        await asyncio.sleep(window_s)
        figures.counting = False
        return Cost(
            terminals=len(booths),
            window_s=time.perf_counter() - began_s,
            figures=figures,
            cpu_s=[server.cpu_s() - then for server, then in zip(servers, cpu, strict=True)],
            database_cpu_s=cpu_of(pids) - database_cpu,
            own_cpu_s=time.process_time() - own,
            rss_kb=[server.rss_kb() for server in servers],
            rss_before_kb=before,
        )


@contextlib.asynccontextmanager
async def _running(fleet: list[Booth]) -> AsyncIterator[None]:
    tasks = []
    try:
        for booth in fleet:
            tasks.append(asyncio.create_task(booth.run()))
            await asyncio.sleep(1 / CONNECTS_PER_S)
        async with asyncio.timeout(ALL_WITHIN_S):
            await asyncio.gather(*(booth.connected.wait() for booth in fleet))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _commanding(database: Database | None, booths: list[Seeded], issued: dict[str, float]) -> AsyncIterator[None]:
    """Messages to terminals drawn at random, from outside of every instance, as another instance's staff would send them."""
    if database is None:
        yield
        return

    async def go_on(store: Database) -> None:
        while True:
            terminal_id = random.choice(booths).terminal_id
            async with store.write() as tx:
                command = await commands.issue(
                    tx, CommandKind.VOLUME, terminal_id=terminal_id, issued_by="fleet", now_ms=now_ms(), level=80
                )
                issued[command.id] = time.perf_counter()
            issued[command.id] = time.perf_counter()
            await asyncio.sleep(COMMAND_EVERY_S)

    task = asyncio.create_task(go_on(database))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
