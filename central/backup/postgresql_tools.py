"""PostgreSQL's own programs: pg_dump for a copy; pg_restore and psql to put one back in one transaction."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import inspect, text

from central.backup.manifest import LEFT_OUT, Facts, facts
from central.store.engine import Database, Reading
from central.store.impossible import Impossible

PACKAGE = "install Debian's postgresql-client of the server's version"
LOCK_WAIT = "set lock_timeout = '10s';\n"
_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "ssl": "PGSSLMODE",
    "passfile": "PGPASSFILE",
}


async def dump(database: Database, target: Path) -> Facts:
    """All of it as it is at one moment, while others write; returns what that moment's rows were."""
    program = _program("pg_dump")
    async with database.writer.connect() as connection:
        await connection.execute(text("set transaction isolation level repeatable read, read only"))
        snapshot = str(await connection.scalar(text("select pg_export_snapshot()")))
        found = await facts(Reading(connection, "postgresql"))
        leave_out = [f"--exclude-table-data={name}" for name in sorted(LEFT_OUT)]
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", *leave_out]
        await _run(database, [program, "--no-password", *words, f"--file={target}"])
    return found


async def restore(database: Database, source: Path) -> None:
    """Put the copy in the place of all tables; all of it or nothing."""
    program, client = _program("pg_restore"), _program("psql")
    async with database.read() as db:
        names = await db.within(lambda connection: inspect(connection).get_table_names())
    script = source.with_name(f"{source.name}.sql")
    await _run(database, [program, "--no-owner", "--no-privileges", f"--file={script}", str(source)])
    try:
        _put_before(script, LOCK_WAIT + _drops(names))
        words = ["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        await _run(database, [client, *words, f"--file={script}"])
    finally:
        script.unlink(missing_ok=True)


def _drops(names: Iterable[str]) -> str:
    quoted = ", ".join('"{}"'.format(name.replace('"', '""')) for name in sorted(names))
    return f"drop table if exists {quoted} cascade;\n" if quoted else ""


def _put_before(script: Path, words: str) -> None:
    whole = script.with_name(f"{script.name}.whole")
    with whole.open("w", encoding="utf-8") as file, script.open(encoding="utf-8") as rest:
        file.write(words)
        shutil.copyfileobj(rest, file)
    whole.replace(script)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Impossible(f"{name} was not found: {PACKAGE}")
    return found


async def _run(database: Database, command: list[str]) -> None:
    """The address goes by the environment: everybody may read a process list."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | _environment(database),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, said = await process.communicate()
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["it did not say why"]
        raise Impossible(f"{Path(command[0]).name} failed: {lines[0]}")


def _environment(database: Database) -> dict[str, str]:
    url = database.url
    found = {
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGHOST": url.host,
        "PGPORT": None if url.port is None else str(url.port),
        "PGDATABASE": url.database,
    }
    found |= {_ENVIRONMENT[key]: str(value) for key, value in url.query.items() if key in _ENVIRONMENT}
    return {name: value for name, value in found.items() if value}
