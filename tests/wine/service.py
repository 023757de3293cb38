"""Runs inside Wine: the agent's service under the real service manager, by the installer's own hands; says what was seen as JSON.

`hosted.py` is the service, `stand_in.py` what it runs in the agent's place.
"""

import contextlib
import ctypes
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from installer.ports import SystemRefused
from installer.windows.ports import Service
from installer.windows.services import Services

NAME = "bilik-agent"
FOLDER = Path(r"C:\bilik-service")
HOSTED = Path(__file__).with_name("hosted.py")
WITHIN_S = 30.0
MAY_END_AND_WAIT = 0x100001
GONE = 0


class WineServices(Services):
    """Wine 8 takes the recovery actions and does nothing with them; of the flag beside them it says that there is none."""

    def _count_errors(self, name: str) -> None:
        try:
            super()._count_errors(name)
        except SystemRefused as error:
            if "error 124" not in str(error):
                raise


def kernel32() -> ctypes.WinDLL:  # type: ignore[name-defined]  # runs on Windows only
    found = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    found.OpenProcess.restype = ctypes.c_void_p
    found.WaitForSingleObject.argtypes = found.TerminateProcess.argtypes = (ctypes.c_void_p, ctypes.c_uint)
    found.CloseHandle.argtypes = (ctypes.c_void_p,)
    return found


def is_gone(pid: int, *, within_s: float = 0.0, end_it: bool = False) -> bool:
    """Whether the process has ended within so long; `end_it`: by our hand."""
    windows = kernel32()
    found = windows.OpenProcess(MAY_END_AND_WAIT, False, pid)
    if not found:
        return True
    if end_it:
        windows.TerminateProcess(found, 9)
    gone = windows.WaitForSingleObject(found, int(within_s * 1000)) == GONE
    windows.CloseHandle(found)
    return bool(gone)


def until(is_so: Callable[[], object], what: str) -> float:
    """Seconds until it was so."""
    began, never = time.monotonic(), threading.Event()
    while not is_so():
        assert time.monotonic() < began + WITHIN_S, f"not within {WITHIN_S:.0f} s: {what}; its log: {log()}"
        never.wait(0.05)
    return round(time.monotonic() - began, 2)


def log() -> str:
    file = FOLDER / "log" / "agent.log"
    return file.read_text(encoding="utf-8") if file.exists() else "none"


def agent() -> int:
    """The number of the stand-in that is there now; 0: none."""
    try:
        return int((FOLDER / "pid").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def ask(word: str) -> None:
    (FOLDER / word).touch()


def host() -> int:
    """The number of the service's own process."""
    from ctypes import wintypes

    services = Services()
    names = ("kind", "state", "accepts", "code", "own_code", "step", "hint_ms", "pid", "flags")
    told, size = (wintypes.DWORD * len(names))(), wintypes.DWORD()
    with services._opened(NAME, 4) as found:
        ask_more = services._windows.QueryServiceStatusEx
        ask_more.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p)
        assert ask_more(found, 0, ctypes.byref(told), ctypes.sizeof(told), ctypes.byref(size))
    return int(told[names.index("pid")])


def it_is_made_and_read_back(services: Services, service: Service) -> None:
    assert services.service(NAME) is None
    services.set_service(service)
    assert services.service(NAME) == service
    services.set_service(Service(name=NAME, command=service.command, account=service.account, words="Another"))
    services.set_service(service)
    assert services.service(NAME) == service


def it_does_not_count_as_started_before_the_first_beat(services: Services) -> None:
    ask("never")
    with contextlib.suppress(SystemRefused):
        services.start(NAME)
    assert not services.is_running(NAME)
    assert "the stand-in ends before it is ready" in log()
    (FOLDER / "never").unlink()


def it_runs_and_another_takes_the_place_of_one_that_ends(services: Services) -> dict[str, float]:
    services.start(NAME)
    assert services.is_running(NAME)
    seen: dict[str, float] = {}
    first = agent()
    ask("end")
    seen["ended by itself, back after s"] = until(lambda: agent() not in {0, first}, "a new agent")
    second = agent()
    assert is_gone(second, within_s=5, end_it=True)
    seen["killed, back after s"] = until(lambda: agent() not in {0, second}, "a new agent after a kill")
    assert services.is_running(NAME)
    return seen


def one_that_hangs_is_ended_with_all_it_started(services: Services) -> dict[str, float]:
    ask("crowd")
    until((FOLDER / "child").exists, "a child of the agent")
    child, hung = int((FOLDER / "child").read_text()), agent()
    assert not is_gone(child)
    ask("hang")
    seen = {"hangs, ended after s": until(lambda: is_gone(hung), "the hung agent to be ended")}
    assert is_gone(child, within_s=5)
    (FOLDER / "hang").unlink()
    until(lambda: agent() not in {0, hung} and not is_gone(agent()), "a new agent after one that hung")
    assert "did not say for 2 s that it lives" in log(), log()
    assert services.is_running(NAME)
    return seen


def when_the_service_dies_the_agent_dies_with_it() -> dict[str, float]:
    left = agent()
    assert not is_gone(left)
    assert is_gone(host(), within_s=5, end_it=True)
    return {"service killed, agent gone after s": until(lambda: is_gone(left), "the agent to go with its service")}


def a_stop_ends_both(services: Services) -> None:
    both = agent(), host()
    services.stop(NAME)
    services.stop(NAME)
    assert not services.is_running(NAME)
    assert all(is_gone(one, within_s=5) for one in both)


def before_the_restart() -> dict[str, float]:
    services = WineServices()
    services.remove_service(NAME)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    command = f'"{sys.executable}" "{HOSTED}" {FOLDER}'
    service = Service(name=NAME, command=command, account=f"NT SERVICE\\{NAME}", words="Bilik agent")
    it_is_made_and_read_back(services, service)
    it_does_not_count_as_started_before_the_first_beat(services)
    seen = it_runs_and_another_takes_the_place_of_one_that_ends(services)
    seen |= one_that_hangs_is_ended_with_all_it_started(services)
    a_stop_ends_both(services)
    services.start(NAME)
    return seen | when_the_service_dies_the_agent_dies_with_it()


def after_the_restart() -> dict[str, float]:
    """Wine's service manager does not see that a service has died, Windows' does: it takes a restart of all to go on."""
    services = WineServices()
    seen = {"started by itself after a restart, s": until(lambda: services.is_running(NAME), "it to start by itself")}
    assert not is_gone(agent())
    services.remove_service(NAME)
    assert services.service(NAME) is None
    assert is_gone(agent(), within_s=5)
    shutil.rmtree(FOLDER)
    return seen


if __name__ == "__main__":
    print(json.dumps({"before": before_the_restart, "after": after_the_restart}[sys.argv[1]]()), flush=True)
