"""A terminal tries its line to the real central: measured both ways, by its token alone, bounded, and never in a call."""

import pytest

from agent.adapters.central_client import HttpCentral
from agent.ports import Rejected, Unauthorised
from central.context import LINE_TRIES
from central.store import sessions
from central.turn import TurnServers
from tests.central_rig import Rig

pytestmark = pytest.mark.anyio
LINE = "/api/v1/terminal/line?boot_id=b1"
BYTES = "/api/v1/terminal/line/bytes?boot_id=b1"


def client(rig: Rig, token: str | None) -> HttpCentral:
    seconds = iter(range(10_000))
    found = HttpCentral(
        "http://127.0.0.1:1", version="1", boot_s=lambda: next(seconds) / 4, transport=rig.client._transport
    )
    found.use_token(token)
    return found


async def test_both_ways_are_measured_and_the_relays_are_told_without_their_passwords(rig: Rig) -> None:
    booth = await rig.booth()
    relays = TurnServers(urls=("turn:relay.test:3478?transport=udp",), secret="a-secret")
    object.__setattr__(rig.central, "turn", relays)
    found = await client(rig, booth.token).try_line("b1")
    assert found.up_kbit_s == 512_000 * 8 / 1000 / 0.5, "the clock of this test was read twice between"
    assert found.down_kbit_s == 1_000_000 * 8 / 1000 / 0.25
    assert found.relays == ("turn:relay.test:3478?transport=udp",)
    assert found.central_ms == pytest.approx(rig.central.clock(), abs=60_000)
    answer = await rig.client.post(LINE, content=b"x", headers=booth.headers)
    assert "a-secret" not in answer.text
    assert answer.json()["received_bytes"] == 1


async def test_without_a_device_token_nothing_is_taken_or_given(rig: Rig) -> None:
    with pytest.raises(Unauthorised):
        await client(rig, None).try_line("b1")
    assert (await rig.client.get(BYTES)).status_code == 401


async def test_more_than_a_megabyte_is_refused(rig: Rig) -> None:
    booth = await rig.booth()
    answer = await rig.client.post(LINE, content=bytes(1_000_001), headers=booth.headers)
    assert answer.status_code == 413


async def test_a_terminal_in_a_call_is_refused(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, state="open")
    with pytest.raises(Rejected) as refused:
        await client(rig, booth.token).try_line("b1")
    assert refused.value.code == "in_call"


async def test_who_tries_too_often_is_told_when_to_come_back_and_others_are_not(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    for _ in range(LINE_TRIES):
        assert (await rig.client.post(LINE, content=b"x", headers=booth.headers)).status_code == 200
    for answer in (
        await rig.client.post(LINE, content=b"x", headers=booth.headers),
        await rig.client.get(BYTES, headers=booth.headers),
    ):
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 301
    assert (await rig.client.post(LINE, content=b"x", headers=other.headers)).status_code == 200
    with pytest.raises(Rejected) as refused:
        await client(rig, booth.token).try_line("b1")
    assert refused.value.code == "wait"
