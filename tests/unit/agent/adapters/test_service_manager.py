"""systemd is told the truth when it is there, and missed by nobody when it is not."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.health import PsutilHealth
from agent.adapters.service_manager import SystemdManager

pytestmark = pytest.mark.anyio


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd hears."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


async def test_systemd_hears_ready_alive_and_stopping(told: socket.socket) -> None:
    manager = SystemdManager()
    manager.ready()
    manager.alive()
    manager.stopping()
    assert [told.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


async def test_without_a_service_manager_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    manager = SystemdManager(running_systemd=tmp_path / "absent", systemctl="/bin/false")
    manager.ready()
    manager.alive()
    manager.stopping()
    with caplog.at_level(logging.WARNING):
        await manager.restart_kiosk()
        await manager.reboot()
    assert [record.getMessage() for record in caplog.records] == ["no_service_manager"] * 2


def systemctl(tmp_path: Path, ending: str = "exit 0") -> SystemdManager:
    """A systemctl that writes down what it was asked."""
    script = tmp_path / "systemctl"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{ending}\n')
    script.chmod(0o755)
    return SystemdManager(systemctl=str(script), running_systemd=tmp_path)


async def test_the_kiosk_session_and_the_pc_are_restarted_by_fixed_commands(tmp_path: Path) -> None:
    manager = systemctl(tmp_path)
    await manager.restart_kiosk()
    await manager.reboot()
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--no-block --no-ask-password restart bilik-kiosk.service",
        "--no-block --no-ask-password reboot",
    ]


async def test_the_screen_is_given_away_by_one_verb_and_whether_it_worked_is_told(tmp_path: Path) -> None:
    assert await systemctl(tmp_path).hand_over() is True
    assert (tmp_path / "asked").read_text() == "--no-block --no-ask-password start bilik-technician.target\n"
    assert await systemctl(tmp_path, "exit 5").hand_over() is False
    assert await SystemdManager(systemctl=str(tmp_path / "absent"), running_systemd=tmp_path).hand_over() is False


async def test_a_refusal_of_systemd_is_logged_and_not_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        await systemctl(tmp_path, "exit 4").restart_kiosk()
        await SystemdManager(systemctl=str(tmp_path / "absent"), running_systemd=tmp_path).restart_kiosk()
    assert [record.getMessage() for record in caplog.records] == ["service_manager_failed"] * 2


async def test_health_reads_this_process() -> None:
    health = PsutilHealth(boot_s=lambda: 1234.9)
    assert health.uptime_s() == 1234
    assert 5_000_000 < health.rss_bytes() < 5_000_000_000
