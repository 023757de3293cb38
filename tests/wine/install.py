"""Runs inside Wine, on the Python and programs that the setup has installed: from a PC to a booth and back, on its real registry.

Says one JSON object a line and goes on when it is answered; `look` asks for a picture of the PC under that name. What Wine has not
got is done by stand-ins, which say so.
"""

import ctypes
import json
import subprocess
import sys
import traceback
import winreg
from pathlib import Path
from typing import Any

from installer.answers import Given
from installer.ports import Done, InstallError, Node, NodeKind
from installer.windows import rights
from installer.windows.accounts import add_user, remove_user, sid_of
from installer.windows.booth import RESCUE, TRIAL, Planned, WindowsBooth
from installer.windows.pc import PROFILES, RealPc
from installer.windows.plan import CONFIG, STATE, Place
from installer.windows.ports import KIOSK, number, text
from installer.windows.tasks import task_xml
from installer.windows.values import SetValue, Was, look_at
from tests.wine.service import WineServices

NAME = "bilik-kiosk"
PLACE = Place(programs=r"C:\Program Files\Bilik")
LOG = Path(STATE) / "log" / "agent.log"
TASKS = Path(r"C:\windows\system32\tasks")
PROFILE = Path(r"C:\users") / NAME
NUMBERS = {NAME: "S-1-5-21-0-0-0-1099", r"NT SERVICE\bilik-agent": "S-1-5-80-1-2-3-4-5"}
"""Wine knows no account but its own, and no services' accounts."""


class WinePc(RealPc):
    """The real PC; where Wine has nothing, a stand-in, named in `stood_in`."""

    def __init__(self) -> None:
        super().__init__(NAME, loads_hive=True)
        self._services = WineServices()
        self._has_user = False
        self._tasks: dict[str, str] = {}
        self._owned: dict[str, tuple[str | None, str | None]] = {}
        self.stood_in: set[str] = set()

    def sid(self, account: str) -> str | None:
        found = sid_of(account)
        if found is None and (account != NAME or self._has_user) and account in NUMBERS:
            self.stood_in.add("numbers of accounts (LookupAccountName)")
            return NUMBERS[account]
        return found

    def add_kiosk_account(self, name: str) -> None:
        add_user(name)
        self._has_user = True
        self.stood_in.add("the account's group and its profile (CreateProfile): a hive of our own in its place")
        PROFILE.mkdir(exist_ok=True)
        rights.enable(rights.BACKUP, rights.RESTORE)
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Bilik-new-hive") as key:
            winreg.SaveKey(key, str(PROFILE / "NTUSER.DAT"))
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, "Bilik-new-hive")
        self.registry.set(f"{PROFILES}\\{NUMBERS[NAME]}", "ProfileImagePath", text(str(PROFILE)))

    def remove_account(self, name: str) -> None:
        self.close()
        remove_user(name)
        self._has_user = False
        self.remove_tree(str(PROFILE))
        winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, f"{PROFILES}\\{NUMBERS[NAME]}".partition("\\")[2])

    def start(self, name: str) -> None:
        """The agent asks for the kiosk account's number too, once, when it starts."""
        told = self.read(CONFIG)
        assert told is not None
        without = b"\n".join(line for line in told.content.splitlines() if not line.startswith(b"shell_user"))
        self.write(CONFIG, Node(kind=NodeKind.FILE, content=without))
        try:
            super().start(name)
        finally:
            self.write(CONFIG, told)

    def set_task(self, name: str, command: str, *, every_min: int) -> None:
        super().set_task(name, command, every_min=every_min)
        self._tasks[name] = task_xml(command, every_min=every_min)

    def _has_task(self, name: str) -> bool:
        return (TASKS / name).exists()

    def _task_xml(self, name: str) -> str:
        self.stood_in.add(
            "what a task runs (schtasks /Query): Wine makes and removes tasks, and forgets what is in them"
        )
        return self._tasks[name]

    def _number(self, account: str | None) -> str | None:
        return None if account is None else self.sid(account)

    def own_folder(self, path: str, *, account: str | None) -> None:
        super().own_folder(path, account=account)
        self._owned[path] = (self.access(path), account)

    def is_own_folder(self, path: str, *, account: str | None) -> bool:
        self.stood_in.add(
            "who may open a folder: Wine keeps what a mode of Linux can say; that it is as it was set is looked at"
        )
        return self._owned.get(path) == (self.access(path), account)

    def run(self, command: Any, *, given: str = "") -> Done:
        done = super().run(command, given=given)
        if done.code != 0 and tuple(command[1:]) == ("-m", TRIAL):
            self.stood_in.add(f"the trial before the lock, refused here: {done.out.strip()}")
            return Done(0)
        return done


def say(**what: Any) -> str:
    print(json.dumps(what), flush=True)
    return sys.stdin.readline().strip()


def values(planned: Planned, root: str) -> list[SetValue]:
    return [step for step in planned.steps if isinstance(step, SetValue) and step.key.startswith(f"{root}\\")]


