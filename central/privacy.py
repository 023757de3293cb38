"""What this process keeps to itself: its memory, which holds tokens, passwords and names, and the files it makes."""

import ctypes
import os
import sys

PR_SET_DUMPABLE = 4


def keep_private() -> None:
    """No core dump, no other process of the account may read our memory, and new files are for our account alone."""
    os.umask(0o077)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # a handler that takes dumps by a pipe heeds no limit
