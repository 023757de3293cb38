"""bilik-agent on a PC whose boot time a test can let jump, as a suspend does: everything else of it is as it is.

The file named by BILIK_TEST_SLEPT holds the seconds that the PC has slept so far.
"""

import os
import sys
from pathlib import Path

from agent.__main__ import main
from agent.adapters.clock import SystemClock, read_boot_s

VARIABLE = "BILIK_TEST_SLEPT"


def sleepy_boot_s() -> float:
    """The kernel's boot time, and what was slept besides."""
    return read_boot_s() + float(Path(os.environ[VARIABLE]).read_text(encoding="ascii"))


if __name__ == "__main__":
    SystemClock.__init__.__kwdefaults__["boot_s"] = sleepy_boot_s
    sys.exit(main())