def it_is_planned_locked_and_holds(pc: WinePc, enrolment: str) -> tuple[Planned, dict[str, Was]]:
    booth = WindowsBooth(pc, PLACE)
    planned = booth.plan(Given(enrolment=enrolment, pin="27182818", turn=[], meetings=False))
    say(look="planned")
    was = {step.target: look_at(pc, step.key, step.name) for step in values(planned, "HKLM")}
    done: list[str] = []
    booth.install(planned, done.append)
    assert [one for one in booth.verify() if one.what] == [], booth.verify()
    assert booth.plan(Given()).todo == []
    assert len(values(planned, KIOSK)) > 10
    say(look="locked", steps=len(done), edition=planned.edition)
    return planned, was


def what_is_changed_is_seen_and_mended(pc: WinePc, planned: Planned) -> None:
    booth = WindowsBooth(pc, PLACE)
    changed = [values(planned, "HKLM")[0], values(planned, KIOSK)[0]]
    for one in changed:
        pc.registry.set(one.key, one.name, number(77))
    pc.stop("bilik-agent")
    pc.remove_task("bilik-verify")
    found = " ".join(one.what for one in booth.verify())
    for word in (*(one.name for one in changed), "bilik-agent does not run", "bilik-verify is missing"):
        assert word in found, (word, found)
    booth.install(booth.plan(Given()), lambda words: None)
    assert booth.verify() == []
    say(look="mended", found=found)


def the_rescue_frees_it(pc: WinePc, planned: Planned, was: dict[str, Was]) -> None:
    ended = rescue()
    assert ended.returncode == 0, ended.stdout
    assert "DONE. Restart the PC" in ended.stdout
    for step in values(planned, "HKLM"):
        assert pc.registry.get(step.key, step.name) == was[step.target].value, step.target
    say(look="rescued", said=ended.stdout.strip().splitlines()[-6:])


def from_a_recovery_console(pc: WinePc, planned: Planned, was: dict[str, Was]) -> None:
    """No files of a registry and no `reg load` in Wine, which must be said; what is imported is tried by itself."""
    ended = rescue("set SYSTEMDRIVE=X:&& ")
    assert ended.returncode == 1, ended.stdout
    assert "No Windows on C:" in ended.stdout  # Wine keeps its registry elsewhere
    assert "This is a recovery console" in ended.stdout
    for step in values(planned, "HKLM"):
        place = on_disk(step.key)
        pc.registry.set(place, step.name, step.value)
    subprocess.run(("reg.exe", "import", f"{RESCUE}\\disk.reg"), check=True, input=b"", capture_output=True)
    for step in values(planned, "HKLM"):
        assert pc.registry.get(on_disk(step.key), step.name) == was[step.target].value, step.target
    for name in ("BILIK_SOFTWARE", "BILIK_SYSTEM"):
        subprocess.run(("reg.exe", "delete", f"HKLM\\{name}", "/f"), check=True, input=b"", capture_output=True)
    pc.stood_in.add("reg.exe load, which rescue.cmd needs in a recovery console")


def on_disk(key: str) -> str:
    hive, _, rest = key.removeprefix("HKLM\\").partition("\\")
    loaded = f"HKLM\\BILIK_{hive.upper()}\\{rest}"
    return loaded.replace("CurrentControlSet", "ControlSet001") if hive.upper() == "SYSTEM" else loaded


def rescue(first: str = "") -> "subprocess.CompletedProcess[str]":
    """`first`: what cmd.exe does before; Wine gives every program its own SYSTEMDRIVE, whatever it is handed."""
    command = ("cmd.exe", "/c", f"{first}{RESCUE}\\rescue.cmd")
    return subprocess.run(command, input="", capture_output=True, text=True, check=False)


def it_is_given_back(pc: WinePc) -> None:
    failures = WindowsBooth(pc, PLACE).uninstall(lambda words: None)
    assert failures == [], failures
    pc.close()
    say(look="given back", stand_ins=sorted(pc.stood_in))


def main(enrolment: str) -> None:
    ctypes.WinDLL(
        "user32"
    ).GetDesktopWindow()  # who needs a desktop first starts it, with its pipes in hand: not a program we wait for
    pc = WinePc()
    try:
        planned, was = it_is_planned_locked_and_holds(pc, enrolment)
        what_is_changed_is_seen_and_mended(pc, planned)
        the_rescue_frees_it(pc, planned, was)
        from_a_recovery_console(pc, planned, was)
        it_is_given_back(pc)
    except (InstallError, AssertionError):
        traceback.print_exc(file=sys.stdout)
        print(LOG.read_text(encoding="utf-8")[-3000:] if LOG.exists() else "no log of the agent")
        WindowsBooth(pc, PLACE).uninstall(lambda words: None)
        say(end=True, well=False)
        sys.exit(1)
    say(end=True, well=True)
