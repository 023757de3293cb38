"""A sync that goes past the framework: the same answer as through it, told of in the same way, and it ends when its terminal does."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from central.server import Straight
from central.store import status
from tests.central_rig import Rig, beat, until

pytestmark = pytest.mark.anyio
PATH = "/api/v1/terminal/sync"
BODY = {"protocol": 1, "boot_id": "boot", "revision": 0, "hold": False, "status": beat()}

ASKED: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "well": lambda mine: {"method": "POST", "json": BODY, "headers": mine},
    "with a wrong token": lambda _mine: {"method": "POST", "json": BODY, "headers": {"Authorization": "Bearer x"}},
    "with nothing": lambda mine: {"method": "POST", "headers": mine},
    "with another method": lambda mine: {"method": "GET", "headers": mine},
    "with too much": lambda mine: {"method": "POST", "content": b" " * 300_000, "headers": mine},
}


def _said(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    body = answer.json()
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, {key: body[key] for key in body if not key.endswith("_at_ms")}


@pytest.mark.parametrize("asked", ASKED)
async def test_the_answer_is_the_same_as_through_the_framework(rig: Rig, asked: str) -> None:
    booth = await rig.booth()
    request = ASKED[asked](booth.headers)

    async def framework(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError("a sync went through the framework")

    transport = httpx.ASGITransport(app=Straight(framework, rig.central))
    async with httpx.AsyncClient(transport=transport, base_url=rig.url) as straight:
        assert _said(await straight.request(url=PATH, **request)) == _said(
            await rig.client.request(url=PATH, **request)
        )


async def test_what_nobody_foresaw_is_answered_without_details_and_logged(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    booth = await rig.booth()
    rig.central.heartbeats.note = None  # type: ignore[assignment, method-assign]  # what breaks it does not matter
    answer = await rig.sync(booth)
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert any("sync failed" in entry.getMessage() for entry in caplog.records)


async def test_a_heartbeat_is_told_only_to_who_looks_and_written_in_any_case(rig: Rig) -> None:
    booth = await rig.booth()
    topic = f"facility:{booth.facility_id}"
    heard: list[str | None] = []

    async def written() -> int:
        async with rig.central.database.read() as db:
            found = (await status.of(db, [booth.id])).get(booth.id)
        return 0 if found is None else found.count

    async def is_written_once() -> bool:
        return await written() == 1

    with rig.central.bus.overhearing(heard.append):
        await rig.sync(booth)
        await until(is_written_once)
        await rig.central.heartbeats.flush()
        assert topic not in heard
        with rig.central.bus.waiting(topic) as news:
            await rig.sync(booth)
            await news.wait()
        assert await written() == 2
