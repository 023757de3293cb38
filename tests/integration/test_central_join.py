"""The family's link: what it is good for, and the one browser it is bound to."""

from pathlib import Path

import pytest

from central.credentials import link_token
from central.routes.join import COOKIE
from central.store import sessions, values
from tests.central_rig import Booth, MovedClock, Rig, in_process, served

pytestmark = pytest.mark.anyio


async def state(rig: Rig, session_id: str, *, claim: bool = False) -> str:
    answer = await rig.join(session_id, claim=claim)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


async def test_looking_tells_what_the_page_needs_and_changes_nothing(rig: Rig, clock: MovedClock) -> None:
    session = await rig.session(await rig.booth(timezone="Asia/Makassar", language="en"))
    before = await rig.stored(session.id)
    answer = await rig.join(session.id, claim=False)
    assert answer.json() == {
        "state": "open",
        "session_id": session.id,
        "number": "012",
        "now_ms": clock.now_ms,
        "opens_at_ms": session.start_at_ms - 900_000,
        "start_at_ms": session.start_at_ms,
        "talk_s": 600,
        "timezone": "Asia/Makassar",
        "facility_name": "Rutan Satu",
        "inmate_name": "Budi",
        "language": "en",
        "meeting_url": None,
    }
    assert "set-cookie" not in answer.headers
    assert await rig.stored(session.id) == before


async def test_a_meetings_link_is_given_when_its_time_has_come_and_binds_no_browser(
    rig: Rig, clock: MovedClock
) -> None:
    session = await rig.session(await rig.booth(), start="+901")
    meeting = "https://meet.example.org/room-7"
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, call_kind="web_page", call_url=meeting)
    early = (await rig.join(session.id, claim=True)).json()
    assert (early["state"], early["meeting_url"]) == ("too_early", None)
    clock.move(1)
    for _phone in range(2):
        answer = await rig.join(session.id, claim=True)
        assert (answer.json()["state"], answer.json()["meeting_url"]) == ("open", meeting)
        assert "set-cookie" not in answer.headers
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, state="cancelled")
    assert (await rig.join(session.id, claim=False)).json()["meeting_url"] is None


async def test_a_claim_binds_a_cookie_that_no_script_reads(rig: Rig) -> None:
    session = await rig.session(await rig.booth())
    cookie = (await rig.join(session.id)).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/api/v1"):
        assert part in cookie
    assert "Secure" not in cookie


async def test_the_cookie_is_secure_where_central_is_reached_by_https(tmp_path: Path) -> None:
    async with in_process(tmp_path, public_url="https://central.example") as rig:
        session = await rig.session(await rig.booth())
        answer = await rig.join(session.id)
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers


async def test_a_link_has_its_time(rig: Rig, clock: MovedClock) -> None:
    session = await rig.session(await rig.booth(), start="+901")
    assert await state(rig, session.id, claim=True) == "too_early"
    clock.move(1)
    assert await state(rig, session.id) == "open"
    clock.move(900 + 899)
    assert await state(rig, session.id) == "open"
    clock.move(1)
    assert await state(rig, session.id, claim=True) == "too_late"
    assert (await rig.stored(session.id)).claim_hash is None


@pytest.mark.parametrize(
    ("over", "opened_at_ms", "said"),
    [("cancelled", None, "cancelled"), ("ended", 1, "ended"), ("ended", None, "too_late")],
)
async def test_a_session_that_is_over_says_so(rig: Rig, over: str, opened_at_ms: int | None, said: str) -> None:
    session = await rig.session(await rig.booth())
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, state=over, opened_at_ms=opened_at_ms)
    assert await state(rig, session.id, claim=True) == said


async def test_a_second_browser_waits_until_the_first_is_gone_and_needs_a_new_admission(
    rig: Rig, clock: MovedClock
) -> None:
    session = await rig.session(await rig.booth())
    assert await state(rig, session.id, claim=True) == "open"
    async with rig.central.database.write() as tx:
        await sessions.admit(tx, session.id, user="sari", now_ms=clock())
    assert await state(rig, session.id, claim=True) == "open"
    assert (await rig.stored(session.id)).admitted_by == "sari"
    rig.client.cookies.clear()
    assert await state(rig, session.id, claim=True) == "in_use"
    clock.move(5)
    assert await state(rig, session.id, claim=True) == "open"
    assert (await rig.stored(session.id)).admitted_at_ms is None


async def test_a_link_that_was_made_up_is_unknown_and_guessing_has_to_wait(rig: Rig, clock: MovedClock) -> None:
    session = await rig.session(await rig.booth())
    rig.tokens["made-up"] = "x" * 24
    for _ in range(20):
        unknown = await rig.join("made-up")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_link")
    waiting = await rig.join(session.id)
    assert (waiting.status_code, waiting.json()["code"]) == (429, "wait")
    clock.move(61)
    assert await state(rig, session.id) == "open"


async def test_the_link_can_be_made_again_for_an_officer_and_is_stored_only_as_a_hash(rig: Rig) -> None:
    session = await rig.session(await rig.booth())
    async with rig.central.database.write() as tx:
        secret = await values.link_secret(tx)
    assert link_token(secret, session.id) == rig.tokens[session.id]
    assert rig.tokens[session.id] not in str(await rig.stored(session.id))


async def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as rig:
        booth: Booth = await rig.booth()
        answers = [
            await rig.client.get("/nowhere"),
            await rig.client.get("/api/v1/openapi.json"),
            await rig.sync(booth),
            await rig.client.get("/api/v1/join"),
            await rig.client.get("/join"),
        ]
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
            assert "default-src" in answer.headers["content-security-policy"]
            assert "server" not in answer.headers


async def test_the_bare_address_leads_staff_to_their_door(rig: Rig) -> None:
    said = {"accept": "text/html"}
    first = await rig.client.get("/", headers=said)
    assert first.headers["location"] == "/board"
    assert (await rig.client.get("/board", headers=said)).headers["location"].startswith("/login")


async def test_a_large_body_is_refused(rig: Rig) -> None:
    answer = await rig.client.post("/api/v1/join", content=b'{"token":"' + b"x" * 300_000 + b'"}')
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
