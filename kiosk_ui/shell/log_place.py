"""Where the shell's words go: standard error, or a file where Windows gives a program without a console none."""

import functools
import os
import sys
from pathlib import Path
from typing import TextIO

LOG_BYTES = 5_000_000


@functools.cache
def log_stream() -> TextIO:
    """Standard error; without one the account's own Bilik/shell.log, of which the one before is kept, or nothing at all."""
    if sys.stderr is not None:
        return sys.stderr
    try:
        file = Path(os.environ["LOCALAPPDATA"]) / "Bilik" / "shell.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > LOG_BYTES:
            file.replace(file.with_suffix(".old.log"))
        return file.open("a", encoding="utf-8", errors="replace", buffering=1)
    except (OSError, KeyError):
        return Path(os.devnull).open("w", encoding="utf-8")
