"""What a terminal asks of central: enrolment, sync, the grant and the delivery of its events."""

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from central.keeper import keep_once
from central.store import facilities, status, terminals
from central.store.facilities import FacilitySettings
from protocol.terminal import (
    CommandAnswered,
    CommandKind,
    CommandOutcome,
    EnrolmentAnswer,
)
from tests.central_rig import MovedClock, Rig, synced, until

pytestmark = pytest.mark.anyio


# ---- enrolment ----------------------------------------------------------------------------------------------------


async def test_a_code_is_good_once_however_it_is_typed(rig: Rig) -> None:
    terminal_id, code = await rig.code(await rig.facility(language="en"))
    answer = msgspec.json.decode((await rig.enrol(code.lower().replace("-", " "))).content, type=EnrolmentAnswer)
    assert answer.terminal_id == terminal_id
    assert (answer.settings.language, answer.settings.terminal_name) == ("en", "Bilik 1")
    again = await rig.enrol(code)
    assert (again.status_code, again.json()["code"]) == (403, "used_code")
    assert again.headers["content-type"] == "application/problem+json"


async def test_a_code_of_yesterday_has_expired(rig: Rig, clock: MovedClock) -> None:
    _terminal_id, code = await rig.code(await rig.facility())
    clock.move(86_401)
    assert (await rig.enrol(code)).json()["code"] == "expired_code"


async def test_guessing_codes_has_to_wait(rig: Rig, clock: MovedClock) -> None:
    for _ in range(10):
        assert (await rig.enrol("WRONG-CODE")).json()["code"] == "wrong_code"
    refused = await rig.enrol("WRONG-CODE")
    assert (refused.status_code, refused.json()["code"]) == (429, "wait")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    clock.move(61)
    assert (await rig.enrol("WRONG-CODE")).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b'{"protocol":"1","code":"ABCD","machine":{}}', b"[]", b"\xff"])
