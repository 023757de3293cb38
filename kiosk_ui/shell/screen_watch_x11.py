"""Watches who is on the screen: closes windows that are not ours, and puts ours back where it belongs."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.ext import res
from Xlib.protocol import event as xevent

from protocol.shell import ForeignWindow

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LOOK_SOON_S = 0.02
LOOK_AGAIN_S = 0.2  # after putting things back, lest two programs that disagree keep the machine busy
POLITE_S = 0.3


class ScreenWatch:
    """Whose a window is, the X server says (by the client's process), not the window.

    `is_ours` and `is_manager` judge processes; `window_id` is our window while it, and not the curtain, should be seen;
    `put_back` is called when it is not what everybody sees and types into.
    """

    def __init__(
        self,
        *,
        is_ours: Callable[[int], bool],
        is_manager: Callable[[int], bool],
        window_id: Callable[[], int | None],
        put_back: Callable[[], None],
        tell: Callable[[ForeignWindow], None],
        name: str | None = None,
    ) -> None:
        self._is_ours = is_ours
        self._is_manager = is_manager
        self._window_id = window_id
        self._put_back = put_back
        self._tell = tell
        self._display = Display(name)
        self._display.set_error_handler(lambda error, _: log.debug("X refused: %s", error))
        self._root = self._display.screen().root
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.FocusChangeMask)
        self._closing: set[int] = set()
        self._look_all, self._soon_s = True, LOOK_SOON_S
        self._timer: asyncio.TimerHandle | None = None
        self._lost: Callable[[], None] = lambda: None

    # ---- on the loop ------------------------------------------------------------------------------------------------

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """Look now, whenever a window comes, goes or moves, and once a second; `screen_lost` once when it has gone."""
        loop, descriptor = asyncio.get_running_loop(), self._display.fileno()

        def lost() -> None:
            loop.remove_reader(descriptor)
            screen_lost()

        self._lost = lost
        loop.add_reader(descriptor, self._guarded, self._read)
        self._guarded(self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            asyncio.get_running_loop().remove_reader(self._display.fileno())
            self._display.close()
        except (XError, ConnectionClosedError, OSError) as error:
            log.info("the screen has gone already: %s", error)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._read()
            self._display.flush()
        except (ConnectionClosedError, OSError):
            self._lost()

    def _read(self) -> None:
        seen = False
        while self._display.pending_events():
            event = self._display.next_event()
            seen = True
            self._look_all = self._look_all or event.type in (X.MapNotify, X.ReparentNotify)
        if seen:
            self._look_in(self._soon_s)

    def _look_in(self, after_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is None or self._timer.when() > loop.time() + after_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(after_s, self._guarded, self._look)

    # ---- looking ----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._timer = None
        look_all, self._look_all = self._look_all, False
        children = list(reversed(self._root.query_tree().children))
        top = self._owner_of_top(children)
        if look_all or top is None or not self._is_ours(top):
            for child in children:
                self._judge(child)
        window_id, self._soon_s = self._window_id(), LOOK_SOON_S
        if window_id is not None:
            on_top = top is not None and top != os.getpid() and self._is_ours(top)  # this process has the curtain
            if not (on_top and self._is_in_place(window_id) and self._has_keyboard()):
                self._soon_s = LOOK_AGAIN_S
                self._restore(window_id)
        self._look_in(LOOK_EVERY_S)

    def _owner_of_top(self, children: list[Any]) -> int | None:
        top = next((child for child in children if self._shows(child)), None)
        found = None if top is None else self._owner_inside(top)
        return None if found is None else found[1]

    def _judge(self, child: Any) -> None:
        if not self._shows(child):
            return
        found = self._owner_inside(child)
        if found is not None and not self._is_ours(found[1]):
            self._close_foreign(found[0])

    def _shows(self, window: Any) -> bool:
        try:
            return bool(window.get_attributes().map_state == X.IsViewable and window.get_geometry().width > 1)
        except XError:
            return False

    def _owner_inside(self, child: Any) -> tuple[Any, int] | None:
        """The program's window and process behind a child of the root; None: gone, or nothing but a manager's own."""
        pid = self._pid(child.id)
        if pid is None or not self._is_manager(pid):
            return None if pid is None else (child, pid)
        try:
            below = child.query_tree().children
        except XError:
            return None
        framed = ((window, self._pid(window.id)) for window in below)
        return next(((window, owner) for window, owner in framed if owner is not None and owner != pid), None)

    def _pid(self, window_id: int) -> int | None:
        try:
            answer = self._display.res_query_client_ids([{"client": window_id, "mask": res.LocalClientPIDMask}])
        except XError:
            return None
        return next((int(one.value[0]) for one in answer.ids if one.value), None)

    # ---- windows that are not ours ----------------------------------------------------------------------------------

    def _close_foreign(self, window: Any) -> None:
        """Out of sight at once; asked to close; after a moment its program's line to the screen is cut."""
        window.configure(stack_mode=X.Below)
        window.unmap()
        if window.id in self._closing:
            return
        log.warning("a window that is not ours was opened")
        self._closing.add(window.id)
        protocols, delete = (self._display.intern_atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW"))
        request = xevent.ClientMessage(window=window, client_type=protocols, data=(32, [delete, 0, 0, 0, 0]))
        window.send_event(request)
        asyncio.get_running_loop().call_later(POLITE_S, self._guarded, lambda: self._finish(window))

    def _finish(self, window: Any) -> None:
        if self._exists(window):
            window.kill_client()
        self._display.sync()
        self._closing.discard(window.id)
        self._tell(ForeignWindow(closed=not self._exists(window)))

    def _exists(self, window: Any) -> bool:
        try:
            window.get_attributes()
        except XError:
            return False
        return True

    # ---- our window -------------------------------------------------------------------------------------------------

    def _is_in_place(self, window_id: int) -> bool:
        window = self._display.create_resource_object("window", window_id)
        try:
            if window.get_attributes().map_state != X.IsViewable:
                return False
            place, size, screen = (
                window.translate_coords(self._root, 0, 0),
                window.get_geometry(),
                self._root.get_geometry(),
            )
        except XError:
            return False
        return (-place.x, -place.y, size.width, size.height) == (0, 0, screen.width, screen.height)

    def _has_keyboard(self) -> bool:
        owner = self._display.get_input_focus().focus
        pid = None if isinstance(owner, int) else self._pid(owner.id)
        return pid is not None and self._is_ours(pid)

    def _restore(self, window_id: int) -> None:
        self._put_back()
        window, screen = self._display.create_resource_object("window", window_id), self._root.get_geometry()
        window.map()
        window.configure(x=0, y=0, width=screen.width, height=screen.height, stack_mode=X.Above)
        window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
