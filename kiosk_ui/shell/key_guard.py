"""The key guard of this system: what both have in common, and which one it is."""

import sys
from collections.abc import Callable
from typing import Protocol

from protocol.shell import KeysFact


class KeyGuard(Protocol):
    """Holds keys from the moment it is made until it is closed."""

    @property
    def fact(self) -> KeysFact:
        """What is truly held, and what is not and must be."""

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """Take up keys on the running loop, and try at once and again and again whether they are held; `screen_lost` once."""

    def close(self) -> None:
        """Let everything go."""


def key_guard(
    *, changed: Callable[[KeysFact], None], attempt: Callable[[str], None], chord: Callable[[], None] = lambda: None
) -> KeyGuard:
    """Hold the keys now. `changed` is told what is held whenever that changes, `attempt` the kind of each held key pressed.

    `chord` is called when a technician asks to be let in.
    """
    if sys.platform == "win32":
        from kiosk_ui.shell.hook_windows import WindowsKeyboard
        from kiosk_ui.shell.keys_windows import KeyGuard as WindowsKeyGuard

        return WindowsKeyGuard(changed=changed, attempt=attempt, chord=chord, keyboard=WindowsKeyboard())
    else:  # noqa: RET505 - mypy takes each system's branch alone
        from kiosk_ui.shell.keys_x11 import KeyGuard as XKeyGuard

        return XKeyGuard(changed=changed, attempt=attempt, chord=chord)
