"""A backup and its way back on both databases: all of it, checked, and never over what is newer or in use."""

import json
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from central.backup.manifest import facts
from central.store import call_ends, sessions, tables, values
from central.store.engine import Database
from central.store.lock import hold_alone
from central.store.upgrade import upgrade
from tests.central_rig import NOON_MS, stored_session
from tests.postgres import Postgres
from tests.typed import typed

pytestmark = pytest.mark.anyio


async def filled(database: Database) -> None:
    """A call session, somebody who is logged in, and a socket."""
    await stored_session(database)
    async with database.write() as tx:
        await tx.execute(
            tx.insert(tables.users).values(
                id="u", name="siti", role="officer", password_hash="x", created_at_ms=NOON_MS
            )
        )
        login = {"id_hash": "h", "user_id": "u", "csrf": "c", "created_at_ms": 1, "seen_at_ms": 1, "expires_at_ms": 2}
        await tx.execute(tx.insert(tables.staff_sessions).values(**login))


def run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return typed(["--database", url, *words])


def done(url: str, *words: str) -> Any:
    found = run(url, *words, "--json")
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


async def test_a_copy_is_put_back_whole_and_whoever_was_logged_in_logs_in_again(
    database: Database, upgraded_url: str, url: str, tmp_path: Path
) -> None:
    await filled(database)
    file = tmp_path / "copy.bilik"
    made = done(upgraded_url, "backup", str(file))
    assert made["facts"]["rows"]["sessions"] == 1
    assert made["facts"]["newest_ms"] == NOON_MS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [each for each in tmp_path.iterdir() if "part" in each.name or each.name.startswith(".")]
    done(url, "restore", str(file))
    again = Database(url)
    async with again.read() as db:
        assert (await facts(db)).rows == made["facts"]["rows"] | {"staff_sessions": 0}
        found = await sessions.get(db, "s-1")
        assert found is not None
        assert (found.inmate_name, found.start_at_ms) == ("Budi", NOON_MS)
    async with again.write() as tx:
        await tx.execute(tx.insert(tables.notices).values(origin="o", topic="t", at_ms=1))
    await again.close()


async def test_a_database_that_is_newer_than_the_copy_is_only_replaced_by_force(
    database: Database, upgraded_url: str, tmp_path: Path
) -> None:
    await filled(database)
    file = tmp_path / "copy.bilik"
    done(upgraded_url, "backup", str(file))
    async with database.write() as tx:
        later = {"at_ms": NOON_MS + 5_000, "user": "siti", "act": "end", "subject": "s-1", "detail": "{}"}
        await tx.execute(tx.insert(tables.audit).values(**later))
        await tx.execute(
            text("create table of_a_newer_version (id integer, session_id varchar(64) references sessions(id))")
        )
    refused = run(upgraded_url, "restore", str(file))
    assert refused.returncode == 2
    assert "last 5 s would be lost" in refused.stderr
    assert "--force" in refused.stderr
    kept = done(upgraded_url, "restore", str(file), "--force")["kept"]
    await database.close()
    again = Database(upgraded_url)
    async with again.read() as db:
        found = (await facts(db)).rows
    assert found["audit"] == 0
    assert "of_a_newer_version" not in found
    await again.close()
    if again.is_sqlite:
        old = Database(f"sqlite:///{kept}")
        async with old.read() as db:
            assert (await facts(db)).rows["audit"] == 1
        await old.close()


async def test_what_another_central_serves_is_not_replaced(
    database: Database, upgraded_url: str, tmp_path: Path
) -> None:
    await filled(database)
    file = tmp_path / "copy.bilik"
    done(upgraded_url, "backup", str(file))
    if database.is_sqlite:
        with hold_alone(database):
            refused = run(upgraded_url, "restore", str(file), "--force")
    else:
        async with database.write() as tx:
            await call_ends.show(tx, "another")
        refused = run(upgraded_url, "restore", str(file), "--force")
    assert refused.returncode == 2
    assert "serves" in refused.stderr


