"""A job of Windows: what belongs to one run of the window, ended as one, and by Windows itself when the shell ends."""

import sys

if sys.platform == "win32":
    import contextlib
    import ctypes
    from collections.abc import Iterator
    from ctypes import wintypes

    KILL_ON_CLOSE, LIMITS = 0x2000, 9
    MAY_JOIN, MAY_END, MAY_ASK = 0x0100 | 0x0001, 0x0001, 0x0400
    ENDED_BY_US = 9

    class Basic(ctypes.Structure):
        """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

        _fields_ = (
            *(("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", wintypes.DWORD)),
            *(("least_memory", ctypes.c_size_t), ("most_memory", ctypes.c_size_t), ("processes", wintypes.DWORD)),
            *(("affinity", ctypes.c_size_t), ("priority", wintypes.DWORD), ("scheduling", wintypes.DWORD)),
        )

    class Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = (
            *(("basic", Basic), ("counters", ctypes.c_uint64 * 6)),
            *(("process_memory", ctypes.c_size_t), ("job_memory", ctypes.c_size_t)),
            *(("process_peak", ctypes.c_size_t), ("job_peak", ctypes.c_size_t)),
        )

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateJobObjectW.restype = _kernel32.OpenProcess.restype = ctypes.c_void_p
    _kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel32.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    _kernel32.IsProcessInJob.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(wintypes.BOOL))
    _kernel32.SetInformationJobObject.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    _kernel32.TerminateJobObject.argtypes = _kernel32.TerminateProcess.argtypes = (ctypes.c_void_p, wintypes.UINT)
    _kernel32.CloseHandle.argtypes = (ctypes.c_void_p,)

    class Job:
        """Holds a process and all that it starts from now on. Nobody else has its handle: it ends with this process."""

        def __init__(self, pid: int) -> None:
            self._handle = _kernel32.CreateJobObjectW(None, None)
            limits = Limits()
            limits.basic.flags = KILL_ON_CLOSE
            asked = (LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
            with opened(pid, MAY_JOIN) as process:
                held = _kernel32.SetInformationJobObject(self._handle, *asked) and process is not None
                if not held or not _kernel32.AssignProcessToJobObject(self._handle, process):
                    code = ctypes.get_last_error()
                    _kernel32.CloseHandle(self._handle)
                    raise OSError(code, "the window cannot be held in a job of Windows")

        def end(self) -> None:
            """End all that is in it, at once."""
            _kernel32.TerminateJobObject(self._handle, ENDED_BY_US)

        def end_member(self, pid: int) -> bool:
            """End one process of it at once; False if it is none of it (any more)."""
            with opened(pid, MAY_END | MAY_ASK) as process:
                if process is None or not self._has(process):
                    return False
                return bool(_kernel32.TerminateProcess(process, ENDED_BY_US))

        def owns(self, pid: int) -> bool:
            """Whether this process is in it."""
            with opened(pid, MAY_ASK) as process:
                return process is not None and self._has(process)

        def close(self) -> None:
            """Let go of it; what is still in it ends."""
            handle, self._handle = self._handle, None
            if handle is not None:
                _kernel32.CloseHandle(handle)

        def _has(self, process: int) -> bool:
            answer = wintypes.BOOL()
            asked = _kernel32.IsProcessInJob(process, self._handle, ctypes.byref(answer))
            return self._handle is not None and bool(asked) and bool(answer.value)

    @contextlib.contextmanager
    def opened(pid: int, way: int) -> Iterator[int | None]:
        """The process, opened; None where it has gone or may not be."""
        process = _kernel32.OpenProcess(way, False, pid)
        try:
            yield process
        finally:
            if process is not None:
                _kernel32.CloseHandle(process)
