"""Whether a call view is on the glass, seen from outside: pixels of the X screen, every few milliseconds."""

import threading
from typing import NamedTuple

from Xlib import X
from Xlib.display import Display

from tests.stage.waiting import NotSo, boot_s, pause, wait_for

COLUMN_AT = 0.04
COLUMN_FROM, COLUMN_TO = 0.3, 0.7
PAPER_AT_LEAST = 225
LOOK_S = 0.008
PIXEL_BYTES, STRIDE = 4, 16


class Look(NamedTuple):
    """What was seen, and when in boot seconds."""

    at_s: float
    view: bool


class Glass:
    """Looks from a thread of its own between `watch` and `stop`. Farewell, curtain and empty window are paper; the call is dark."""

    def __init__(self, display: str, size: tuple[int, int], *, every_s: float = LOOK_S) -> None:
        self._every_s = every_s
        self._display = Display(display)
        width, height = size
        self._column = (int(COLUMN_AT * width), int(COLUMN_FROM * height), int((COLUMN_TO - COLUMN_FROM) * height))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._changes: list[Look] = []

    def is_view(self) -> bool:
        """Whether the call view covers most of a column of pixels near the left edge, at this moment."""
        x, y, height = self._column
        raw = self._display.screen().root.get_image(x, y, 1, height, X.ZPixmap, 0xFFFFFFFF).data
        paper = sum(min(raw[at : at + 3]) >= PAPER_AT_LEAST for at in range(0, len(raw), PIXEL_BYTES * STRIDE))
        return 2 * paper < len(raw) // (PIXEL_BYTES * STRIDE)

    def watch(self) -> None:
        """Begin to look."""
        self._changes = [Look(boot_s(), self.is_view())]
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="glass", daemon=True)
        self._thread.start()

    def stop(self) -> list[Look]:
        """End looking; returns every change that was seen, the first look included."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None
        return self._changes

    def changes(self) -> list[Look]:
        """Every change that was seen so far, the first look included."""
        return list(self._changes)

    def wait_until_closed(self, *, within_s: float) -> float:
        """The moment the view was gone; `watch` must have been called while it was there."""
        if not self._changes[0].view:
            raise NotSo("there was no call view on the glass to be closed")
        return wait_for(self._closed_s, within_s=within_s, what="the call view to leave the glass", every_s=0.01)

    def wait_until_open(self, *, within_s: float) -> float:
        """The moment the view came back after it was gone."""

        def opened() -> float:
            gone = next((at for at, look in enumerate(self._changes) if not look.view), len(self._changes))
            return next((look.at_s for look in self._changes[gone:] if look.view), 0.0)

        return wait_for(opened, within_s=within_s, what="the call view to be back on the glass", every_s=0.02)

    def close(self) -> None:
        """Let go of the screen."""
        self.stop()
        self._display.close()

    def _closed_s(self) -> float:
        return next((look.at_s for look in self._changes if not look.view), 0.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            view = self.is_view()
            if view != self._changes[-1].view:
                self._changes.append(Look(boot_s(), view))
            pause(self._every_s)
