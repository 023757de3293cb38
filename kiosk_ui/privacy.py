"""What shell and window keep to themselves: no core dump of them or of the web engine, and files for their account alone."""

import ctypes
import os
import sys

PR_SET_DUMPABLE = 4
REFUSED_BYTES = 1
"""A limit of nothing is heeded by files alone; a handler that takes dumps by a pipe is refused them at a limit of one byte."""


def keep_private(*, hide_memory: bool) -> None:
    """For this process and all that it starts. `hide_memory`: nobody else of the account may look into this process.

    Not for the window: the engine's sandbox has to look into its own process from below.
    """
    os.umask(0o077)
    if sys.platform == "linux":
        import resource

        _, hardest = resource.getrlimit(resource.RLIMIT_CORE)
        limit = 0 if hardest == 0 else REFUSED_BYTES  # who starts us may have forbidden more than we do
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
        if hide_memory:
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
