"""A window that cannot live: given up, told to staff, and tried again when they say so."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stage.hasty_shell import LIMIT
from tests.stage.processes import Running
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal, engine_flags
from tests.stage.waiting import pause, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def stage(request: pytest.FixtureRequest, keep_logs_of: Callable[[Stage], None]) -> Iterator[Stage]:
    """A stage of the test's own."""
    with Stage(request.node.name) as stage:
        keep_logs_of(stage)
        yield stage


def python_path(first: Path) -> dict[str, str]:
    """What makes Python look here before anywhere else."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(first), os.environ.get("PYTHONPATH", "")]))}


def heartbeat(stage_central: Any, terminal: Terminal) -> dict[str, Any]:
    """What central last heard of this booth."""
    rows = stage_central.rows("select body from terminal_status where terminal_id = ?", terminal.id)
    return dict(json.loads(rows[0]["body"])) if rows else {"faults": [], "mode": ""}


def starts(terminal: Terminal) -> int:
    """How often the window was started, by the shell's word to the agent."""
    return sum(line.get("event") == "window" and line.get("phase") == "starting" for line in terminal.agent_log())


def test_a_window_that_dies_at_once_each_time_is_given_up_staff_are_told_and_their_order_tries_again(
    stage: Stage,
) -> None:
    central = stage.central()
    terminal = stage.terminal("Bilik 61", central=central, facility=central.add_facility("Rutan Uji", check_in="none"))
    broken = stage.home / "broken" / "webview"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text('raise ImportError("a test took it away")\n')
    screen = stage.screen(800, 600)
    command = [sys.executable, "-m", "tests.stage.hasty_shell", "--socket", str(terminal.shell_socket)]
    env = {"DISPLAY": screen.name, "QTWEBENGINE_CHROMIUM_FLAGS": engine_flags(), **python_path(broken.parent)}
    shell = terminal.shell = Running("shell-hasty", command, logs=stage.logs, env=env)
    wait_for(
        lambda: "LYR-1" in heartbeat(central, terminal)["faults"], within_s=40, what="LYR-1 at central", every_s=0.1
    )
    wait_for(lambda: heartbeat(central, terminal)["mode"] == "out_of_service", within_s=5, what="the mode", every_s=0.1)
    assert starts(terminal) == LIMIT + 1
    pause(2)
    assert starts(terminal) == LIMIT + 1, "no endless loop"
    assert shell.alive
    shutil.rmtree(broken)
    central.order("restart_window", terminal.id)
    wait_for(
        lambda: heartbeat(central, terminal)["mode"] == "in_service", within_s=40, what="the booth back", every_s=0.1
    )
    assert starts(terminal) == LIMIT + 2
