"""Runs inside Wine in the agent's place: beats as the agent does, and does what a file beside it asks: hang, end, crowd."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from agent.adapters.service_host import WindowsServiceHost

BEATS_EVERY_S = 0.2


def main(folder: Path) -> None:
    host = WindowsServiceHost()
    if (folder / "never").exists():
        print("the stand-in ends before it is ready", flush=True)
        sys.exit(7)
    print(f"the stand-in is there: {os.getpid()}", flush=True)
    (folder / "pid").write_text(str(os.getpid()))
    host.ready()
    never = threading.Event()
    while not never.wait(BEATS_EVERY_S):
        if (folder / "end").exists():
            (folder / "end").unlink()
            sys.exit(5)
        if (folder / "crowd").exists():
            (folder / "crowd").unlink()
            child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            (folder / "child").write_text(str(child.pid))
        if not (folder / "hang").exists():
            host.alive()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
