"""bilik-shell that loses patience after four ends of its window instead of twenty: everything else of it is as it is."""

from kiosk_ui.shell import restarts
from kiosk_ui.shell.__main__ import main

LIMIT = 4

if __name__ == "__main__":
    restarts.LIMIT, restarts.FIRST_PAUSE_S, restarts.LONGEST_PAUSE_S = LIMIT, 0.1, 0.4
    main()