async def test_a_copy_that_was_damaged_is_not_put_back(database: Database, upgraded_url: str, tmp_path: Path) -> None:
    await filled(database)
    file, bad = tmp_path / "copy.bilik", tmp_path / "bad.bilik"
    done(upgraded_url, "backup", str(file))
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(bad, "w") as other:
        other.writestr("manifest.json", packed.read("manifest.json"))
        other.writestr("data", packed.read("data")[:-1] + b"!")
    for source, word in ((bad, "damaged"), (tmp_path / "none", "no such file"), (Path(__file__), "no backup")):
        refused = run(upgraded_url, "restore", str(source))
        assert refused.returncode == 2
        assert word in refused.stderr
    async with database.read() as db:
        assert (await facts(db)).rows["sessions"] == 1


async def test_a_copy_of_the_other_kind_or_of_a_newer_version_is_refused(
    database: Database, upgraded_url: str, tmp_path: Path
) -> None:
    await filled(database)
    file = tmp_path / "copy.bilik"
    done(upgraded_url, "backup", str(file))
    for change, word in (({"kind": "other"}, "this is a backup of other"), ({"shape": "9999"}, "newer bilik-central")):
        bad = tmp_path / f"{word[:4]}.bilik"
        with zipfile.ZipFile(file) as packed, zipfile.ZipFile(bad, "w") as other:
            manifest = json.loads(packed.read("manifest.json"))
            manifest["kind"] = change.get("kind", manifest["kind"])
            manifest["facts"]["shape"] = change.get("shape", manifest["facts"]["shape"])
            other.writestr("manifest.json", json.dumps(manifest))
            other.writestr("data", packed.read("data"))
        refused = run(upgraded_url, "restore", str(bad))
        assert refused.returncode == 2
        assert word in refused.stderr


async def test_a_copy_never_overwrites_a_file_and_says_what_is_missing(
    database: Database, upgraded_url: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(database)
    file = tmp_path / "copy.bilik"
    file.write_text("precious")
    assert "already" in run(upgraded_url, "backup", str(file)).stderr
    assert file.read_text() == "precious"
    assert "no such folder" in run(upgraded_url, "backup", str(tmp_path / "none" / "copy")).stderr
    assert run(url, "backup", str(tmp_path / "empty.bilik")).returncode == 2
    if not database.is_sqlite:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "pg_dump was not found: install" in run(upgraded_url, "backup", str(tmp_path / "other")).stderr
    assert "other" not in {each.name for each in tmp_path.iterdir()}


async def test_a_copy_of_sqlite_goes_into_an_empty_postgresql_and_into_no_other(
    server: Postgres, tmp_path: Path
) -> None:
    small, large = f"sqlite:///{tmp_path}/small.sqlite3", server.url()
    old = Database(small)
    await upgrade(old)
    await filled(old)
    async with old.write() as tx:
        for number in (1, 2):
            line = {"at_ms": NOON_MS, "user": "siti", "act": "end", "subject": f"s-{number}", "detail": "{}"}
            await tx.execute(tx.insert(tables.audit).values(**line))
        secret = await values.link_secret(tx)
    await old.close()
    file = tmp_path / "copy.bilik"
    made = done(small, "backup", str(file))
    done(large, "restore", str(file))
    new = Database(large)
    async with new.write() as tx:
        found = (await facts(tx)).rows
        own = {"staff_sessions": 0, "notices": found["notices"]}
        assert found == made["facts"]["rows"] | own
        assert await values.link_secret(tx) == secret
        line = {"at_ms": NOON_MS, "user": "siti", "act": "end", "subject": "s-3", "detail": "{}"}
        added = await tx.execute(tx.insert(tables.audit).values(**line).returning(tables.audit.c.id))
        assert added.scalar() == 3
    await new.close()
    refused = run(large, "restore", str(file), "--force")
    assert refused.returncode == 2
    assert "into an empty PostgreSQL only" in refused.stderr
