"""Installs a signed release and takes it back by itself when it does not serve: nothing is lost and nobody has to come."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec

from installer.ports import InstallError, Node, NodeKind, System, SystemRefused
from protocol.release import (
    MANIFEST,
    MANIFEST_BYTES,
    SIGNATURE,
    Release,
    ReleasedPackage,
    UpgradeEnd,
    UpgradeOutcome,
    UpgradeWanted,
    Version,
)

SPOOL = "/var/lib/bilik/upgrade"
WANTED = f"{SPOOL}/wanted.json"
STATUS = "/var/lib/bilik/status.json"
HOME = "/var/lib/bilik-install/upgrade"
TRIAL = f"{HOME}/trial.json"
OUTCOME = "/run/bilik-install/upgrade.json"
BOOT_ID = "/proc/sys/kernel/random/boot_id"

AGENT = "bilik-agent"
MAY_COME = frozenset({AGENT, "bilik-engine"})
SERVES_WITHIN_S = 300.0
"""How long a new version may take until central has heard it: an old PC starts in one minute, a line comes back in three."""

LOOK_EVERY_S = 2.0
PRIVATE = Node(kind=NodeKind.DIRECTORY, mode=0o700)
Kind = TypeVar("Kind")


class NotAllowed(InstallError):
    """This release is not installed; nothing was changed."""


class InCall(InstallError):
    """Somebody is in a call; nothing was changed."""


class Packages(Protocol):
    """The system's packages. Whatever cannot be done raises SystemRefused."""

    def installed(self, name: str) -> str | None:
        """The version of an installed package; None also where one is half installed."""

    def described(self, place: str) -> tuple[str, str]:
        """Name and version that a package's file says of itself."""

    def is_newer(self, version: str, than: str) -> bool:
        """Whether this version comes after that one."""

    def why_not_signed(self, place: str, signature: str) -> str | None:
        """None if the file has a good signature of a release key of this PC; else what is wrong."""

    def pack(self, name: str, place: str) -> None:
        """Make a package's file of an installed package, as it is."""

    def install(self, places: Sequence[str]) -> None:
        """Install these files together, whichever way their versions go; what was cut off before is set right first."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """On the disk while a version is tried. `back`: the packages' files that bring back what served last."""

    version: Version
    back: tuple[str, ...]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the agent's status file; the rest of it is of no interest here."""

    boot_id: str = ""
    running: bool = False
    online: bool = False
    status: "BeatStatus"


class BeatStatus(msgspec.Struct, frozen=True, kw_only=True):
    """As in the heartbeat."""

    agent_version: str = ""
    visit: str = "none"


