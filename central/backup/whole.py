"""A copy of the whole database, and its way back: what has to be true before, and what is looked at afterwards."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import delete

from central.backup import archive, postgresql_tools, sqlite_files
from central.backup.crossing import OWN, cross
from central.backup.manifest import Facts, Manifest, differences, facts
from central.store import call_ends
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.lock import hold_alone
from central.store.tables import staff_sessions
from central.store.upgrade import HEAD, upgrade

FORMAT = 1


async def back_up(database: Database, target: Path, *, now_ms: int) -> Manifest:
    """Copy everything into a new file while central runs; raises Impossible."""
    _check_target(target)
    async with _beside(target) as data:
        if database.is_sqlite:
            await asyncio.to_thread(sqlite_files.copy, database, data)
            found = await _facts_of_file(data)
        else:
            found = await postgresql_tools.dump(database, data)
        if found.shape is None:
            raise Impossible("there is nothing to back up: this database has no tables")
        sha256 = await asyncio.to_thread(archive.digest, data)
        manifest = Manifest(format=FORMAT, made_at_ms=now_ms, kind=_kind(database), facts=found, sha256=sha256)
        await asyncio.to_thread(archive.pack, manifest, data, target)
    return manifest


def _check_target(target: Path) -> None:
    if target.exists():
        raise Impossible(f"{target}: there is such a file already")
    if not target.parent.is_dir():
        raise Impossible(f"{target.parent}: there is no such folder")


async def put_back(database: Database, source: Path, *, force: bool, now_ms: int) -> tuple[Manifest, Path | None]:
    """Let the copy be the database, and bring it to the newest shape; raises Impossible, and then nothing has changed.

    Returns what was put back, and where a SQLite database that was there is kept. Whoever was logged in has to log in again.
    """
    manifest = archive.read_manifest(source)
    _check_kind(database, manifest)
    with hold_alone(database):
        await _check_place(database, manifest, force=force)
        place = (
            Path(database.url.database or "") if database.is_sqlite else Path(tempfile.gettempdir()) / "bilik-restore"
        )
        kept = None
        async with _beside(place) as data:
            data.unlink()
            await asyncio.to_thread(archive.unpack, source, data)
            if database.is_sqlite:
                kept = await _put_file(database, data, manifest, now_ms)
                await _check_rows(database, manifest)
            elif manifest.kind == "sqlite":
                await _check_file(data, manifest)
                await cross(data, database)
                await _check_rows(database, manifest, but=OWN)
            else:
                await postgresql_tools.restore(database, data)
                await _check_rows(database, manifest)
        await upgrade(database)
        async with database.write() as tx:
            await tx.execute(delete(staff_sessions))
    return manifest, kept


async def _put_file(database: Database, data: Path, manifest: Manifest, now_ms: int) -> Path | None:
    await _check_file(data, manifest)
    await database.close()
    return await asyncio.to_thread(sqlite_files.put_in_place, database, data, aside=f"before-{now_ms}")


async def _check_file(data: Path, manifest: Manifest) -> None:
    await asyncio.to_thread(sqlite_files.check, data)
    wrong = differences(manifest.facts, await _facts_of_file(data))
    if wrong:
        raise Impossible(f"the backup is not whole: {'; '.join(wrong)}")


def _check_kind(database: Database, manifest: Manifest) -> None:
    if manifest.format != FORMAT or (manifest.facts.shape or "") > HEAD:
        raise Impossible("this backup was made by a newer bilik-central: install that version")
    if manifest.kind != _kind(database) and (manifest.kind, database.is_sqlite) != ("sqlite", False):
        raise Impossible(f"this is a backup of {manifest.kind}; it cannot be put into {_kind(database)}")


async def _check_place(database: Database, manifest: Manifest, *, force: bool) -> None:
    if _is_missing(database):
        return
    async with database.read() as db:
        there = await facts(db)
        if not database.is_sqlite and there.shape is not None and await _others(database):
            raise Impossible("a bilik-central serves this database: stop every `serve` first")
    if there.newest_ms > manifest.facts.newest_ms and not force:
        behind_s = (there.newest_ms - manifest.facts.newest_ms) // 1000
        raise Impossible(
            f"this database is newer than the backup: what happened in its last {behind_s} s would be lost; "
            "back it up first, then say --force"
        )


def _is_missing(database: Database) -> bool:
    return database.is_sqlite and not Path(database.url.database or "").exists()


async def _others(database: Database) -> int:
    async with database.read() as db:
        has_table = await db.within(lambda connection: connection.dialect.has_table(connection, "instances"))
        return await call_ends.others(db, "") if has_table else 0


async def _check_rows(database: Database, manifest: Manifest, *, but: frozenset[str] = frozenset()) -> None:
    async with database.read() as db:
        wrong = differences(manifest.facts, await facts(db), but=but)
    if wrong:
        raise Impossible(f"the database is not what the backup was: {'; '.join(wrong)}")


async def _facts_of_file(path: Path) -> Facts:
    copy = Database(f"sqlite:///{path}")
    try:
        async with copy.read() as db:
            return await facts(db)
    finally:
        await copy.close()


@asynccontextmanager
async def _beside(place: Path) -> AsyncIterator[Path]:
    """A private file in a private folder on the same disk, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
        yield archive.private(Path(folder) / "data")


def _kind(database: Database) -> str:
    return "sqlite" if database.is_sqlite else "postgresql"
