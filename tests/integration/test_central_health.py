"""What the proxy and the watchers of the server ask: alive, ready, figures; and the log as lines of JSON."""

import asyncio
import dataclasses
import io
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from central.figures import exposition
from central.logs import Lines, begin_log
from central.readiness import Health
from central.store.engine import Database
from tests.central_rig import Rig, served, synced, until
from tests.signalling_ends import family
from tests.typed import Typed

pytestmark = pytest.mark.anyio
TOKEN = {"Authorization": "Bearer hitung"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3", metrics_token="hitung") as found:
        yield found


async def figures(rig: Rig) -> dict[str, float]:
    answer = await rig.client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for each in text_string_to_metric_families(answer.text):
        for sample in each.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_a_central_is_ready_once_it_hears_other_processes_and_not_while_it_stops(rig: Rig) -> None:
    assert (await rig.client.get("/health/live")).json() == {"alive": True}

    async def ready() -> bool:
        return (await rig.client.get("/health/ready")).status_code == 200

    assert await until(ready)
    answer = await rig.client.get("/health/ready")
    assert answer.json() == {"ready": True, "database": True, "schema": True, "bus": True}
    assert answer.headers["cache-control"] == "no-store"
    rig.central.bus.is_following = False
    answer = await rig.client.get("/health/ready")
    assert (answer.status_code, answer.json()["bus"]) == (503, False)


async def test_a_database_of_an_older_shape_is_not_ready_and_a_newer_one_is(rig: Rig) -> None:
    for shape, is_good in (("0001", False), ("9999", True)):
        async with rig.central.database.write() as tx:
            await tx.execute(text("update alembic_version set version_num = :shape"), [{"shape": shape}])
        rig.central.health._looked_s = 0.0
        found = await rig.central.health.look()
        assert (found.database, found.schema) == (True, is_good)


async def test_without_its_database_a_central_lives_and_is_not_ready(rig: Rig) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    found = await Health(away, rig.central.bus).look()
    assert (found.ready, found.database, found.schema) == (False, False, False)
    said = (await exposition(dataclasses.replace(rig.central, database=away))).decode()
    assert "bilik_database_reached 0.0" in said
    assert "bilik_terminals{" not in said
    await away.close()


async def test_what_the_database_refuses_is_counted_by_its_kind(rig: Rig) -> None:
    with pytest.raises(OperationalError):
        async with rig.central.database.read() as db:
            await db.all(text("select * from no_such_table"))
    assert (await figures(rig))["bilik_database_errors_total{kind=OperationalError}"] == 1


async def test_the_figures_need_the_token_and_are_not_there_without_one(rig: Rig, tmp_path: Path) -> None:
    assert (await rig.client.get("/metrics")).status_code == 401
    assert (await rig.client.get("/metrics", headers={"Authorization": "Bearer x"})).status_code == 401
    async with served(f"sqlite:///{tmp_path}/other.sqlite3") as other:
        assert (await other.client.get("/metrics", headers=TOKEN)).status_code == 404


async def test_the_figures_say_how_booths_calls_and_requests_are_without_a_name(rig: Rig) -> None:
    booth = await rig.booth()
    await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    revision = synced(await rig.sync(booth, outbox_waiting=7)).revision
    assert (await rig.open(booth, session.id)).status_code == 200
    revision = synced(await rig.sync(booth, revision=revision, outbox_waiting=7)).revision
    await until(lambda: rig.central.heartbeats.unwritten == 0)
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True, outbox_waiting=7))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    async with family(rig, session.id):
        found = await figures(rig)
    assert found["bilik_terminals{link=ok}"] == 1
    assert found["bilik_terminals{link=never}"] == 1
    assert found["bilik_calls_open"] == 1
    assert (found["bilik_outbox_waiting"], found["bilik_outbox_lagging_terminals"]) == (7, 1)
    assert found["bilik_syncs_held"] == 1
    assert found["bilik_signalling_sockets{role=family}"] == 1
    assert found["bilik_bus_losses_total"] == 0
    assert found["bilik_request_seconds_count{method=POST,route=/api/v1/terminal/sync,status=200}"] == 2
    assert found["process_resident_memory_bytes"] > 0
    words = " ".join(found)
    assert not [secret for secret in (session.id, booth.id, booth.facility_id, "Rutan", "Bilik 1") if secret in words]
    rig.central.bus.stop()
    await held


async def test_every_figure_is_in_the_manual_and_no_other(rig: Rig) -> None:
    page = Path(__file__).parents[2] / "docs" / "operations" / "server.md"
    section = page.read_text(encoding="utf-8").split("\n## Watching\n")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `(bilik_\w+)`", section, re.M))
    answer = await rig.client.get("/metrics", headers=TOKEN)
    families = {each.name for each in text_string_to_metric_families(answer.text)}
    assert {each for each in families if each.startswith("bilik_")} == told


async def test_what_is_held_on_purpose_is_no_latency(rig: Rig) -> None:
    booth = await rig.booth()
    await rig.session(booth)
    revision = synced(await rig.sync(booth)).revision
    held = asyncio.create_task(rig.sync(booth, revision=revision, hold=True))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    assert await rig.central.bus.pause(0.3)
    rig.central.bus.stop()
    assert (await held).status_code == 200
    seconds = rig.central.metrics.requests.labels("/api/v1/terminal/sync", "POST", "200")
    assert seconds._sum.get() < 0.3


async def test_a_path_that_nobody_serves_is_no_series_of_its_own(rig: Rig) -> None:
    for path in ("/nowhere/1", "/nowhere/2"):
        assert (await rig.client.get(path)).status_code == 404
    found = await figures(rig)
    assert found["bilik_request_seconds_count{method=GET,route=unknown,status=404}"] == 2


def test_a_record_is_one_line_of_json_with_its_failure(capsys: pytest.CaptureFixture[str]) -> None:
    log, out = logging.getLogger("central.try"), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines())
    log.addHandler(handler)
    log.propagate = False
    try:
        try:
            Path("over\nthere").read_text()
        except FileNotFoundError:
            log.exception("it failed for %s", "terminal t-1")
    finally:
        log.removeHandler(handler)
        log.propagate = True
    (line,) = out.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "central.try", "it failed for terminal t-1")
    assert said["error"] == "FileNotFoundError"
    assert "over" in said["trace"]
    assert said["at"].endswith("Z")


def test_serve_writes_json_and_commands_write_text(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        begin_log(as_json=True)
        logging.getLogger("central").warning("for machines")
        begin_log()
        logging.getLogger("central").warning("for people")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    first, second = capfd.readouterr().err.splitlines()
    assert json.loads(first)["message"] == "for machines"
    assert second.endswith("WARNING central for people")


def test_the_token_of_the_figures_is_read_from_a_file(tmp_path: Path) -> None:
    told = Typed(tmp_path).refused("serve", "--port", "0", "--metrics-token-file", str(tmp_path / "missing"))
    assert "--metrics-token-file" in told
