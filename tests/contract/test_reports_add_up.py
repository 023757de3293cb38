"""Whatever sessions and usage records there are: every figure of a report is the sum of the records of its days, on both databases."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.staff import report_files
from central.staff.report_view import Naming
from central.staff.words import words
from central.store import events, sessions
from central.store.engine import Database
from protocol.outcome import ALLOWED_PARTIES, EndReason, FaultParty
from tests.central_rig import NOON_MS
from tests.databases import copy_of_model, lay_out
from tests.length import IS_LONG
from tests.report_rig import TODAY, House, assert_adds_up, of

pytestmark = pytest.mark.shortened
ZONES = ("Asia/Jakarta", "Asia/Jayapura", "America/St_Johns")
MINUTE_MS = 60_000
ENDINGS = [(reason, party) for reason, parties in ALLOWED_PARTIES.items() for party in sorted(parties)]
RECORD = st.fixed_dictionaries(
    {
        "ending": st.sampled_from(ENDINGS),
        "talk_promised_s": st.integers(60, 14_400),
        "talk_extended_s": st.integers(0, 3600),
        "talk_delivered_ms": st.integers(0, 14_400_000),
        "interrupted_ms": st.integers(0, 600_000),
        "interruptions": st.integers(0, 9),
    }
)
SESSION = st.fixed_dictionaries(
    {
        "place": st.integers(0, len(ZONES) - 1),
        "booth": st.integers(0, 1),
        "minutes": st.integers(-3 * 1440, 3 * 1440),
        "to_other_booth": st.booleans(),
        "not_held": st.sampled_from(("", "", "", "cancelled", "unused", "no_show")),
        "provisional": st.none() | RECORD,
        "record": st.none() | RECORD,
    }
)


class Store:
    """One database of a module's, and a loop for it."""

    def __init__(self, opened: Coroutine[None, None, Database]) -> None:
        self.runner = asyncio.Runner()
        self.database = self.runner.run(opened)
        self.made = 0

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()


@pytest.fixture(scope="module")
def store(backend: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Store]:
    async def opened() -> Database:
        if backend == "postgresql":
            return Database(await copy_of_model(request.getfixturevalue("server")))
        url = f"sqlite:///{tmp_path_factory.mktemp('reports')}/central.sqlite3"
        await lay_out(url)
        return Database(url)

    found = Store(opened())
    yield found
    found.close()


def _record(drawn: dict[str, Any]) -> dict[str, Any]:
    reason, party = drawn["ending"]
    return {key: value for key, value in drawn.items() if key != "ending"} | {
        "end_reason": reason,
        "fault_party": party,
    }


async def filled(store: Store, drawn: list[dict[str, Any]]) -> tuple[House, dict[str, date]]:
    """A house of its own with these sessions, and the date of each there."""
    store.made += 1
    house, days = House(store.database), {}
    house.made = store.made * 1000
    for zone in ZONES:
        await house.facility(f"{zone} {store.made}", booths=2, timezone=zone)
    for each in drawn:
        place = house.places[each["place"]]
        start_at_ms = NOON_MS + each["minutes"] * MINUTE_MS
        is_closed = each["not_held"] and not each["record"] and not each["provisional"]
        ended = "cancelled" if each["not_held"] == "cancelled" else "ended"
        state = {"state": ended, "why": each["not_held"]} if is_closed else {}
        session_id = await house.session(place, booth=each["booth"], start_at_ms=start_at_ms, **state)
        if each["to_other_booth"] and not is_closed:
            async with store.database.write() as tx:
                await sessions.move(tx, session_id, house.booths[place.id][1 - each["booth"]])
        if each["provisional"]:
            await house.held(session_id, provisional=True, **_record(each["provisional"]))
        if each["record"]:
            await house.held(session_id, **_record(each["record"]))
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=start_at_ms)).astimezone(
            ZoneInfo(place.settings.timezone)
        )
        days[session_id] = local.date()
    return house, days


async def check(store: Store, drawn: list[dict[str, Any]], first: date, last: date) -> None:
    house, days = await filled(store, drawn)
    async with store.database.read() as db:
        stored = [each for each in await events.usage_records(db) if each.record.session_id in days]
    mine = [each for each in stored if first <= days[each.record.session_id] <= last]
    report = await house.report(first, last)
    assert_adds_up(report, of(mine))
    by_day = Counter(days[each.record.session_id].isoformat() for each in mine)
    assert {line.key: line.figures.records for line in report.by_day} == by_day
    assert report.provisional == sum(each.provisional for each in mine)
    assert report.sessions == sum(first <= day <= last for day in days.values())
    for place in house.places:
        alone = await house.report(first, last, [place])
        assert alone.total == of(each for each in mine if each.facility_id == place.id)
    naming = Naming(facilities={}, booths={}, is_one=True, with_officers=True)
    text = report_files.as_csv(report, words("id"), naming).decode()
    assert text.count("\r\nby_reason,") == len({each.record.end_reason for each in mine})


@settings(max_examples=150 if IS_LONG else 6, deadline=None)
@given(st.data())
def test_any_set_of_records_adds_up(store: Store, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(SESSION, max_size=12))
    first = TODAY + timedelta(days=data.draw(st.integers(-2, 2)))
    last = first + timedelta(days=data.draw(st.integers(0, 3)))
    store.runner.run(check(store, drawn, first, last))


def test_every_way_to_end_and_every_party_is_in_one_line_each(store: Store) -> None:
    empty = {"place": 0, "booth": 0, "minutes": 0, "to_other_booth": False, "not_held": "", "provisional": None}
    numbers = {
        "talk_promised_s": 600,
        "talk_extended_s": 60,
        "talk_delivered_ms": 1,
        "interrupted_ms": 2,
        "interruptions": 3,
    }
    drawn = [empty | {"record": numbers | {"ending": ending}} for ending in ENDINGS]

    async def asked() -> None:
        house, _days = await filled(store, drawn)
        report = await house.report()
        assert [line.key for line in report.by_reason] == [reason.value for reason in EndReason]
        assert [line.key for line in report.by_party] == [party.value for party in FaultParty]

    store.runner.run(asked())
