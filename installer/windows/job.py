"""A child that Windows ends when this process ends, however that comes."""

import sys

if sys.platform == "win32":
    import ctypes
    import subprocess
    from ctypes import wintypes

    KILL_ON_CLOSE = 0x2000
    EXTENDED = 9
    MAY_BE_TAKEN = 0x0100 | 0x0001

    class Basic(ctypes.Structure):
        """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

        _fields_ = (
            *(("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", wintypes.DWORD)),
            *(("least_memory", ctypes.c_size_t), ("most_memory", ctypes.c_size_t), ("processes", wintypes.DWORD)),
            *(("affinity", ctypes.c_size_t), ("priority", wintypes.DWORD), ("scheduling", wintypes.DWORD)),
        )

    class Extended(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = (
            *(("basic", Basic), ("counters", ctypes.c_uint64 * 6)),
            *(("process_memory", ctypes.c_size_t), ("job_memory", ctypes.c_size_t)),
            *(("process_peak", ctypes.c_size_t), ("job_peak", ctypes.c_size_t)),
        )

    class Job:
        """What holds the child; closing it ends what is still in it."""

        def __init__(self) -> None:
            self._kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel32.CreateJobObjectW.restype = wintypes.HANDLE
            self._kernel32.OpenProcess.restype = wintypes.HANDLE
            self._kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
            self._kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
            words = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
            self._kernel32.SetInformationJobObject.argtypes = words
            self._kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
            self._handle = self._kernel32.CreateJobObjectW(None, None)
            limits = Extended()
            limits.basic.flags = KILL_ON_CLOSE
            size = ctypes.sizeof(limits)
            if not self._kernel32.SetInformationJobObject(self._handle, EXTENDED, ctypes.byref(limits), size):
                raise OSError(ctypes.get_last_error(), "the agent's job cannot be made")

        def take(self, pid: int) -> None:
            """This process and all that it starts."""
            process = self._kernel32.OpenProcess(MAY_BE_TAKEN, False, pid)
            taken = process and self._kernel32.AssignProcessToJobObject(self._handle, process)
            code = ctypes.get_last_error()
            if process:
                self._kernel32.CloseHandle(process)
            if not taken:
                raise OSError(code, "the agent cannot be taken into its job")

        def close(self) -> None:
            """End what is still in it."""
            self._kernel32.CloseHandle(self._handle)

    def end_with_us(child: "subprocess.Popen[str]") -> Job:
        """Hold it; a child that cannot be held is ended, and OSError raised."""
        try:
            job = Job()
            job.take(child.pid)
        except OSError:
            child.kill()
            raise
        return job
