"""`python -m benchmarks.fleet`: the stages, the table, out/fleet.json; exit 1 if a row does not hold."""

import argparse
import asyncio
import contextlib
import json
import resource
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec
import psutil
import uvloop
from sqlalchemy import text

from benchmarks.fleet import servers, table
from benchmarks.fleet.load import Cost, measure
from benchmarks.fleet.seed import Seeded, seed
from benchmarks.rows import Row, printed
from central.server import spare_collector
from central.store.engine import Database
from tests.postgres import Postgres, postgres
from tests.stage.stage import OUT

FILE = OUT / "fleet.json"
AHEAD_MS = 5_000
TABLES = ("events", "usage", "terminal_health", "terminal_status")


def tell(words: str) -> None:
    """One line of progress."""
    print(f"{datetime.now().astimezone():%H:%M:%S}  {words}", flush=True)


@contextlib.asynccontextmanager
async def instances(server: Postgres, count: int, logs: Path) -> AsyncIterator[tuple[list[servers.Server], Database]]:
    """So many instances on one new database."""
    url = server.url()
    database = Database(url)
    running = [servers.central(0, url, logs)]
    running[0].port()
    running += [servers.central(number, url, logs) for number in range(1, count)]
    try:
        yield running, database
    finally:
        await database.close()
        for each in running:
            each.stop()


async def stage(
    server: Postgres, terminals: int, count: int, window_s: float, logs: Path
) -> tuple[Cost, dict[str, tuple[int, int]]]:
    """One fleet on so many instances; with what it left in the database."""
    tell(f"{terminals} terminals on {count} instance{'s' * (count > 1)} for {window_s:g} s")
    async with instances(server, count, logs) as (running, database):
        booths = await seed(database, terminals, ahead_ms=AHEAD_MS)
        cost = await measure(running, booths, window_s=window_s, database=database, database_pid=server.pid)
        return cost, await _stored(database)


async def _stored(database: Database) -> dict[str, tuple[int, int]]:
    found = {}
    async with database.read() as db:
        for name in TABLES:
            row = await db.first(text(f"select count(*), pg_total_relation_size('{name}') from {name}"))
            assert row is not None
            found[name] = int(row[0]), int(row[1])
    return found


async def null_stage(terminals: int, window_s: float, logs: Path) -> Cost:
    """The same terminals on the null app."""
    tell(f"{terminals} terminals on the null app for {window_s:g} s")
    app = servers.null_app(logs)
    try:
        booths = [Seeded(f"t-{number}", f"token-{number}") for number in range(terminals)]
        return await measure([app], booths, window_s=window_s)
    finally:
        app.stop()


async def run(small: int, large: int, window_s: float, logs: Path) -> list[Row]:
    """All stages."""
    null = await null_stage(large, window_s / 2, logs)
    with postgres(durable=True) as server:
        few, _ = await stage(server, small, 1, window_s, logs)
        many, stored = await stage(server, large, 1, window_s, logs)
        two, _ = await stage(server, large, 2, window_s, logs)
    for cost in (few, many, two):
        for words in cost.figures.refused[:5]:
            tell(f"refused: {words}")
    return [
        *table.stage_rows(f"{large} on 1", many, null, bars=True),
        *table.stage_rows(f"{large} on 2", two, null, bars=False),
        *table.stage_rows(f"{small} on 1", few, None, bars=False),
        *table.growth_rows(few, many),
        *table.stored_rows(stored, many.figures.reported, many.figures.visits, large),
    ]


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terminals", type=int, default=5000)
    parser.add_argument("--small", type=int, default=500)
    parser.add_argument("--window", type=float, default=60.0, metavar="SECONDS")
    args = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(limit[0], 4 * args.terminals), limit[1]), limit[1]))
    logs = OUT / "fleet-logs"
    logs.mkdir(parents=True, exist_ok=True)
    if len(psutil.Process().cpu_affinity()) > 1:
        psutil.Process().cpu_affinity([servers.OTHER_CORE])
    spare_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = runner.run(run(args.small, args.terminals, args.window, logs))
    FILE.write_text(json.dumps(msgspec.to_builtins(rows), indent=1) + "\n")
    print(printed(rows))
    broken = [row.row for row in rows if row.holds is False]
    print(f"\n{FILE}: {len(rows)} rows, " + (f"not holding: {'; '.join(broken)}" if broken else "all hold"))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
