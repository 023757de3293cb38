"""The day list, and what was written on it: all lines or none, never beside a booth's own record."""

import httpx
import pytest

from central.staff.day_paper import short_name
from central.store import events, paper, sessions
from central.store.paper import PaperResult
from tests.central_rig import Booth, Rig, record
from tests.day_rig import PASSWORD, TODAY, act, field, log_in, place, session_of, stored

pytestmark = pytest.mark.anyio


async def three(rig: Rig) -> tuple[Booth, str, list[str]]:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    for name, inmate in (("Wati Lestari", "Joko Widodo"), ("Ani", "Budi"), ("Siti", "Adi")):
        nonce = field((await rig.client.get("/queue")).text, "nonce")
        await act(rig, "walk_in", csrf, name=name, inmate=inmate, nonce=nonce, phone="0812 0000 0001")
    return booth, csrf, [(await session_of(rig, each)).id for each in await stored(rig, booth)]


async def afterwards(rig: Rig) -> str:
    """Two hours later; the login is over by then, and there is a new one."""
    rig.central.clock.move(7200)  # type: ignore[attr-defined]  # the test's clock
    assert (await rig.client.post("/login", data={"name": "sari", "password": PASSWORD})).status_code == 303
    return field((await rig.client.get("/queue")).text, "csrf")


async def send(rig: Rig, csrf: str, **fields: str) -> httpx.Response:
    named = {name.replace("__", "-", 1): value for name, value in fields.items()}
    return await rig.client.post(f"/day-paper?lang=en&day={TODAY}", data={"csrf": csrf} | named)


async def counted(rig: Rig, booth: Booth) -> dict[str, tuple[str, int]]:
    async with rig.central.database.read() as db:
        found = await paper.counted(db, from_ms=0, to_ms=10**14, facility_id=booth.facility_id)
    return {each.session_id: (each.outcome.value, each.talk_s) for each in found}


async def test_the_list_has_everybody_with_short_names_and_phones_only_if_asked_for(rig: Rig) -> None:
    await three(rig)
    page = (await rig.client.get(f"/day-list?lang=en&day={TODAY}")).text
    assert "Joko W." in page
    assert "Widodo" not in page
    assert "62812" not in page
    assert "+6281200000001" in (await rig.client.get("/day-list?lang=en&phones=1")).text


async def test_what_was_written_is_entered_once_and_counts(rig: Rig) -> None:
    booth, _, ids = await three(rig)
    csrf = await afterwards(rig)
    lines = {
        f"outcome__{ids[0]}": "served",
        f"time__{ids[0]}": "11:05",
        f"minutes__{ids[0]}": "8",
        f"outcome__{ids[1]}": "no_show",
        f"outcome__{ids[2]}": "not_held",
    }
    assert "3 lines saved" in (await send(rig, csrf, **lines)).text
    assert await counted(rig, booth) == {ids[0]: ("served", 480), ids[1]: ("no_show", 0), ids[2]: ("not_held", 0)}
    assert "0 lines saved" in (await send(rig, csrf, **lines)).text
    states = [(each.state, each.to_tell) for each in await stored(rig, booth)]
    assert states == [("approved", None), ("absent", "absent"), ("postponed", "not_today")]
    assert [(await rig.stored(each)).state for each in ids] == ["ended", "ended", "cancelled"]
    assert "entered by sari" in (await rig.client.get(f"/day-paper?lang=en&day={TODAY}")).text
    corrected = lines | {f"minutes__{ids[0]}": "9"}
    assert "1 lines saved" in (await send(rig, csrf, **corrected)).text
    assert (await counted(rig, booth))[ids[0]] == ("served", 540)


async def test_one_wrong_line_saves_nothing_and_says_which(rig: Rig) -> None:
    booth, _, ids = await three(rig)
    csrf = await afterwards(rig)
    for time, minutes, sentence in (
        ("11:05", "0", "1 to 240"),
        ("99:99", "5", "like 09:40"),
        ("21:00", "5", "has not come yet"),
    ):
        answer = await send(
            rig,
            csrf,
            **{
                f"outcome__{ids[0]}": "served",
                f"time__{ids[0]}": time,
                f"minutes__{ids[0]}": minutes,
                f"outcome__{ids[1]}": "no_show",
            },
        )
        assert answer.status_code == 409
        assert sentence in answer.text
        assert "1 lines need mending" in answer.text
    assert await counted(rig, booth) == {}
    assert (await send(rig, csrf, **{f"outcome__{ids[0]}": "perhaps"})).status_code == 409


async def test_a_booths_own_record_comes_first_whenever_it_comes(rig: Rig) -> None:
    booth, _, ids = await three(rig)
    csrf = await afterwards(rig)

    async def reported(session_id: str) -> None:
        session = await rig.stored(session_id)
        async with rig.central.database.write() as tx:
            await sessions.changed(tx, session_id, opened_at_ms=session.start_at_ms, state="open")
            await events.store_usage(
                tx, session.terminal_id, record(session_id), provisional=False, now_ms=rig.central.clock()
            )

    await reported(ids[0])
    await send(rig, csrf, **{f"outcome__{each}": "no_show" for each in ids})
    assert set(await counted(rig, booth)) == set(ids[1:])
    await reported(ids[1])
    assert set(await counted(rig, booth)) == {ids[2]}
    async with rig.central.database.read() as db:
        assert await paper.counted(db, from_ms=0, to_ms=1) == []
        assert (await paper.counted(db, from_ms=0, to_ms=10**14))[0].outcome is PaperResult.NO_SHOW


def test_a_short_name_is_the_first_and_one_letter() -> None:
    assert [short_name(name) for name in ("Budi Santoso bin Ali", "Siti", "")] == ["Budi S.", "Siti", ""]
