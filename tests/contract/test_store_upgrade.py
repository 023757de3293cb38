"""An upgrade without stopping: the instance of yesterday serves on while today's migrates, so a migration only adds."""

import re

import pytest
from sqlalchemy import event, text

from central.store.engine import Database
from central.store.upgrade import upgrade
from tests.postgres import Postgres

pytestmark = pytest.mark.anyio

RULE_FROM = "0003"
"""The shape of the first central that was ever in use; since then the rule holds."""
CREATED = re.compile(r'create table "?(\w+)"?', re.I)
ALLOWED = (
    re.compile(r'create (?:unique )?index "?\w+"? on "?(?P<new>\w+)"?', re.I),
    re.compile(r'alter table "?(?P<new>\w+)"? set unlogged', re.I),
    re.compile(r"(update|insert into) alembic_version", re.I),
)
ADDED = re.compile(r'alter table "?\w+"? add column "?\w+"? (?P<kind>.*)', re.I | re.S)
INDEXED = re.compile(r'create index "?\w+"? on', re.I)


def breaks_the_old(statement: str, made: set[str]) -> bool:
    """Whether an instance of the shape before could fail on it. `made`: tables that it does not know."""
    words = " ".join(statement.split())
    if CREATED.match(words) or INDEXED.match(words):
        return False
    added = ADDED.match(words)
    if added:
        return "not null" in added["kind"].lower() and "default" not in added["kind"].lower()
    found = next((match for each in ALLOWED if (match := each.match(words))), None)
    if found is None:
        return True
    return "new" in found.groupdict() and found["new"].lower() not in made


async def statements(url: str) -> list[str]:
    """What an upgrade from nothing tells PostgreSQL to change, from the shape on that the rule begins with."""
    database, seen = Database(url), []
    event.listen(database.writer.sync_engine, "before_cursor_execute", lambda *told: seen.append(told[2]), named=False)
    await upgrade(database)
    await database.close()
    changes = [each for each in seen if re.match(r"\s*(create|alter|drop|update|insert|delete)", each, re.I)]
    begin = next(n for n, each in enumerate(changes) if "alembic_version" in each and RULE_FROM in each)
    return changes[begin + 1 :]


async def test_every_migration_only_adds_so_that_the_instance_before_it_serves_on(server: Postgres) -> None:
    changes = await statements(server.url())
    assert len(changes) > 10
    made: set[str] = set()
    for each in changes:
        assert not breaks_the_old(each, made), f"the instance before could fail on this: {each}"
        made |= {found[1].lower() for found in [CREATED.match(" ".join(each.split()))] if found}


@pytest.mark.parametrize(
    ("statement", "breaks"),
    [
        ("ALTER TABLE sessions ADD COLUMN x VARCHAR(3)", False),
        ("ALTER TABLE sessions ADD COLUMN x INTEGER DEFAULT '0' NOT NULL", False),
        ("ALTER TABLE sessions ADD COLUMN x INTEGER NOT NULL", True),
        ("ALTER TABLE sessions DROP COLUMN why", True),
        ("ALTER TABLE sessions ALTER COLUMN why SET NOT NULL", True),
        ("ALTER TABLE sessions ADD CONSTRAINT c UNIQUE (number)", True),
        ("CREATE UNIQUE INDEX i ON sessions (number)", True),
        ("CREATE UNIQUE INDEX i ON fresh (number)", False),
        ("DROP TABLE notices", True),
        ("UPDATE sessions SET why = ''", True),
    ],
)
def test_what_the_instance_before_could_fail_on_is_known(statement: str, breaks: bool) -> None:
    assert breaks_the_old(statement, {"fresh"}) is breaks


async def test_a_running_instance_takes_a_newer_shape_and_one_that_starts_does_not(server: Postgres) -> None:
    database = Database(server.url())
    await upgrade(database)
    async with database.write() as tx:
        await tx.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Exception, match="newer bilik-central"):
        await upgrade(database)
    await database.close()
