"""Single values that central keeps for itself."""

import secrets

from sqlalchemy import select

from central.store.engine import Reading, Writing
from central.store.tables import values

LINK_SECRET = "link_secret"  # noqa: S105 - the name of the value, not the value
PUBLIC_URL = "public_url"
ENROLMENT_CA = "enrolment_ca"
"""The hash of the private authority that enrolment strings carry, once `terminal add --ca-file` was told of one."""


async def get(db: Reading, name: str) -> str | None:
    """The value, or None."""
    row = await db.first(select(values.c.value).where(values.c.name == name))
    return None if row is None else str(row.value)


async def put(tx: Writing, name: str, value: str) -> None:
    """Store it, whatever was there."""
    statement = tx.insert(values).values(name=name, value=value)
    await tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


async def link_secret(tx: Writing) -> str:
    """The secret that family links are made with; made at the first call."""
    fresh = tx.insert(values).values(name=LINK_SECRET, value=secrets.token_hex(32))
    await tx.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    found = await get(tx, LINK_SECRET)
    if found is None:
        raise RuntimeError("the secret of the links could not be stored")
    return found
