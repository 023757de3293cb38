"""The window's talk with the shell that started it: JSON lines on its standard input and output."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from protocol.shell import FromWindow, ToWindow

_PR_SET_PDEATHSIG = 1
DO_NOT_WAIT = 1
LONGEST_LINE_BYTES = 65_536


def die_with_parent() -> None:
    """Linux ends this process when the one that started it ends, even if this one hangs or is stopped."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def private_output() -> int:
    """A descriptor for our lines alone: what libraries print on standard output goes to standard error from now on."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    do_not_block(ours)
    return ours


def do_not_block(descriptor: int) -> None:
    """A write that finds no room loses its line rather than wait; where Windows cannot promise that, it waits."""
    if sys.platform == "win32":
        import msvcrt

        ways = ctypes.c_uint32(DO_NOT_WAIT)
        pipe = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        ctypes.WinDLL("kernel32").SetNamedPipeHandleState(pipe, ctypes.byref(ways), None, None)
    else:
        os.set_blocking(descriptor, False)


class Pipe:
    """Lines out from any thread; lines in on a thread of its own."""

    def __init__(self, output: int, source: BinaryIO) -> None:
        self._output = output
        self._source = source

    def send(self, message: FromWindow) -> None:
        """Write one line; a shell that does not read loses it rather than stop the window."""
        try:
            os.write(self._output, msgspec.json.encode(message) + b"\n")
        except BlockingIOError:
            return
        except OSError:
            os._exit(0)

    def read(self, heard: Callable[[ToWindow], None]) -> None:
        """Call `heard` on the reading thread for every line; the process ends with its input."""
        threading.Thread(target=self._read, args=(heard,), name="pipe", daemon=True).start()

    def _read(self, heard: Callable[[ToWindow], None]) -> None:
        decoder = msgspec.json.Decoder(ToWindow)
        try:
            while line := self._source.readline(LONGEST_LINE_BYTES):
                heard(decoder.decode(line))
        finally:
            os._exit(0)
