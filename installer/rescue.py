"""Frees a booth when nothing else does: removes what locks it, needs no other module of ours, no systemd and no undo list."""

import os
from collections.abc import Callable
from pathlib import Path

DEV_NULL = "/dev/null"
UNITS = "etc/systemd/system"
STARTS = (
    f"{UNITS}/multi-user.target.wants/bilik-kiosk.service",
    f"{UNITS}/sysinit.target.wants/bilik-firewall.service",
    f"{UNITS}/timers.target.wants/bilik-verify.timer",
)
MASKS = tuple(
    f"{UNITS}/{unit}"
    for unit in (
        *("getty@.service", "serial-getty@.service", "console-getty.service", "container-getty@.service"),
        *("autovt@.service", "debug-shell.service", "ctrl-alt-del.target"),
    )
)
FILES = (
    "etc/X11/xorg.conf.d/90-bilik.conf",
    "etc/systemd/logind.conf.d/90-bilik.conf",
    "etc/systemd/system.conf.d/90-bilik.conf",
    "etc/sysctl.d/90-bilik.conf",
    "etc/modprobe.d/bilik.conf",
    "etc/udev/rules.d/90-bilik-usb.rules",
)
AFTERWARDS = """\
Now restart this PC (`reboot -f`, or switch it off and on). It comes up with a login on the screen.
Then, as administrator: `bilik-install uninstall` gives everything back as it was, or `bilik-install` locks the booth again.
Nobody's password was changed; if none is known: boot with init=/bin/bash, `mount -o remount,rw /`, `passwd NAME`."""


def rescue(root: Path, show: Callable[[str], None], say: Callable[[str], str] = str) -> int:
    """Go on past every error; 0 if nothing of the lock is left, else 1. `say` may put a sentence in another language."""
    if not (root / "etc").is_dir():
        show(f"{root}: " + say("this is no Linux; mount the PC's disk and name it with --root"))
        return 1
    wrong = 0
    for path in (*STARTS, *MASKS, *FILES):
        wrong += not _remove(root / path, f"/{path}", show, say)
    show(say("Something could not be removed: see above.") if wrong else say("Nothing of the lock is left."))
    show(say(AFTERWARDS))
    return 1 if wrong else 0


def _remove(place: Path, name: str, show: Callable[[str], None], say: Callable[[str], str]) -> bool:
    """Remove a file or link; a mask only if it is one."""
    try:
        if not os.path.lexists(place):
            return True
        if name.lstrip("/") in MASKS and not (place.is_symlink() and os.fspath(place.readlink()) == DEV_NULL):
            return True
        place.unlink()
    except OSError as error:
        show(say("NOT removed:") + f" {name} ({error.strerror})")
        return False
    show(say("removed:") + f" {name}")
    return True
