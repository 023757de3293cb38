"""The installer's acts on one machine: install, verify, uninstall."""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from installer.answers import Answers, Given, settle_answers
from installer.linux.plan import AGENT, Sources, checks, plan, starts
from installer.linux.secrets import AGENT as AGENT_COMMAND
from installer.linux.secrets import STATE, Handed
from installer.linux.ways import REFRESHES, WAYS
from installer.ports import AnswersWrong, InstallError, Node, NodeKind, System, SystemRefused
from installer.steps import Drift, Failure, Look, Step, Told, drifts, perform_all, revert_all
from installer.undo import FOLDER, PRIVATE_FOLDER, UndoList
from installer.words import say

ANSWERS = f"{FOLDER}/answers.json"
LANGUAGE = f"{FOLDER}/language"
SCREEN_WITHIN_S = 60.0
LOOK_EVERY_S = 1.0
ENROLLED = f"{STATE}/enrolment.json"


PROGRAMS = {
    "/usr/lib/xorg/Xorg": "xserver-xorg-core",
    "/usr/bin/xinit": "xinit",
    "/usr/bin/xauth": "xauth",
    "/usr/bin/openbox": "openbox",
    "/usr/bin/pkill": "procps",
    "/usr/sbin/nft": "nftables",
    "/usr/bin/bilik-agent": "bilik-agent",
    "/usr/bin/bilik-shell": "bilik-agent",
}
"""What a booth runs, and the Debian packages it comes in."""


class Planned(msgspec.Struct, frozen=True):
    """What an install will do: all steps, and those that are not so yet."""

    answers: Answers
    steps: list[Step]
    todo: list[Step]

    def is_still_to_enrol(self, system: System) -> bool:
        """Whether an enrolment was asked for and is not done."""
        return any(step.target == ENROLLED and step.drift(system) is not None for step in self.steps)


class Booth:
    """One machine on its way to a booth and back."""

    def __init__(self, system: System, sources: Sources) -> None:
        self._system = system
        self._sources = sources

    @property
    def is_enrolled(self) -> bool:
        """Whether this PC is a terminal of a central already."""
        return self._system.read(ENROLLED) is not None

    def kept(self) -> Answers | None:
        """The answers of the last install; raises AnswersWrong if they are damaged."""
        found = self._system.read(ANSWERS)
        if found is None:
            return None
        try:
            return msgspec.json.decode(found.content, type=Answers)
        except (msgspec.DecodeError, RecursionError) as error:
            raise AnswersWrong(
                say(
                    "{file} cannot be read ({error}): remove it and run `bilik-install` again",
                    file=ANSWERS,
                    error=error,
                )
            ) from error

    def plan(self, given: Given) -> Planned:
        """What `install` will do; changes nothing. Raises AnswersWrong, or SystemRefused where programs are missing."""
        if given.enrolment is None and not self.is_enrolled:
            raise AnswersWrong(
                say("the enrolment string is missing: `bilik-central terminal add` prints it; give --enrolment")
            )
        missing = sorted({package for path, package in PROGRAMS.items() if self._system.read(path) is None})
        if missing:
            raise SystemRefused(
                say("programs are missing that a booth runs: apt install {missing}", missing=" ".join(missing))
            )
        answers = settle_answers(given, self.kept())
        secrets = [
            Handed("enroll", "-", file="enrolment.json", words=say("enrol this PC"), why=AGENT, secret=given.enrolment),
            Handed(
                "set-pin", file="technician_pin", words=say("set the technician's PIN"), why=AGENT, secret=given.pin
            ),
        ]
        steps = [*plan(answers, self._sources), *secrets, *starts()]
        return Planned(answers, steps, [step for step in steps if drifts(self._system, [step])])

    def install(self, planned: Planned, language: str, told: Told) -> int:
        """Do it, and remember in which language; how many steps were done. Raises InstallError; the same call goes on where it ended.

        A booth that could not be enrolled for another central is as it was for the one it has.
        """
        before = self.kept()
        self._system.make_directory(FOLDER, PRIVATE_FOLDER)
        undo = UndoList(self._system)
        self._keep(planned.answers)
        self._system.write(LANGUAGE, Node(kind=NodeKind.FILE, content=language.encode(), mode=0o600))
        try:
            return perform_all(self._system, planned.steps, undo, REFRESHES, told)
        except InstallError:
            if before is not None and self.is_enrolled and planned.is_still_to_enrol(self._system):
                self._keep(before)  # it still belongs to the central before: all is again as it was set up for that one
                perform_all(self._system, plan(before, self._sources), undo, REFRESHES, told)
            raise

    def _keep(self, answers: Answers) -> None:
        kept = Node(kind=NodeKind.FILE, content=msgspec.json.encode(answers), mode=0o600)
        self._system.write(ANSWERS, kept)

    def verify(self) -> list[Drift]:
        """Everything that is not as it was set up; raises AnswersWrong where nothing was."""
        answers = self.kept()
        if answers is None:
            raise AnswersWrong(say("this PC was not set up by bilik-install, or was given back"))
        looks: Iterable[Look] = [*plan(answers, self._sources), *starts(), *checks(answers)]
        return drifts(self._system, looks)

    def unsent(self) -> int:
        """How many reports central has not acknowledged yet; 0 where the agent does not say."""
        return int(self._told("outbox_waiting"))

    def wait_for_screen(self, pause: Callable[[float], object], *, within_s: float = SCREEN_WITHIN_S) -> bool:
        """Let the lock-down be looked at for the agent, then wait for the kiosk's window; whether it is up. `pause` waits seconds."""
        self._system.start("bilik-verify.service")
        waited_s = 0.0
        while not self._told("window_up") and waited_s < within_s:
            pause(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
        return bool(self._told("window_up"))

    def _told(self, fact: str) -> int:
        """A number or yes or no of the agent's status; 0 where it does not say."""
        done = self._system.run((AGENT_COMMAND, "status", "--json"))
        try:
            return int(msgspec.json.decode(done.out)[fact])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, RecursionError):
            return 0

    def uninstall(self, told: Told) -> list[Failure]:
        """Give the machine back as it was; what could not be put back is named. Raises UndoDamaged."""
        undo = UndoList(self._system)
        failures = revert_all(self._system, undo, WAYS, REFRESHES, told)
        if not failures:
            self._system.remove_tree(FOLDER)
        return failures


def kept_language(system: System) -> str | None:
    """What this PC was set up in; raises SystemRefused."""
    found = system.read(LANGUAGE)
    return None if found is None else found.content.decode(errors="replace").strip()


def sources_here(*, spared: frozenset[str] = frozenset()) -> Sources:
    """The templates beside this module."""
    installer = Path(__file__).resolve().parents[1]
    return Sources(
        read=lambda name: (installer / name).read_text(encoding="utf-8"), code=str(installer.parent), spared=spared
    )
