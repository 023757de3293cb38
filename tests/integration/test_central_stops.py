"""SIGTERM with two thousand held requests: all of them are answered, and the process has gone within three seconds."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.central_rig import beat, until
from tests.typed import Typed

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
HELD = 2_000
LONGEST_S = 3.0
TOKEN = "hitung"
MACHINE = {"hostname": "pc", "operating_system": "Debian", "machine_key": "k", "agent_version": "1"}


def enrolled(typed: Typed, url: str) -> tuple[str, int]:
    """A device token, and the revision at which there is no news."""
    _id, enrolment = typed.booth()
    code = enrolment.split("#")[1].split("~")[0]
    with httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post("/api/v1/enrolment", json={"protocol": 1, "code": code, "machine": MACHINE})
        token = str(answer.json()["device_token"])
        headers = {"Authorization": f"Bearer {token}"}
        first = client.post("/api/v1/terminal/sync", json=request(0, hold=False), headers=headers)
    return token, int(first.json()["revision"])


def request(revision: int, *, hold: bool) -> dict[str, Any]:
    return {"protocol": 1, "boot_id": "boot", "revision": revision, "hold": hold, "status": beat()}


async def hold(url: str, token: str, revision: int) -> tuple[int, dict[str, Any]]:
    """One held request on a connection of its own; the status and body of its answer."""
    body = json.dumps(request(revision, hold=True)).encode()
    head = f"POST /api/v1/terminal/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}"
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(head.encode() + b"\r\n\r\n" + body)
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read()
        return int(answer.split()[1]), json.loads(body)
    finally:
        writer.close()


async def test_thousands_of_held_requests_do_not_hold_up_the_end(tmp_path: Path) -> None:
    typed, secret = Typed(tmp_path), tmp_path / "token"
    secret.write_text(TOKEN)
    with typed.serving("--metrics-token-file", str(secret)) as (process, url):
        token, revision = enrolled(typed, url)

        async def held() -> bool:
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                answer = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            return f"bilik_syncs_held {HELD}.0" in answer.text.splitlines()

        requests = [asyncio.create_task(hold(url, token, revision)) for _ in range(HELD)]
        await until(held, within_s=60)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = await asyncio.to_thread(process.wait, 20)
        took_s = time.monotonic() - began
        answers = await asyncio.gather(*requests)
    assert code == 0
    assert took_s <= LONGEST_S
    assert {status for status, _body in answers} == {200}
    assert {body["revision"] for _status, body in answers} == {revision}
