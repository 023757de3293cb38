"""Runs inside Wine in bilik-window's place: a plain window of Windows with the engine's lines to the shell, for Qt's does not load there.

It fills the screen in one colour, beats, and says that it has painted once it was told to load. What the test writes into the
file named by BILIK_STAND_IN is done: hang, leave. Where it was told to load it writes down beside that file, for a made-up page.
"""

import ctypes
import os
import sys
import threading
import time
from ctypes import wintypes
from pathlib import Path

import msgspec

from kiosk_ui.shell import user32_windows as windows
from protocol.shell import FromWindow, Load, ToWindow, WindowBeat, WindowOrder, WindowPainted, WindowUp

TITLE, COLOUR = "Bilik", 0x00407020
POPUP_VISIBLE = 0x90000000


class StandIn:
    def __init__(self) -> None:
        self.orders = Path(os.environ["BILIK_STAND_IN"])
        self.lock = threading.Lock()
        self.procedure = windows.WindowProcedure(self.hear)
        instance = windows.kernel32.GetModuleHandleW(None)
        brush = ctypes.WinDLL("gdi32").CreateSolidBrush  # type: ignore[attr-defined]  # runs on Windows only
        brush.restype = wintypes.HANDLE
        kind = windows.WindowClass(procedure=self.procedure, instance=instance, name=TITLE, brush=brush(COLOUR))
        windows.user32.RegisterClassW(ctypes.byref(kind))
        place = windows.monitors()[0]
        self.window = windows.user32.CreateWindowExW(
            *(0, TITLE, TITLE, POPUP_VISIBLE, place.left, place.top, *place.size, None, None, instance, None)
        )
        windows.user32.SetTimer(self.window, 1, 1000, None)

    def say(self, message: FromWindow) -> None:
        with self.lock:
            os.write(1, msgspec.json.encode(message) + b"\n")

    def hear(self, window: int, message: int, first: int, second: int) -> int:
        if message == 0x113:
            self.beat()
        elif message != 0x10:  # Alt+F4 and the like do not close it
            return int(windows.user32.DefWindowProcW(window, message, first, second))
        return 0

    def beat(self) -> None:
        order = self.orders.read_text().strip() if self.orders.exists() else ""
        if order:
            self.orders.write_text("")
        if order == "leave":
            os._exit(5)
        while order == "hang":  # with its window, as a program does
            time.sleep(1)
        self.say(WindowBeat())

    def read(self) -> None:
        decoder = msgspec.json.Decoder(ToWindow)
        for line in sys.stdin.buffer:
            message = decoder.decode(line)
            if isinstance(message, Load):
                self.orders.with_name("address").write_text(f"{message.port} {message.token}")
                self.say(WindowPainted())
            elif isinstance(message, WindowOrder) and message.kind == "raise":
                windows.user32.SetForegroundWindow(self.window)
        os._exit(0)

    def run(self) -> None:
        self.say(WindowUp(pid=os.getpid(), window_id=self.window))
        self.say(WindowBeat())
        threading.Thread(target=self.read, daemon=True).start()
        message = wintypes.MSG()
        while windows.user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            windows.user32.DispatchMessageW(ctypes.byref(message))


if __name__ == "__main__":
    StandIn().run()
