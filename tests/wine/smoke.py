"""Runs inside Wine: the real guard on its real hook, a Notepad in front of it, and words of the test on standard input.

Says one JSON object a line; a word is answered by one: text, fact, attempts, robbed, free, end.
"""

import asyncio
import ctypes
import json
import subprocess
import sys
import threading
from typing import Any

from kiosk_ui.shell import keys_windows
from kiosk_ui.shell.key_guard import key_guard
from protocol.shell import KeysFact

keys_windows.TRY_EVERY_S = 1.0
keys_windows.ARM_EVERY_S = 3.0
WM_GETTEXT = 0x0D


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class Notepad:
    """The program that must not be reached."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(["notepad"])
        self._user32 = ctypes.WinDLL("user32")  # type: ignore[attr-defined]  # runs on Windows only
        self._user32.FindWindowExW.restype = ctypes.c_void_p
        self._user32.FindWindowExW.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_wchar_p]
        self._user32.SendMessageW.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_void_p]

    def edit(self) -> int | None:
        window = self._user32.FindWindowExW(None, None, "Notepad", None)
        return self._user32.FindWindowExW(window, None, "Edit", None) if window else None

    def text(self) -> str | None:
        """What was typed into it; null when it has gone."""
        edit = self.edit()
        if edit is None or self.process.poll() is not None:
            return None
        room = ctypes.create_unicode_buffer(1000)
        self._user32.SendMessageW(edit, WM_GETTEXT, 1000, room)
        return room.value


def read_words(loop: asyncio.AbstractEventLoop, words: "asyncio.Queue[str]") -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(words.put_nowait, line.strip())
    loop.call_soon_threadsafe(words.put_nowait, "end")


async def main() -> None:
    facts: list[KeysFact] = []
    attempts: list[str] = []
    chords: list[int] = []
    guard = key_guard(changed=facts.append, attempt=attempts.append, chord=lambda: chords.append(1))
    guard.attend(lambda: None)
    notepad = Notepad()
    words: asyncio.Queue[str] = asyncio.Queue()
    threading.Thread(target=read_words, args=(asyncio.get_running_loop(), words), daemon=True).start()
    while notepad.edit() is None:  # noqa: ASYNC110 - it comes up in another process
        await asyncio.sleep(0.1)
    say(ready=True, held=guard.fact.held, missing=guard.fact.missing)
    while (word := await words.get()) != "end":
        if word == "free":
            guard.close()
        elif word == "robbed":  # as Windows does it: the hook goes and nobody is told
            guard._hook.stop()
        told = [[fact.held, list(fact.missing)] for fact in facts]
        say(text=notepad.text(), held=guard.fact.held, facts=told, attempts=attempts, chords=len(chords))
    guard.close()
    notepad.process.kill()


if __name__ == "__main__":
    asyncio.run(main())
