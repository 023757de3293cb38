"""The agent as a child that is watched: what it says is kept, and one that ends or hangs is started again.

`ready` and `alive` of the agent set an event that it has inherited, once a second; no beat in time, and it is ended.
"""

import sys

STARTS_WITHIN_S = 30.0
BEATS_WITHIN_S = 10.0
"""As the agent's unit on Linux says: TimeoutStartSec and WatchdogSec."""
AGAIN_S = 0.2

if sys.platform == "win32":
    import ctypes
    import logging
    import logging.handlers
    import os
    import subprocess
    import threading
    from collections.abc import Callable, Sequence
    from ctypes import wintypes
    from pathlib import Path

    from agent.adapters.service_host import BEAT
    from installer.windows.job import end_with_us

    LOG_BYTES, LOGS = 5_000_000, 4
    LAST_WORDS_S = 3.0
    IS_SET = 0
    TIMED_OUT = 0x102
    TOLD, ENDED, BEATEN = range(3)
    NEVER_READY = 1

    class Events:
        """Events and waiting, as Windows has them."""

        def __init__(self) -> None:
            self._kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel32.CreateEventW.restype = wintypes.HANDLE
            self._kernel32.SetEvent.argtypes = self._kernel32.ResetEvent.argtypes = (wintypes.HANDLE,)
            many = (wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE), wintypes.BOOL, wintypes.DWORD)
            self._kernel32.WaitForMultipleObjects.argtypes = many

        def make(self, *, stays: bool) -> int:
            """A new event; one that does not stay is unset by the wait that it ends."""
            made = self._kernel32.CreateEventW(None, stays, False, None)
            if not made:
                raise OSError(ctypes.get_last_error(), "Windows makes no event")
            return int(made)

        def set(self, event: int) -> None:
            """Whoever waits for it goes on."""
            self._kernel32.SetEvent(event)

        def unset(self, event: int) -> None:
            """As it was made."""
            self._kernel32.ResetEvent(event)

        def first_of(self, handles: Sequence[int], within_s: float) -> int | None:
            """Which of these is set first, by its place; None: none in time."""
            many = (wintypes.HANDLE * len(handles))(*handles)
            place = self._kernel32.WaitForMultipleObjects(len(handles), many, False, int(within_s * 1000))
            if place == TIMED_OUT:
                return None
            if not IS_SET <= place < len(handles):
                raise OSError(ctypes.get_last_error(), "Windows does not wait for the agent")
            return int(place)

    class AgentHost:
        """Keeps an agent running, until it is told to end; `command` starts one, `folder` is where its log is kept."""

        def __init__(self, command: Sequence[str], folder: Path) -> None:
            self._command = list(command)
            self._lines = _log(folder)
            self._events = Events()
            self._told = self._events.make(stays=True)
            self._beat = self._events.make(stays=False)
            os.set_handle_inheritable(self._beat, True)
            self._has_served = False

        def end(self) -> None:
            """`serve` shall return; from any thread, and also before it."""
            self._events.set(self._told)

        def serve(self, ready: Callable[[], None]) -> int:
            """0 when it was told to end; else why the first agent never was ready: its exit code, or 1.

            `ready` is called once: at the first beat of all. Raises OSError if no agent can be started.
            """
            while True:
                code = self._serve_one(ready)
                if self._events.first_of((self._told,), AGAIN_S) is not None:
                    return 0
                if not self._has_served:
                    return code or NEVER_READY

        def _serve_one(self, ready: Callable[[], None]) -> int:
            self._events.unset(self._beat)
            agent = self._start()
            keeper = threading.Thread(target=_keep, args=(agent, self._lines), daemon=True)
            keeper.start()
            job = end_with_us(agent)
            try:
                why = self._watch(agent, ready)
            finally:
                job.close()
            code = agent.wait()
            keeper.join(LAST_WORDS_S)
            self._lines.info("bilik-agent: %s (exit code %d)", why, code, extra={"own": True})
            return code

        def _start(self) -> "subprocess.Popen[str]":
            inherits = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [self._beat]})
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, BEAT: str(self._beat)},
                startupinfo=inherits,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )

        def _watch(self, agent: "subprocess.Popen[str]", ready: Callable[[], None]) -> str:
            """Until there is nothing more to wait for; why, in words."""
            handles = (self._told, int(agent._handle), self._beat)  # type: ignore[attr-defined]  # of Windows' Popen, and open till it is waited for
            limit_s = STARTS_WITHIN_S
            while True:
                match self._events.first_of(handles, limit_s):
                    case 2:
                        limit_s = BEATS_WITHIN_S
                        if not self._has_served:
                            self._has_served = True
                            ready()
                    case 1:
                        return "it has ended by itself"
                    case 0:
                        return "the service was told to stop"
                    case _:
                        return f"it did not say for {limit_s:.0f} s that it lives, and was ended"

    def _log(folder: Path) -> logging.Logger:
        """Files that do not grow without end; a full disk must not stop the booth."""
        lines = logging.getLogger("bilik-agent")
        lines.propagate = False
        lines.setLevel(logging.INFO)
        try:
            folder.mkdir(exist_ok=True)
            file = folder / "agent.log"
            keeper = logging.handlers.RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8")
            keeper.setFormatter(_Lines())
            lines.addHandler(keeper)
        except OSError:
            lines.addHandler(logging.NullHandler())
        return lines

    class _Lines(logging.Formatter):
        """What the agent says has its own time; what is said here gets one."""

        def format(self, record: logging.LogRecord) -> str:
            said = record.getMessage()
            return f"{self.formatTime(record)} {said}" if hasattr(record, "own") else said

    def _keep(agent: "subprocess.Popen[str]", lines: logging.Logger) -> None:
        """Line by line, until the agent and all that it has started have closed it."""
        for line in agent.stdout or ():
            lines.info("%s", line.rstrip("\n"))
