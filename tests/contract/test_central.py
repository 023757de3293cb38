"""What every Central keeps: the fake, and the HTTP client against a real central behind a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from agent.adapters.central_client import HttpCentral
from agent.adapters.clock import SystemClock
from agent.ports import Central, Nonsense, Rejected, Unauthorised, Unreachable
from central.store import commands
from protocol.call import FamilyReady, HangUp, Welcome
from protocol.terminal import (
    AssignedSession,
    Command,
    CommandAnswered,
    CommandKind,
    CommandOutcome,
    EnrolmentRequest,
    FaultChanged,
    MachineFacts,
    Mode,
    OpenRequest,
    OutboxRow,
    SyncRequest,
    TerminalStatus,
    VisitState,
)
from tests.central_rig import Booth, Rig, served
from tests.fakes import FakeCentral, FakeClock

pytestmark = pytest.mark.anyio

MACHINE = MachineFacts(hostname="pc", operating_system="Debian 12", machine_key="k", agent_version="0.1.0")
OPEN = OpenRequest(protocol=1, boot_id="boot-1")
RAISED = FaultChanged(code="JAR-1", raised=True)


class Side(Protocol):
    """A central and the client to it; `enrolled` has used up a code and sends its token."""

    client: Central

    async def code(self) -> str: ...

    async def enrolled(self) -> None: ...

    async def plan(self) -> str:
        """A session that may be opened now; its id."""
        ...

    async def order(self) -> str:
        """A command for this terminal; its id."""
        ...

    async def void_token(self) -> None: ...


class FakeSide:
    def __init__(self) -> None:
        self.fake = FakeCentral(FakeClock())
        self.client: Central = self.fake

    async def code(self) -> str:
        return "GOOD-CODE"

    async def enrolled(self) -> None:
        self.client.use_token("a-device-token")

    async def plan(self) -> str:
        self.fake.assign(AssignedSession(id="s1", number="012", start_at_ms=self.fake.now_ms() + 10_000, talk_s=600))
        return "s1"

    async def order(self) -> str:
        self.fake.give(Command(id="c1", kind="restart_window", expires_at_ms=self.fake.now_ms() + 60_000))
        return "c1"

    async def void_token(self) -> None:
        self.fake.error = Unauthorised("this token is not known")


class RealSide:
    def __init__(self, rig: Rig) -> None:
        clock = SystemClock()
        self.rig = rig
        self.client: Central = HttpCentral(rig.url, version="0.1.0", boot_s=clock.boot_s, central_ms=clock.central_ms)
        self.booth: Booth | None = None

    async def code(self) -> str:
        _, code = await self.rig.code(await self.rig.facility())
        return code

    async def enrolled(self) -> None:
        self.booth = await self.rig.booth()
        self.client.use_token(self.booth.token)

    async def plan(self) -> str:
        assert self.booth is not None
        return (await self.rig.session(self.booth, start="+10")).id

    async def order(self) -> str:
        assert self.booth is not None
        now_ms = self.rig.central.clock()
        async with self.rig.central.database.write() as tx:
            kind = CommandKind.RESTART_WINDOW
            command = await commands.issue(tx, kind, terminal_id=self.booth.id, issued_by="t", now_ms=now_ms)
        return command.id

    async def void_token(self) -> None:
        self.client.use_token("another-token")


@pytest.fixture(params=["fake", "http"])
async def side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Side]:
    async with sides(request.param, tmp_path) as made:
        yield made
        await made.client.close()


@asynccontextmanager
async def sides(kind: str, tmp_path: Path) -> AsyncIterator[Side]:
    if kind == "fake":
        yield FakeSide()
        return
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as rig:
        yield RealSide(rig)


def asking(*, revision: int = 0, hold: bool = False) -> SyncRequest:
    status = TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE)
    return SyncRequest(protocol=1, boot_id="boot-1", revision=revision, hold=hold, status=status)


async def test_a_good_code_gives_a_token_and_settings(side: Side) -> None:
    answer = await side.client.enrol(EnrolmentRequest(protocol=1, code=await side.code(), machine=MACHINE))
    assert answer.terminal_id
    assert answer.device_token
    assert answer.settings.terminal_name


async def test_a_wrong_code_is_refused_by_name(side: Side) -> None:
    with pytest.raises(Rejected) as caught:
        await side.client.enrol(EnrolmentRequest(protocol=1, code="WRONG-CODE", machine=MACHINE))
    assert caught.value.code == "wrong_code"
    assert "WRONG-CODE" not in str(caught.value)


async def test_a_void_token_is_unauthorised(side: Side) -> None:
    await side.enrolled()
    await side.void_token()
    with pytest.raises(Unauthorised):
        await side.client.sync(asking())
    with pytest.raises(Unauthorised):
        await side.client.send_events("boot-1", (OutboxRow(seq=1, at_ms=None, event=RAISED),))
    with pytest.raises(Unauthorised):
        await side.client.open_session("s1", OPEN)


async def test_assignments_come_whole_when_the_revision_moved_and_not_otherwise(side: Side) -> None:
    await side.enrolled()
    session_id = await side.plan()
    first = (await side.client.sync(asking(revision=0))).answer
    assert first.assignments is not None
    assert [one.id for one in first.assignments.sessions] == [session_id]
    again = (await side.client.sync(asking(revision=first.revision))).answer
    assert (again.revision, again.assignments) == (first.revision, None)


async def test_the_four_stamps_are_in_order(side: Side) -> None:
    await side.enrolled()
    reply = await side.client.sync(asking())
    assert reply.sent_boot_s <= reply.got_boot_s
    assert 0 < reply.answer.received_at_ms <= reply.answer.answered_at_ms
    assert reply.answer.hold_s > 0


async def test_a_held_request_ends_when_there_is_a_command(side: Side) -> None:
    await side.enrolled()
    revision = (await side.client.sync(asking())).answer.revision
    held = asyncio.create_task(side.client.sync(asking(revision=revision, hold=True)))
    beside = await side.client.sync(asking(revision=revision))
    assert beside.answer.commands == ()
    command_id = await side.order()
    reply = await asyncio.wait_for(held, 5)
    assert [command.id for command in reply.answer.commands] == [command_id]


async def test_a_command_is_repeated_until_it_is_answered(side: Side) -> None:
    await side.enrolled()
    command_id = await side.order()
    for _ in range(2):
        assert [one.id for one in (await side.client.sync(asking())).answer.commands] == [command_id]
    answered = CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)
    await side.client.send_events("boot-1", (OutboxRow(seq=1, at_ms=None, event=answered),))
    assert (await side.client.sync(asking())).answer.commands == ()


async def test_a_planned_session_is_granted_and_granted_again(side: Side) -> None:
    await side.enrolled()
    session_id = await side.plan()
    grant = await side.client.open_session(session_id, OPEN)
    assert (grant.session_id, grant.number, grant.talk_s) == (session_id, "012", 600)
    assert grant.inmate_name
    again = await side.client.open_session(session_id, OpenRequest(protocol=1, boot_id="boot-1", again=True))
    assert (again.inmate_name, again.start_at_ms) == (grant.inmate_name, grant.start_at_ms)


async def test_a_session_that_is_not_ours_is_refused(side: Side) -> None:
    await side.enrolled()
    with pytest.raises(Rejected) as caught:
        await side.client.open_session("unknown", OPEN)
    assert caught.value.code in {"moved", "cancelled"}


async def test_events_are_acknowledged_and_repeating_them_is_no_error(side: Side) -> None:
    await side.enrolled()
    rows = tuple(OutboxRow(seq=seq, at_ms=None, event=RAISED) for seq in (1, 2, 3))
    assert await side.client.send_events("boot-1", rows[:2]) == 2
    assert await side.client.send_events("boot-1", rows[:2]) == 2
    assert await side.client.send_events("boot-1", rows[1:]) == 3


async def test_signalling_takes_messages_until_it_is_closed(side: Side) -> None:
    await side.enrolled()
    session_id = await side.plan()
    await side.client.open_session(session_id, OPEN)
    async with side.client.signalling(session_id) as socket:
        await socket.send(FamilyReady(camera=True, microphone=True))
    with pytest.raises(Unreachable):
        await socket.send(HangUp())


# ---- the real central alone ---------------------------------------------------------------------------------------


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealSide]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as rig:
        made = RealSide(rig)
        yield made
        await made.client.close()


async def test_the_real_central_welcomes_the_kiosk_on_its_signalling_socket(real: RealSide) -> None:
    await real.enrolled()
    session_id = await real.plan()
    await real.client.open_session(session_id, OPEN)
    async with asyncio.timeout(5), real.client.signalling(session_id) as socket:
        welcome = await anext(aiter(socket))
    assert isinstance(welcome, Welcome)
    assert (welcome.session_id, welcome.role) == (session_id, "kiosk")


async def test_the_real_central_refuses_signalling_of_a_session_that_is_not_there(real: RealSide) -> None:
    await real.enrolled()
    with pytest.raises((Rejected, Nonsense)):
        async with real.client.signalling("unknown"):
            pass


async def test_a_map_made_of_real_stamps_agrees_with_centrals_clock(real: RealSide) -> None:
    clock = SystemClock()
    await real.enrolled()
    for _ in range(3):
        reply = await real.client.sync(asking())
        clock.add_stamps(
            sent_boot_s=reply.sent_boot_s,
            received_at_ms=reply.answer.received_at_ms,
            answered_at_ms=reply.answer.answered_at_ms,
            got_boot_s=reply.got_boot_s,
        )
    central_ms = clock.central_ms()
    assert central_ms is not None
    assert clock.best is not None
    assert abs(central_ms - real.rig.central.clock()) <= clock.best.round_trip_ms / 2 + 5
