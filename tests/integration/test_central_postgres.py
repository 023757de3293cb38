"""Two centrals on one PostgreSQL: what one is told, the other one's held request brings."""

import asyncio

import pytest

from central.store import commands
from protocol.terminal import CommandAnswered, CommandKind, CommandOutcome, UsageWritten
from tests.central_rig import Booth, Rig, record, served, until
from tests.postgres import postgres

pytestmark = pytest.mark.anyio


async def test_a_command_given_to_one_instance_ends_the_request_that_the_other_holds() -> None:
    with postgres() as server:
        url = server.url()
        async with served(url) as here, served(url) as there:
            booth = await here.booth()
            session = await here.session(booth)
            assert (await there.open(booth, session.id)).status_code == 200
            revision = (await there.sync(booth)).json()["revision"]
            held = asyncio.create_task(there.sync(booth, revision=revision, hold=True))
            await until(lambda: there.central.bus.is_waited_for(f"terminal:{booth.id}"))
            command_id = await _end(here, booth)
            assert [each["id"] for each in (await held).json()["commands"]] == [command_id]
            answered = CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)
            sent = await here.events(booth, answered, UsageWritten(usage=record(session.id)))
            assert sent.json() == {"acknowledged_through": 2, "set_aside": []}
            assert (await there.stored(session.id)).state == "ended"


async def _end(rig: Rig, booth: Booth) -> str:
    async with rig.central.database.write() as tx:
        now = rig.central.clock()
        sent = await commands.issue(tx, CommandKind.END, terminal_id=booth.id, issued_by="sari", now_ms=now)
    return sent.id