async def test_a_body_that_is_not_as_agreed_is_refused_in_one_shape(rig: Rig, body: bytes) -> None:
    answer = await rig.client.post("/api/v1/enrolment", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_message")


# ---- sync ---------------------------------------------------------------------------------------------------------


async def test_the_first_sync_brings_settings_and_the_sessions_of_a_day_without_names(rig: Rig) -> None:
    booth = await rig.booth(credit_s="60")
    soon = await rig.session(booth, start="+3600")
    await rig.session(booth, start="+90000", number="099")
    response = await rig.sync(booth)
    assert b"Budi" not in response.content
    assert b"Siti" not in response.content
    answer = synced(response)
    assert answer.assignments is not None
    assert [session.id for session in answer.assignments.sessions] == [soon.id]
    assert answer.assignments.settings.credit_s == 60
    assert synced(await rig.sync(booth, revision=answer.revision)).assignments is None


async def test_a_session_of_tomorrow_is_told_of_when_it_comes_within_a_day(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    session = await rig.session(booth, start="+90000")
    before = synced(await rig.sync(booth))
    clock.move(4000)
    await keep_once(rig.central)
    after = synced(await rig.sync(booth, revision=before.revision))
    assert after.assignments is not None
    assert [each.id for each in after.assignments.sessions] == [session.id]


@pytest.mark.parametrize(("start", "hold_s"), [("+3000", 5), ("+7200", 30)])
async def test_requests_are_held_shorter_while_visits_are_near(rig: Rig, start: str, hold_s: int) -> None:
    booth = await rig.booth()
    await rig.session(booth, start=start)
    assert synced(await rig.sync(booth)).hold_s == hold_s


async def test_a_session_added_to_a_quiet_day_shortens_the_holding_at_once(rig: Rig) -> None:
    booth = await rig.booth()
    assert synced(await rig.sync(booth)).hold_s == 30
    await rig.session(booth, start="+60")
    assert synced(await rig.sync(booth)).hold_s == 5


async def test_an_open_board_shortens_the_holding_so_that_it_sees_a_silent_booth_in_time(rig: Rig) -> None:
    booth = await rig.booth()
    first = synced(await rig.sync(booth))
    assert first.hold_s == 30
    held = asyncio.create_task(rig.sync(booth, revision=first.revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    with rig.central.bus.waiting(f"facility:{booth.facility_id}"):
        rig.central.bus.deliver([f"terminal:{booth.id}"])
        await asyncio.wait_for(held, 5)
        assert synced(await rig.sync(booth)).hold_s == 5
    assert synced(await rig.sync(booth)).hold_s == 30


async def test_a_held_request_ends_at_once_for_a_command_which_stays_until_answered(
    rig: Rig, clock: MovedClock
) -> None:
    booth = await rig.booth()
    revision = synced(await rig.sync(booth)).revision
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    command_id = await rig.issue(booth, CommandKind.LOCK)
    assert [each.id for each in synced(await held).commands] == [command_id]
    assert [each.id for each in synced(await rig.sync(booth, revision=revision)).commands] == [command_id]
    clock.move(3)
    assert [each.id for each in synced(await rig.sync(booth, revision=revision, hold=True)).commands] == [command_id]
    await rig.events(booth, CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE))
    assert synced(await rig.sync(booth, revision=revision)).commands == ()
    assert await rig.became(command_id) == "done"


async def test_a_command_that_was_just_sent_does_not_make_the_terminal_spin(rig: Rig) -> None:
    booth = await rig.booth()
    revision = synced(await rig.sync(booth)).revision
    await rig.issue(booth, CommandKind.LOCK)
    assert synced(await rig.sync(booth, revision=revision, hold=True)).commands
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    await asyncio.sleep(0.05)
    assert not held.done()
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)


async def test_a_command_nobody_answers_expires_and_a_late_answer_still_counts(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    command_id = await rig.issue(booth, CommandKind.MESSAGE, text="Halo")
    clock.move(31)
    assert synced(await rig.sync(booth)).commands == ()
    await keep_once(rig.central)
    assert await rig.became(command_id) == "expired"
    await rig.events(booth, CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE))
    assert await rig.became(command_id) == "done"


async def test_changed_settings_end_a_held_request(rig: Rig) -> None:
    booth = await rig.booth()
    revision = synced(await rig.sync(booth)).revision
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    async with rig.central.database.write() as tx:
        await facilities.change_settings(tx, booth.facility_id, FacilitySettings(farewell_s=7))
    answer = synced(await held)
    assert answer.assignments is not None
    assert answer.assignments.settings.farewell_s == 7


async def test_a_revoked_token_is_refused_at_once_even_while_a_request_is_held(rig: Rig) -> None:
    booth = await rig.booth()
    revision = synced(await rig.sync(booth)).revision
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    async with rig.central.database.write() as tx:
        assert await terminals.revoke(tx, booth.id, now_ms=rig.central.clock())
    assert (await held).status_code == 401
    refused = await rig.sync(booth)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_every_heartbeat_is_counted_and_the_latest_is_kept(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    for volume in (10, 20, 30):
        clock.move(1)
        await rig.sync(booth, volume_percent=volume)

    async def counted() -> Any:
        async with rig.central.database.read() as db:
            beats = await status.latest(db, booth.facility_id)
        return beats if booth.id in beats and beats[booth.id].count == 3 else None

    beats = await until(counted)
    assert beats[booth.id].status.volume_percent == 30
    assert beats[booth.id].at_ms == clock.now_ms


async def test_a_sync_that_is_not_as_agreed_is_refused(rig: Rig) -> None:
    booth = await rig.booth()
    url = "/api/v1/terminal/sync"
    wrong = await rig.client.post(url, content=b'{"protocol":1}', headers=booth.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_message")
    large = await rig.client.post(url, content=b" " * 300_000, headers=booth.headers)
    assert large.status_code == 413
    assert (await rig.client.get(url, headers=booth.headers)).status_code == 405


async def test_a_database_that_fails_is_a_plain_500_and_a_line_in_the_log(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    booth = await rig.booth()
    async with rig.central.database.writer.begin() as connection:
        await connection.execute(text("alter table sessions rename to elsewhere"))
    rig.central.known.forget(None)
    for answer in (await rig.sync(booth), await rig.open(booth, "s-1")):
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "failed"
        assert "sessions" not in answer.text
    assert sum("failed" in record_.message for record_ in caplog.records) >= 2
    async with rig.central.database.writer.begin() as connection:
        await connection.execute(text("alter table elsewhere rename to sessions"))
    assert (await rig.sync(booth)).status_code == 200
