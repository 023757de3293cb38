"""systemd's watchdog hears from the supervisor's own loop: a real datagram socket, and a loop that hangs."""

import asyncio
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.clock import SystemClock
from agent.adapters.service_manager import SystemdManager
from agent.supervisor.supervisor import Supervisor
from tests.agent_rig import Rig

WATCH_S = 0.1
"""Ten times as often as in a booth, so that a test need not listen for long."""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd hears."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(15)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def drain(told: socket.socket) -> list[bytes]:
    """What has been said and not been read."""
    told.setblocking(False)
    heard = []
    try:
        while True:
            heard.append(told.recv(100))
    except BlockingIOError:
        told.settimeout(15)
    return heard


def pings_within(told: socket.socket, seconds: float) -> int:
    """How many pings come in so much time, those before it left out."""
    drain(told)
    until = time.monotonic() + seconds
    count = 0
    while (left := until - time.monotonic()) > 0:
        told.settimeout(left)
        try:
            count += told.recv(100) == b"WATCHDOG=1"
        except TimeoutError:
            break
    return count


class InThread:
    """A supervisor on fakes, a real clock and the real service manager, on a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.supervisor: Supervisor
        self._folder = folder
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),), daemon=True)

    async def _run(self) -> None:
        rig = Rig(self._folder, is_enrolled=False)
        outside = dataclasses.replace(rig.outside(), clock=SystemClock(), services=SystemdManager())
        self.supervisor = Supervisor(outside, await rig.journal.load())
        await self.supervisor.run()

    def start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("agent.supervisor.supervisor.WATCH_S", WATCH_S)
        self._thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.supervisor.stop)
        self._thread.join(10)
        assert not self._thread.is_alive()
        self.loop.close()


def test_a_loop_that_hangs_stops_the_pings_and_one_that_turns_again_brings_them_back(
    told: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = InThread(tmp_path)
    agent.start(monkeypatch)
    assert told.recv(100) in (b"READY=1", b"WATCHDOG=1")
    assert pings_within(told, 6 * WATCH_S) >= 3
    mend = threading.Event()
    agent.loop.call_soon_threadsafe(mend.wait)
    assert pings_within(told, 5 * WATCH_S) <= 1
    assert pings_within(told, 5 * WATCH_S) == 0
    mend.set()
    assert pings_within(told, 6 * WATCH_S) >= 3
    agent.stop()
    assert b"STOPPING=1" in drain(told)


def test_a_loop_that_takes_no_events_any_more_is_as_good_as_hung(
    told: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = InThread(tmp_path)
    agent.start(monkeypatch)
    assert told.recv(100) in (b"READY=1", b"WATCHDOG=1")
    assert pings_within(told, 6 * WATCH_S) >= 3
    agent.supervisor.loop._busy = True  # what a step that never came back would leave
    assert pings_within(told, 5 * WATCH_S) <= 1
    assert pings_within(told, 5 * WATCH_S) == 0
    agent.supervisor.loop._busy = False
    agent.stop()


def test_a_real_agent_says_ready_pings_every_second_and_says_when_it_stops(told: socket.socket, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        f'[agent]\nstate_dir = "{tmp_path}/state"\nshell_socket = "{tmp_path}/shell.sock"\n'
        '[page]\nport = 0\n[credentials]\nstore = "file"\n'
    )
    command = [sys.executable, "-m", "agent", "--config", str(config), "run"]
    with subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.DEVNULL) as agent:
        assert told.recv(100) == b"READY=1"
        assert pings_within(told, 2.3) in (2, 3)
        agent.send_signal(signal.SIGSTOP)
        assert pings_within(told, 1.5) == 0
        agent.send_signal(signal.SIGCONT)
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(10) == 0
    assert b"STOPPING=1" in drain(told)