class Upgrade:
    """One look at what is wanted. `pause` waits so many seconds; a test does not."""

    def __init__(
        self,
        system: System,
        packages: Packages,
        pause: Callable[[float], object],
        *,
        serves_within_s: float = SERVES_WITHIN_S,
    ) -> None:
        self._system = system
        self._packages = packages
        self._pause = pause
        self._serves_within_s = serves_within_s

    def run(self) -> UpgradeOutcome | None:
        """Finish what was cut off, or do what is wanted; None if nothing is. The outcome is left for the agent."""
        trial = self._read(TRIAL, Trial)
        if trial is not None:
            return self._answer(self._judge(trial))
        wanted = self._read(WANTED, UpgradeWanted)
        if wanted is None:
            self._system.remove(WANTED)
            return None
        try:
            return self._answer(self._try(wanted.version))
        except InCall as busy:
            return self._answer(UpgradeOutcome(version=wanted.version, end=UpgradeEnd.IN_CALL, why=str(busy)))
        except InstallError as error:
            return self._answer(UpgradeOutcome(version=wanted.version, end=UpgradeEnd.REFUSED, why=str(error)[:200]))

    def _try(self, version: str) -> UpgradeOutcome:
        """Take the release, check it, keep what there is, install it; raises InstallError with nothing changed."""
        self._refuse_in_call()
        new = self._checked(version)
        back = self._kept(new)
        self._refuse_in_call()
        self._tell(UpgradeOutcome(version=version, end=UpgradeEnd.TRYING))
        trial = Trial(version=version, back=back)
        self._system.write(TRIAL, Node(kind=NodeKind.FILE, content=msgspec.json.encode(trial), mode=0o600))
        try:
            self._packages.install(tuple(new.values()))
        except SystemRefused as error:
            return self._go_back(trial, str(error))
        return self._judge(trial)

    def _kept(self, new: Iterable[str]) -> tuple[str, ...]:
        """Package files of what these replace."""
        places = []
        for name in new:
            if self._packages.installed(name) is not None:
                places.append(f"{HOME}/back/{name}.deb")
                self._packages.pack(name, places[-1])
        return tuple(places)

    def _refuse_in_call(self) -> None:
        beat = self._read(STATUS, Beat)
        if beat is not None and beat.running and beat.status.visit != "none":
            raise InCall("a visit is at the booth")

    # ---- what is taken from the agent ----

    def _checked(self, version: str) -> dict[str, str]:
        """The files to install by the name of their package, copied to where the agent cannot change them any more."""
        self._make_room()
        folder = f"{SPOOL}/{version}"
        for name in (MANIFEST, SIGNATURE):
            self._copy(f"{folder}/{name}", f"{HOME}/new/{name}", MANIFEST_BYTES)
        wrong = self._packages.why_not_signed(f"{HOME}/new/{MANIFEST}", f"{HOME}/new/{SIGNATURE}")
        if wrong is not None:
            raise NotAllowed(f"the release is not signed as it should be: {wrong}")
        release = self._read(f"{HOME}/new/{MANIFEST}", Release)
        if release is None or release.version != version:
            raise NotAllowed(f"what is signed is not release {version}")
        new = {}
        for package in release.packages:
            if self._is_newer(package, version):
                new[package.name] = self._taken(package, folder)
        if AGENT not in new:
            raise NotAllowed(f"version {self._packages.installed(AGENT)} is installed and {version} is not newer")
        return new

    def _make_room(self) -> None:
        self._system.remove_tree(HOME)
        for made in (HOME.rpartition("/")[0], HOME, f"{HOME}/new", f"{HOME}/back"):
            self._system.make_directory(made, PRIVATE)

    def _is_newer(self, package: ReleasedPackage, version: str) -> bool:
        """Raises NotAllowed for a package that has no business in a release."""
        if package.name not in MAY_COME or (package.name == AGENT and package.version != version):
            raise NotAllowed(f"release {version} holds {package.name} {package.version}")
        there = self._packages.installed(package.name)
        return there is None or self._packages.is_newer(package.version, there)

    def _taken(self, package: ReleasedPackage, folder: str) -> str:
        """Copy a package's file and compare it with what was signed; where it is now."""
        place = f"{HOME}/new/{package.file}"
        found = self._copy(f"{folder}/{package.file}", place, package.bytes)
        described = self._packages.described(place)
        if hashlib.sha256(found).hexdigest() != package.sha256 or described != (package.name, package.version):
            raise NotAllowed(f"{package.file} is not the one that was signed")
        return place

    def _copy(self, source: str, place: str, most_bytes: int) -> bytes:
        node = self._system.read(source)
        if node is None or node.kind is not NodeKind.FILE:
            raise NotAllowed(f"{source} is missing")
        if len(node.content) > most_bytes:
            raise NotAllowed(f"{source} is longer than it should be")
        self._system.write(place, Node(kind=NodeKind.FILE, content=node.content, mode=0o600))
        return node.content

    # ---- does it serve? ----

    def _judge(self, trial: Trial) -> UpgradeOutcome:
        """Wait for the new version's heartbeat, or go back to the last one that served."""
        if self._packages.installed(AGENT) != trial.version:
            return self._go_back(trial, "the PC went off while it was being installed")
        if not self._serves(trial.version):
            return self._go_back(trial, f"central did not hear it within {self._serves_within_s:.0f} s")
        self._end()
        return UpgradeOutcome(version=trial.version, end=UpgradeEnd.DONE)

    def _go_back(self, trial: Trial, why: str) -> UpgradeOutcome:
        try:
            self._packages.install(trial.back)
        except SystemRefused as error:  # the trial stays on the disk: the next boot tries to go back again
            return UpgradeOutcome(version=trial.version, end=UpgradeEnd.REFUSED, why=f"cannot go back: {error}"[:200])
        self._end()
        return UpgradeOutcome(version=trial.version, end=UpgradeEnd.WENT_BACK, why=why[:200])

    def _serves(self, version: str) -> bool:
        waited_s = 0.0
        while not self._is_heard(version):
            if waited_s >= self._serves_within_s:
                return False
            self._pause(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
        return True

    def _is_heard(self, version: str) -> bool:
        """Whether an agent of this version, in this boot, is in touch with central."""
        beat, boot = self._read(STATUS, Beat), self._system.read(BOOT_ID)
        if beat is None or boot is None or beat.boot_id != boot.content.decode("ascii").strip():
            return False
        return beat.running and beat.online and beat.status.agent_version == version

    def _end(self) -> None:
        """What was wanted goes first: a version that did not serve is tried once, whenever the power goes."""
        self._system.remove(WANTED)
        self._system.remove(TRIAL)
        self._system.remove_tree(HOME)

    # ---- files ----

    def _read(self, path: str, kind: type[Kind]) -> Kind | None:
        node = self._system.read(path)
        if node is None or node.kind is not NodeKind.FILE or len(node.content) > MANIFEST_BYTES:
            return None
        try:
            return msgspec.json.decode(node.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _answer(self, outcome: UpgradeOutcome) -> UpgradeOutcome:
        """It is settled, for the agent too."""
        self._system.remove(WANTED)
        return self._tell(outcome)

    def _tell(self, outcome: UpgradeOutcome) -> UpgradeOutcome:
        self._system.write(OUTCOME, Node(kind=NodeKind.FILE, content=msgspec.json.encode(outcome), mode=0o644))
        return outcome
