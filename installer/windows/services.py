"""Services of a real Windows, asked of its service manager itself: not all of it can be said to sc.exe."""

import sys

if sys.platform == "win32":
    import contextlib
    import ctypes
    import threading
    from collections.abc import Callable, Iterator
    from ctypes import wintypes

    from installer.ports import SystemRefused
    from installer.windows.ports import Service

    ALL_ACCESS, OWN_PROCESS, ERROR_NORMAL, NO_CHANGE = 0xF003F, 0x10, 1, 0xFFFFFFFF
    MAY_ASK_OF_ALL, MAY_MAKE, MAY_ASK = 0x1, 0x2, 0x1 | 0x4
    STARTS = {"automatic": 2, "manual": 3, "disabled": 4}
    WORDS_OF = {0: "boot", 1: "system", **{code: word for word, code in STARTS.items()}}
    STOP, STOPPED, RUNNING = 1, 1, 4
    FAILURE_ACTIONS, FAILURE_FLAG, RESTART = 2, 4, 1
    NOT_KNOWN, RUNS_ALREADY, NOT_ACTIVE, TO_BE_DELETED = 1060, 1056, 1062, 1072
    AGAIN_MS = (2_000, 2_000, 5_000)
    FORGET_FAILURES_S = 600
    SERVICE_S, LOOK_S = 40.0, 0.2
    LONGEST = 8192

    class Status(ctypes.Structure):
        """SERVICE_STATUS."""

        _fields_ = tuple(
            (name, wintypes.DWORD) for name in ("kind", "state", "accepts", "code", "own_code", "step", "hint_ms")
        )

    class Config(ctypes.Structure):
        """QUERY_SERVICE_CONFIG."""

        _fields_ = (
            *((name, wintypes.DWORD) for name in ("kind", "starts", "errors")),
            *(("command", wintypes.LPWSTR), ("group", wintypes.LPWSTR), ("tag", wintypes.DWORD)),
            *(("needs", wintypes.LPWSTR), ("account", wintypes.LPWSTR), ("words", wintypes.LPWSTR)),
        )

    class Action(ctypes.Structure):
        """SC_ACTION."""

        _fields_ = (("kind", ctypes.c_int), ("after_ms", wintypes.DWORD))

    class FailureActions(ctypes.Structure):
        """SERVICE_FAILURE_ACTIONS."""

        _fields_ = (
            *(("forget_s", wintypes.DWORD), ("message", wintypes.LPWSTR), ("program", wintypes.LPWSTR)),
            *(("count", wintypes.DWORD), ("actions", ctypes.POINTER(Action))),
        )

    def _advapi32() -> ctypes.WinDLL:
        found = ctypes.WinDLL("advapi32", use_last_error=True)
        handle, word, text = ctypes.c_void_p, wintypes.DWORD, wintypes.LPCWSTR
        found.OpenSCManagerW.restype = found.OpenServiceW.restype = found.CreateServiceW.restype = handle
        found.OpenSCManagerW.argtypes = (text, text, word)
        found.OpenServiceW.argtypes = (handle, text, word)
        rest = (text, text, ctypes.c_void_p, text, text, text)
        found.CreateServiceW.argtypes = (handle, text, text, word, word, word, word, *rest)
        found.ChangeServiceConfigW.argtypes = (handle, word, word, word, *rest, text)
        found.ChangeServiceConfig2W.argtypes = (handle, word, ctypes.c_void_p)
        found.QueryServiceConfigW.argtypes = (handle, ctypes.c_void_p, word, ctypes.POINTER(word))
        found.QueryServiceStatus.argtypes = (handle, ctypes.POINTER(Status))
        found.StartServiceW.argtypes = (handle, word, ctypes.c_void_p)
        found.ControlService.argtypes = (handle, word, ctypes.POINTER(Status))
        found.DeleteService.argtypes = found.CloseServiceHandle.argtypes = (handle,)
        return found

    class Services:
        """The services of this PC."""

        def __init__(self) -> None:
            self._windows = _advapi32()

        def service(self, name: str) -> Service | None:
            """The service of this name."""
            with self._opened(name, MAY_ASK) as found:
                if found is None:
                    return None
                room, needed = ctypes.create_string_buffer(LONGEST), wintypes.DWORD()
                if not self._windows.QueryServiceConfigW(found, room, LONGEST, ctypes.byref(needed)):
                    raise _refused(f"the service {name} cannot be read")
                told = Config.from_buffer(room)
                starts = WORDS_OF.get(told.starts, "manual")
                who, words = told.account or "", told.words or ""
                return Service(name=name, command=told.command or "", account=who, words=words, starts=starts)

        def set_service(self, service: Service) -> None:
            """Make it, or change the one that is there; whenever it ends with an error Windows starts it again after 2 s."""
            starts = STARTS.get(service.starts, STARTS["automatic"])
            parts = (service.command, None, None, None, service.account)
            with self._opened(service.name, ALL_ACCESS) as found:
                if found is None:
                    self._make(service, starts)
                elif not self._windows.ChangeServiceConfigW(
                    found, OWN_PROCESS, starts, NO_CHANGE, *parts, None, service.words
                ):
                    raise _refused(f"the service {service.name} cannot be changed")
            self._come_back(service.name)
            self._count_errors(service.name)

        def _make(self, service: Service, starts: int) -> None:
            with self._managed(MAY_MAKE) as manager:
                parts = (service.name, service.words, ALL_ACCESS, OWN_PROCESS, starts, ERROR_NORMAL)
                rest = (service.command, None, None, None, service.account, None)
                made = self._windows.CreateServiceW(manager, *parts, *rest)
                if not made:
                    raise _refused(f"the service {service.name} cannot be made")
                self._windows.CloseServiceHandle(made)

        def _come_back(self, name: str) -> None:
            actions = (Action * len(AGAIN_MS))(*(Action(RESTART, after_ms) for after_ms in AGAIN_MS))
            what = FailureActions(FORGET_FAILURES_S, None, None, len(AGAIN_MS), actions)
            self._promise(name, FAILURE_ACTIONS, what)

        def _count_errors(self, name: str) -> None:
            """A service that says it ends with an error counts like one whose process dies."""
            self._promise(name, FAILURE_FLAG, wintypes.BOOL(True))

        def _promise(self, name: str, level: int, what: ctypes.Structure | wintypes.BOOL) -> None:
            with self._opened(name, ALL_ACCESS) as found:
                if not self._windows.ChangeServiceConfig2W(found, level, ctypes.byref(what)):
                    raise _refused(f"Windows does not promise to start the service {name} again")

        def remove_service(self, name: str) -> None:
            """Stop and remove it; no error if there is none."""
            self.stop(name)
            with self._opened(name, ALL_ACCESS) as found:
                if found and not self._windows.DeleteService(found) and ctypes.get_last_error() != TO_BE_DELETED:
                    raise _refused(f"the service {name} cannot be removed")
            self._wait(
                lambda: self.service(name) is None, f"the service {name} goes with the next restart: restart the PC"
            )

        def is_running(self, name: str) -> bool:
            """Whether this service runs."""
            return self._state(name) == RUNNING

        def _state(self, name: str) -> int:
            with self._opened(name, MAY_ASK) as found:
                status = Status(state=STOPPED)
                if found is not None and not self._windows.QueryServiceStatus(found, ctypes.byref(status)):
                    raise _refused(f"Windows does not say whether the service {name} runs")
                return int(status.state)

        def start(self, name: str) -> None:
            """Start it and wait until it runs."""
            with self._opened(name, ALL_ACCESS) as found:
                if found is None:
                    raise SystemRefused(f"there is no service {name}: run the same command again")
                is_started = self._windows.StartServiceW(found, 0, None)
                if not is_started and ctypes.get_last_error() != RUNS_ALREADY:
                    raise _refused(f"the service {name} does not start")
            said = f"the service {name} does not start: see the Event Viewer, System, and its log"
            self._wait(lambda: self._has_settled(name), said)
            if not self.is_running(name):
                raise SystemRefused(said)

        def _has_settled(self, name: str) -> bool:
            return self._state(name) in {RUNNING, STOPPED}

        def stop(self, name: str) -> None:
            """Stop it and wait until it has; no error if it does not run or is not known."""
            never = f"the service {name} does not stop: restart the PC"
            self._wait(lambda: self._has_settled(name), never)  # one that starts takes no word
            if self._state(name) == STOPPED:
                return
            with self._opened(name, ALL_ACCESS) as found:
                is_told = self._windows.ControlService(found, STOP, ctypes.byref(Status()))
                if not is_told and ctypes.get_last_error() != NOT_ACTIVE:
                    raise _refused(f"the service {name} does not take a stop")
            self._wait(lambda: self._state(name) == STOPPED, never)

        def _wait(self, is_so: Callable[[], bool], else_say: str) -> None:
            never = threading.Event()
            for _ in range(int(SERVICE_S / LOOK_S)):
                if is_so():
                    return
                never.wait(LOOK_S)
            raise SystemRefused(else_say)

        @contextlib.contextmanager
        def _managed(self, access: int) -> Iterator[int]:
            manager = self._windows.OpenSCManagerW(None, None, access)
            if not manager:
                raise _refused("the service manager of Windows does not answer")
            try:
                yield manager
            finally:
                self._windows.CloseServiceHandle(manager)

        @contextlib.contextmanager
        def _opened(self, name: str, access: int) -> Iterator[int | None]:
            with self._managed(MAY_ASK_OF_ALL) as manager:
                found = self._windows.OpenServiceW(manager, name, access)
                if not found and ctypes.get_last_error() != NOT_KNOWN:
                    raise _refused(f"the service {name} cannot be opened")
                try:
                    yield found
                finally:
                    if found:
                        self._windows.CloseServiceHandle(found)

    def _refused(what: str) -> SystemRefused:
        code = ctypes.get_last_error()
        return SystemRefused(f"{what}: {ctypes.FormatError(code).strip()} (error {code})")
