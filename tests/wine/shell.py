"""Runs inside Wine: bilik-shell as it is, with the stand-in for the window's engine.

Open sockets are not looked at: Wine 8 takes 15 s to list them, and nothing inside it moves meanwhile.
"""

import sys
from typing import Any

from kiosk_ui.shell.__main__ import main
from kiosk_ui.shell.child import WindowProcess
from kiosk_ui.shell.keeper import Keeper

start: Any = WindowProcess.start
start.__func__.__defaults__ = ((sys.executable, "-m", "tests.wine.stand_in_window"),)
made: Any = Keeper.__init__
made.__kwdefaults__["open_lines"] = lambda _pid, _port: frozenset()

if __name__ == "__main__":
    main()
