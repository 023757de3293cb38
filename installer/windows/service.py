"""The agent as a Windows service: speaks with the service manager; `hosted.py` runs bilik-agent as a child and watches it.

`python -m installer.windows.service`, started by Windows alone. It counts as started at the agent's first beat. An agent that ends
or hangs later is started again here; if the first one never gets ready, or this process ends, the service manager starts the service
again. When this process ends, however it does, Windows ends the agent.
"""

import sys

SERVICE = "bilik-agent"

if sys.platform == "win32":
    import ctypes
    from collections.abc import Callable
    from ctypes import wintypes
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:  # an old PC reads slowly: first it is said that the service is there, within Windows' 30 s
        from installer.windows.hosted import AgentHost

    OWN_PROCESS, STOPPED, START_PENDING, STOP_PENDING, RUNNING = 0x10, 1, 2, 3, 4
    ACCEPTS = 1 | 4
    ENDINGS = {1, 5}
    """Stop, and the PC goes down."""
    SPECIFIC_ERROR = 1066
    HINT_MS = 60_000

    class Status(ctypes.Structure):
        """SERVICE_STATUS."""

        _fields_ = tuple(
            (name, wintypes.DWORD) for name in ("kind", "state", "accepts", "code", "own_code", "step", "hint_ms")
        )

    Main = ctypes.WINFUNCTYPE(None, wintypes.DWORD, ctypes.POINTER(wintypes.LPWSTR))
    Handler = ctypes.WINFUNCTYPE(wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p)

    class Entry(ctypes.Structure):
        """SERVICE_TABLE_ENTRY."""

        _fields_ = (("name", wintypes.LPWSTR), ("main", Main))

    class AgentService:
        """One run of the service; `make_host` is called once Windows knows that it is there."""

        def __init__(self, make_host: "Callable[[], AgentHost]") -> None:
            self._make_host = make_host
            self._host: AgentHost | None = None
            self._is_ending = False
            self._advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
            self._advapi32.RegisterServiceCtrlHandlerExW.restype = ctypes.c_void_p
            self._advapi32.RegisterServiceCtrlHandlerExW.argtypes = (wintypes.LPCWSTR, Handler, ctypes.c_void_p)
            self._advapi32.SetServiceStatus.argtypes = (ctypes.c_void_p, ctypes.POINTER(Status))
            self._main_of_windows = Main(self._main)
            self._handler = Handler(self._told)
            self._handle: int | None = None
            self._state = START_PENDING

        def run(self) -> int:
            """Until Windows has no more need of it; 1 when it was not Windows that started it."""
            table = (Entry * 2)(Entry(SERVICE, self._main_of_windows), Entry(None, Main()))
            if self._advapi32.StartServiceCtrlDispatcherW(table):
                return 0
            code = ctypes.get_last_error()
            sys.stderr.write(f"this runs as a Windows service only (error {code}): sc.exe start {SERVICE}\n")
            return 1

        def _main(self, _count: int, _words: object) -> None:
            self._handle = self._advapi32.RegisterServiceCtrlHandlerExW(SERVICE, self._handler, None)
            self._say(START_PENDING)
            try:
                self._host = self._make_host()
                if self._is_ending:
                    self._host.end()
                code = self._host.serve(lambda: self._say(RUNNING))
            except OSError as error:
                code = error.errno or 1
            self._say(STOPPED, own_code=code)

        def _told(self, control: int, _kind: int, _data: object, _context: object) -> int:
            """Called by Windows on a thread of its own; the agent's journal bears an end at any moment."""
            if control in ENDINGS:
                self._say(STOP_PENDING)
                self._is_ending = True
                if self._host is not None:
                    self._host.end()
            else:
                self._say(self._state)
            return 0

        def _say(self, state: int, *, own_code: int = 0) -> None:
            self._state = state
            accepts = ACCEPTS if state == RUNNING else 0
            code = SPECIFIC_ERROR if own_code else 0
            hint_ms = HINT_MS if state in {START_PENDING, STOP_PENDING} else 0
            status = Status(OWN_PROCESS, state, accepts, code, own_code, 0, hint_ms)
            self._advapi32.SetServiceStatus(self._handle, ctypes.byref(status))

    def host() -> "AgentHost":
        """The agent of this PC."""
        from pathlib import Path

        from installer.windows.hosted import AgentHost
        from installer.windows.plan import STATE

        return AgentHost((sys.executable, "-m", "agent", "run"), Path(STATE) / "log")

    if __name__ == "__main__":
        sys.exit(AgentService(host).run())
