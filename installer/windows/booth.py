"""The installer's acts on one Windows PC: plan, install, verify, uninstall."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from installer.answers import Answers, Given, settle_answers
from installer.ports import AnswersWrong, Node, NodeKind, SystemRefused
from installer.steps import Drift, Failure, Told, Way, drifts, perform_all, revert_all
from installer.undo import UndoList
from installer.windows.editions import Lock, checked_build, lock_of
from installer.windows.embedded import SetEmbedded, SetEmbeddedBack
from installer.windows.folders import HaveOwnFolder, PutText, PutTextBack, TakeOwnFolderAway
from installer.windows.handed import ForgetHanded, Handed
from installer.windows.kinds import (
    HaveKioskAccount,
    HaveService,
    HaveTask,
    RemoveKioskAccount,
    RemoveService,
    RemoveTask,
    ServiceRuns,
    StopService,
)
from installer.windows.plan import AGENT, FOLDER, STATE, PcStep, Place, looks, plan, starts
from installer.windows.ports import KIOSK, WindowsPc
from installer.windows.rescue import RESCUE_CMD, Past, disk_reg, here_reg
from installer.windows.values import BETWEEN, PutValueBack, SetValue, Was, look_at

ANSWERS = FOLDER + r"\answers.json"
RESCUE = FOLDER + r"\rescue"
ENROLLED = STATE + r"\enrolment.json"
PIN = STATE + r"\technician_pin"
VERSION_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
MARK = "\ufeff"
TRIAL = "installer.windows.trial"

WAYS: Mapping[str, Way[WindowsPc]] = {
    SetValue.kind: PutValueBack(),
    HaveKioskAccount.kind: RemoveKioskAccount(),
    HaveOwnFolder.kind: TakeOwnFolderAway(),
    PutText.kind: PutTextBack(),
    HaveService.kind: RemoveService(),
    ServiceRuns.kind: StopService(),
    HaveTask.kind: RemoveTask(),
    SetEmbedded.kind: SetEmbeddedBack(),
    Handed.kind: ForgetHanded(),
}


class Planned(msgspec.Struct, frozen=True):
    """What an install will do: by which lock, all steps, and those that are not so yet."""

    answers: Answers
    edition: str
    lock: Lock
    steps: list[PcStep]
    todo: list[PcStep]


class WindowsBooth:
    """One PC on its way to a booth and back."""

    def __init__(self, system: WindowsPc, place: Place) -> None:
        self._system = system
        self._place = place

    @property
    def is_enrolled(self) -> bool:
        """Whether this PC is a terminal of a central already."""
        return self._system.read(ENROLLED) is not None

    @property
    def has_pin(self) -> bool:
        """Whether the technician's PIN is set."""
        return self._system.read(PIN) is not None

    def kept(self) -> Answers | None:
        """The answers of the last install; raises AnswersWrong if they are damaged."""
        return kept_answers(self._system)

    def edition(self) -> tuple[str, Lock]:
        """Windows' own name of its edition, and the lock for it; raises AnswersWrong for a Windows that cannot be locked."""
        checked_build(self._fact("CurrentBuildNumber"))
        edition = self._fact("EditionID")
        return edition, lock_of(edition)

    def _fact(self, name: str) -> str:
        found = self._system.registry.get(VERSION_KEY, name)
        return "" if found is None else found.text

    def plan(self, given: Given) -> Planned:
        """What `install` will do; changes nothing. Raises AnswersWrong."""
        if given.enrolment is None and not self.is_enrolled:
            raise AnswersWrong(
                "the enrolment string is missing: `bilik-central terminal add` prints it; give --enrolment"
            )
        edition, lock = self.edition()
        answers = settle_answers(given, self.kept())
        agent = (self._place.python, "-m", "agent")
        secrets = [
            Handed(*agent, "enroll", "-", file=ENROLLED, words="enrol this PC", why=AGENT, secret=given.enrolment),
            Handed(*agent, "set-pin", file=PIN, words="set the technician's PIN", why=AGENT, secret=given.pin),
        ]
        steps = [*plan(answers, lock, self._place), *secrets, *starts(answers, lock, self._place)]
        return Planned(answers, edition, lock, steps, [step for step in steps if drifts(self._system, [step])])

    def check_programs(self) -> None:
        """Raises SystemRefused unless agent, bilik-shell and the web engine's window came up here: no PC is locked on less."""
        done = self._system.run((self._place.python, "-m", TRIAL))
        if done.code != 0:
            said = done.out.strip().splitlines()[-1:] or ["it said nothing"]
            raise SystemRefused(
                f"this PC cannot be a booth yet, so it is not locked and nothing was changed: {said[0]}. "
                "Install the newest bilik-agent-setup.exe, and run this at the PC itself, logged in"
            )

    def install(self, planned: Planned, told: Told) -> int:
        """Do it; how many steps were done. Raises InstallError; the same call goes on where it ended."""
        self.check_programs()
        system = self._system
        for folder in (FOLDER, RESCUE):
            system.own_folder(folder, account=None)
        undo = UndoList(system, FOLDER)
        self._write_rescue(planned.steps, undo)
        _write(system, ANSWERS, msgspec.json.encode(planned.answers))
        return perform_all(system, planned.steps, undo, {}, told)

    def _write_rescue(self, steps: Sequence[PcStep], undo: UndoList) -> None:
        """Before anything is changed; what an earlier run remembers counts, for the PC has changed since."""
        pasts = [_past(entry.target, msgspec.json.decode(entry.before, type=Was)) for entry in _values(undo)]
        known = {(past.key, past.name) for past in pasts}
        values = [step for step in steps if isinstance(step, SetValue)]
        fresh = [one for one in values if (one.key, one.name) not in known]
        pasts += [Past(one.key, one.name, look_at(self._system, one.key, one.name)) for one in fresh]
        current = self._system.registry.get(r"HKLM\SYSTEM\Select", "Current")
        for name, text in (
            ("here.reg", here_reg(pasts)),
            ("disk.reg", disk_reg(pasts, control_set=1 if current is None else current.number)),
        ):
            _write(self._system, f"{RESCUE}\\{name}", (MARK + text).encode("utf-16-le"))
        _write(self._system, f"{RESCUE}\\rescue.cmd", RESCUE_CMD.replace("\n", "\r\n").encode("ascii"))

    def verify(self) -> list[Drift]:
        """Everything that is not as it was set up; raises AnswersWrong where nothing was."""
        answers = self.kept()
        if answers is None:
            raise AnswersWrong("this PC was not set up by bilik-install, or was given back")
        seen = looks(answers, self.edition()[1], self._place)
        if self._is_away(answers):
            seen = [one for one in seen if not (isinstance(one, SetValue) and one.key.startswith(f"{KIOSK}\\"))]
        found = drifts(self._system, seen)
        if not self.is_enrolled:
            found.append(Drift(AGENT, "this PC is not enrolled: run `bilik-install --enrolment STRING`"))
        return found

    def _is_away(self, answers: Answers) -> bool:
        """Whether the kiosk account is not logged in: its hive can then not be seen, and binds nobody."""
        return self._system.registry.keys(KIOSK) is None and self._system.has_profile(answers.kiosk_account)

    def uninstall(self, told: Told) -> list[Failure]:
        """Give the PC back as it was; what could not be put back is named. Raises UndoDamaged."""
        failures = revert_all(self._system, UndoList(self._system, FOLDER), WAYS, {}, told)
        if not failures:
            self._system.remove_tree(FOLDER)
        return failures


def kept_answers(system: WindowsPc) -> Answers | None:
    """The answers of the last install; raises AnswersWrong if they are damaged."""
    found = system.read(ANSWERS)
    if found is None:
        return None
    try:
        return msgspec.json.decode(found.content, type=Answers)
    except (msgspec.DecodeError, RecursionError) as error:
        raise AnswersWrong(f"{ANSWERS} cannot be read ({error}): remove it and run `bilik-install` again") from error


def _values(undo: UndoList) -> list[Any]:
    return [entry for entry in undo.entries if entry.kind == SetValue.kind]


def _past(target: str, was: Was) -> Past:
    key, _, name = target.partition(BETWEEN)
    return Past(key, name, was)


def _write(system: WindowsPc, path: str, content: bytes) -> None:
    system.write(path, Node(kind=NodeKind.FILE, content=content))
