"""The log and the status: one line an event, and never a name, a PIN or a secret."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.supervisor.logs import LineFormat, begin_log
from agent.supervisor.status_report import report
from protocol.call import Peer
from protocol.page import Pin, RulesAccepted
from protocol.terminal import CheckInMethod, VisitState
from tests.agent_rig import running_rig
from tests.fakes import FakeClock

SECRETS = ("Budi", "Siti", "471147", "a-device-token", "page-token")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that goes to the log, at its finest."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormat(lambda: 12.3456, as_json=True))
    logger = logging.getLogger("agent")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.mark.anyio
async def test_a_whole_visit_leaves_no_name_no_pin_and_no_secret_in_log_journal_or_status(
    tmp_path: Path, written: io.StringIO
) -> None:
    async with running_rig(tmp_path) as rig:
        rig.central.settings = msgspec.structs.replace(rig.central.settings, check_in=CheckInMethod.PIN)
        await rig.show_window()
        rig.plan(in_s=5, talk_s=20)
        await rig.come_to(VisitState.CHECK_IN)
        rig.page.say(Pin(pin="471147"))
        await rig.clock.advance_until(lambda: rig.state is VisitState.RULES)
        assert rig.central.opened[0][1].pin == "471147"
        rig.page.say(RulesAccepted())
        await rig.clock.advance_until(lambda: "s1" in rig.central.sockets)
        rig.socket.hear(Peer(present=True, ready=True, admitted=True))
        rig.is_connected = True
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=400)
        await rig.stop()
        kept = b"".join(change.booth + msgspec.json.encode(change.events) for change in rig.journal.commits)
    status = (tmp_path / "status.json").read_text()
    for secret in SECRETS:
        assert secret not in written.getvalue()
        assert secret.encode() not in kept
        assert secret not in status
    events = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert {"agent_started", "state", "session_granted", "visit_ended", "agent_stopping"} <= set(events)


def test_a_line_of_json_says_when_what_and_from_where() -> None:
    record = logging.makeLogRecord({"name": "agent.supervisor.sync", "levelname": "INFO", "msg": "central_lost"})
    record.__dict__["code"] = "JAR-1"
    line = json.loads(LineFormat(lambda: 12.3456, as_json=True).format(record))
    assert line == {"boot_s": 12.346, "level": "info", "event": "central_lost", "from": "sync", "code": "JAR-1"}


def test_a_line_of_text_says_the_same_to_people() -> None:
    record = logging.makeLogRecord({"name": "agent", "levelname": "INFO", "msg": "shown", "seq": 3})
    assert LineFormat(lambda: 12.3456, as_json=False).format(record).split() == ["12.346", "info", "shown", "seq=3"]


def test_a_bug_is_one_line_with_its_traceback() -> None:
    try:
        raise ValueError("odd")  # noqa: TRY301 - a traceback is wanted
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.makeLogRecord({"name": "agent", "levelname": "ERROR", "msg": "agent_bug", "exc_info": info})
    text = LineFormat(lambda: 1.0, as_json=True).format(record)
    assert "\n" not in text
    assert "ValueError: odd" in json.loads(text)["traceback"]


def test_libraries_speak_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    agent_level = logging.getLogger("agent").level
    try:
        begin_log(as_json=True, level="info", boot_s=lambda: 1.0)
        logging.getLogger("somebody.else").info("chatter")
        logging.getLogger("agent.adapters").info("said")
    finally:
        root.handlers, root.level = handlers, level
        logging.getLogger("agent").setLevel(agent_level)
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["said"]


# ---- status -------------------------------------------------------------------------------------------------------


def test_without_an_agent_status_says_so(tmp_path: Path) -> None:
    told = report(tmp_path, FakeClock(), lambda _: True)
    assert not told.is_running
    assert "no agent runs" in told.words


@pytest.mark.anyio
async def test_status_says_how_the_booth_is_and_since_when(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(20)
        await rig.clock.advance_until(lambda: (tmp_path / "status.json").exists())
        told = report(tmp_path, rig.clock, lambda pid: pid == os.getpid())
        assert told.is_running
        assert told.facts["mode"] == "in_service"
        assert told.facts["outbox_waiting"] == 0
        killed = report(tmp_path, rig.clock, lambda _: False)
        assert not killed.is_running
        assert "was killed or has crashed" in killed.words
        await rig.stop()
        assert "ended in order" in report(tmp_path, rig.clock, lambda _: True).words
        assert not report(tmp_path, FakeClock(boot_id="boot-2"), lambda _: True).is_running
