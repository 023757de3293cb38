"""The agent as a Windows service: speaks with the service manager, runs bilik-agent as a child, and ends with it.

`python -m installer.windows.service`, started by Windows alone. Whenever the agent ends unasked the service ends with an error, and the
service manager starts it again; when this process ends, however it does, Windows ends the agent. It keeps what the agent says.
"""

import sys

SERVICE = "bilik-agent"
LIVES_S = 3.0
"""So long the agent must live before the service counts as started."""

if sys.platform == "win32":
    import ctypes
    import logging
    import logging.handlers
    import subprocess
    import threading
    from ctypes import wintypes
    from pathlib import Path

    from installer.windows.job import end_with_us
    from installer.windows.plan import STATE

    OWN_PROCESS, STOPPED, START_PENDING, STOP_PENDING, RUNNING = 0x10, 1, 2, 3, 4
    ACCEPTS = 1 | 4
    ENDINGS = {1, 5}
    """Stop, and the PC goes down."""
    SPECIFIC_ERROR = 1066
    HINT_MS = 10_000
    LOG_BYTES, LOGS = 5_000_000, 4

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
        """One run of the service."""

        def __init__(self) -> None:
            self._advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
            self._advapi32.RegisterServiceCtrlHandlerExW.restype = ctypes.c_void_p
            self._advapi32.RegisterServiceCtrlHandlerExW.argtypes = (wintypes.LPCWSTR, Handler, ctypes.c_void_p)
            self._advapi32.SetServiceStatus.argtypes = (ctypes.c_void_p, ctypes.POINTER(Status))
            self._main_of_windows = Main(self._main)
            self._handler = Handler(self._told)
            self._handle: int | None = None
            self._agent: subprocess.Popen[str] | None = None
            self._is_ending = False
            self._state = START_PENDING
            self._lock = threading.Lock()

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
                code = self._run_agent()
            except OSError as error:
                self._say(STOPPED, own_code=error.errno or 1)
                return
            self._say(STOPPED, own_code=0 if self._is_ending else code or 1)

        def _run_agent(self) -> int:
            agent = subprocess.Popen(
                [sys.executable, "-m", "agent", "run"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
            job = end_with_us(agent)
            with self._lock:
                self._agent = agent
                if self._is_ending:
                    agent.kill()
            keeper = threading.Thread(target=_keep, args=(agent,), daemon=True)
            keeper.start()
            try:
                agent.wait(LIVES_S)
            except subprocess.TimeoutExpired:
                if not self._is_ending:
                    self._say(RUNNING)
            code = agent.wait()
            keeper.join(LIVES_S)
            job.close()
            return code

        def _told(self, control: int, _kind: int, _data: object, _context: object) -> int:
            """Called by Windows on a thread of its own; the agent's journal bears an end at any moment."""
            if control in ENDINGS:
                self._say(STOP_PENDING)
                with self._lock:
                    self._is_ending = True
                    if self._agent is not None:
                        self._agent.kill()
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

    def _keep(agent: "subprocess.Popen[str]") -> None:
        """Until the agent closes it: what it says, line by line, in files that do not grow without end."""
        lines = logging.getLogger("bilik-agent")
        lines.propagate = False
        lines.setLevel(logging.INFO)
        folder = Path(STATE) / "log"
        try:
            folder.mkdir(exist_ok=True)
            file = folder / "agent.log"
            keeper = logging.handlers.RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8")
            lines.addHandler(keeper)
        except OSError:
            lines.addHandler(logging.NullHandler())  # a full disk must not stop the booth
        for line in agent.stdout or ():
            lines.info("%s", line.rstrip("\n"))

    if __name__ == "__main__":
        sys.exit(AgentService().run())
