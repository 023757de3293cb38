"""From a SQLite copy into an empty PostgreSQL: the way of a central that has outgrown one machine."""

from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select, text

from central.backup.manifest import LEFT_OUT
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.upgrade import upgrade

BATCH = 1_000
OWN = frozenset({"alembic_version", "notices", *LEFT_OUT})
"""Of each database its own."""


async def cross(source: Path, database: Database) -> None:
    """Bring both to the newest shape and carry every row over, in one transaction; raises Impossible where there are rows already."""
    copy = Database(f"sqlite:///{source}")
    try:
        await upgrade(copy)
        await upgrade(database)
        async with copy.read() as here, database.write() as there:
            tables = await there.within(_tables)
            for table in tables:
                if table.name == "values":
                    await there.execute(table.delete())
                rows = [dict(row._mapping) for row in await here.all(select(table))]
                rows.sort(key=lambda row: row.get("make_up_of") is not None)
                for start in range(0, len(rows), BATCH):
                    await there.execute(insert(table), rows[start : start + BATCH])
            await there.within(lambda connection: _go_on_counting(connection, tables))
    finally:
        await copy.close()


def _tables(connection: Connection) -> list[Table]:
    """Those that are carried over, each after the ones that it speaks of; all but `values` must be empty."""
    found = MetaData()
    found.reflect(connection)
    tables = [each for each in found.sorted_tables if each.name not in OWN]
    for each in tables:
        if each.name != "values" and connection.execute(select(each).limit(1)).first() is not None:
            raise Impossible(f"a copy of SQLite goes into an empty PostgreSQL only: {each.name} has rows")
    return tables


def _go_on_counting(connection: Connection, tables: list[Table]) -> None:
    """Numbers that the database gives itself go on after the ones that were carried over."""
    for table in tables:
        for column in inspect(connection).get_columns(table.name):
            if str(column["default"] or "").startswith("nextval"):
                newest = connection.execute(select(func.max(table.c[column["name"]]))).scalar()
                name = {"table": f'"{table.name}"', "column": column["name"], "next": int(newest or 0) + 1}
                connection.execute(text("select setval(pg_get_serial_sequence(:table, :column), :next, false)"), name)
