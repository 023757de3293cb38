"""A booth that was away for a week sends all it has while a call runs: real agent, real central, no lease late."""

import asyncio
import itertools
import time
from pathlib import Path
from typing import Any

import pytest

from agent.adapters.clock import read_boot_id
from agent.adapters.journal import SqliteJournal
from agent.ports import Change
from protocol import page
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import FaultChanged, UsageWritten
from tests.length import IS_LONG
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.visits import begin_talking
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.shortened]

TELEMETRY = 20_000
RECORDS = 60
AT_ONCE = 1_000
SURE_S = 1.0
"""How long the lease before still has to run when the next one comes; it is renewed every 0.5 s and lasts 2 s."""


def record(session_id: str) -> UsageRecord:
    return UsageRecord(
        session_id=session_id,
        end_reason=EndReason.COMPLETED,
        fault_party=FaultParty.NONE,
        planned_start_at_ms=1,
        check_in_at_ms=1,
        ended_at_ms=time.time_ns() // 1_000_000,
        talk_promised_s=600,
        talk_extended_s=0,
        talk_delivered_ms=600_000,
        interrupted_ms=0,
        interruptions=0,
        restarts=0,
    )


async def fill(path: Path, sessions: list[str]) -> None:
    """What a week leaves in a journal, with a record among every few hundred rows."""
    journal = SqliteJournal(path, boot_id=read_boot_id())
    booth = (await journal.load()).booth
    assert booth is not None
    fault = FaultChanged(code="JAR-1", raised=True, detail="of last week")
    events: list[Any] = [fault] * TELEMETRY
    for number, session_id in enumerate(sessions):
        events.insert(number * (TELEMETRY // len(sessions)), UsageWritten(usage=record(session_id)))
    for start in range(0, len(events), AT_ONCE):
        await journal.commit(Change(booth=booth, at_ms=1, events=tuple(events[start : start + AT_ONCE])))
    journal.abandon()


def planned(house: House, terminal_id: str, folder: Path) -> list[str]:
    """Sessions of later today, whose records come from a booth that knows nothing of time: they only have to be stored."""
    file = folder / "week.csv"
    rows = [f"{terminal_id},{number:03d},+{7200 + number * 900},600,Budi,Siti" for number in range(RECORDS)]
    file.write_text("\n".join(["terminal,number,start,talk,inmate,family", *rows]))
    return [str(each["id"]) for each in house.central.command("session", "import", str(file))["sessions"]]


def leases(booth: FakeBooth, since_s: float) -> list[tuple[float, float]]:
    """When each lease came, and until when it held."""
    heard = [(at_s, message) for at_s, message in booth.heard_from_agent if isinstance(message, page.Lease)]
    return [(at_s, at_s + message.ms / 1000) for at_s, message in heard if at_s > since_s]


@pytest.mark.skipif(
    not IS_LONG, reason="make test-long tries it; tests/integration/test_supervisor.py has a shorter one"
)
def test_thousands_of_rows_and_sixty_records_are_sent_in_a_call_that_keeps_its_leases(house: House) -> None:
    terminal, booth = house.booth("Bilik 51")
    sessions = planned(house, terminal.id, terminal.home)
    running = house.central.add_session(terminal.id, "151", talk_s=120)
    began_s = begin_talking(booth, house.stage.fake_family(running))
    assert terminal.agent is not None
    terminal.agent.kill()
    asyncio.run(fill(terminal.home / "state" / "journal.sqlite3", sessions))
    terminal.start_agent()
    started_s = boot_s()
    wait_for(lambda: booth.seen[-1].at_s > started_s, within_s=10, what="the new agent's first screen")
    booth.wait_for_phase("talking", within_s=10)
    back_s = boot_s()

    def arrived() -> bool:
        rows = house.central.rows("select count(*) as n from events where terminal_id = ?", terminal.id)
        return int(rows[0]["n"]) >= TELEMETRY + RECORDS

    wait_for(arrived, within_s=90, what="all rows to arrive", every_s=0.25)
    took_s = boot_s() - back_s
    held = leases(booth, back_s)
    sure_s = min((until_s - next_s for (_, until_s), (next_s, _) in itertools.pairwise(held)), default=0.0)
    gap_s = max((later - earlier for (earlier, _), (later, _) in itertools.pairwise(held)), default=0.0)
    print(
        f"{TELEMETRY} rows and {RECORDS} records in {took_s:.1f} s, lease gap at most {gap_s:.2f} s, {sure_s:.2f} s left"
    )
    assert sure_s >= SURE_S
    assert booth.view_open
    assert all(shut.at_s < back_s for shut in booth.shut if shut.at_s > began_s)
    query = "select count(*) as n from usage join sessions on sessions.id = session_id where usage.terminal_id = ?"
    assert house.central.rows(query + " and not provisional", terminal.id) == [{"n": RECORDS}]
    booth.hang_up()
    booth.wait_for_screen(page.Farewell)
