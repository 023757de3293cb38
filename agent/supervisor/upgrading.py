"""Fetches a release that central named, asks the PC to install it between visits, and says as a fault when that failed."""

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.core.events import FaultSeen
from agent.ports import AgentError, Central, Clock, Rejected
from agent.supervisor.back_off import BackOff
from agent.supervisor.enrolment import write_private
from agent.supervisor.loop import Make
from agent.supervisor.tasks import Spawn
from protocol.release import (
    MANIFEST,
    MANIFEST_BYTES,
    SIGNATURE,
    Release,
    ReleasedPackage,
    UpgradeEnd,
    UpgradeOutcome,
    UpgradeWanted,
)

log = logging.getLogger(__name__)

CODE = "VER-1"
ENGINE = "bilik-engine"
LOOK_EVERY_S = 10.0
MOST_TRIES = 20
FAILED = (UpgradeEnd.REFUSED, UpgradeEnd.WENT_BACK)


class ReleaseWrong(AgentError):
    """What came is not the release that was named."""


class UpgradeDesk:
    """One release at a time. It runs nothing: root's bilik-install looks at everything again, and at who signed it.

    `outcome`: the file in which bilik-install says what became of it, over a restart of the agent too.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        central: Callable[[], Central | None],
        folder: Path,
        engine_version: str,
        outcome: Path,
        is_idle: Callable[[], bool],
        feed: Callable[[Make], None],
        spawn: Spawn,
    ) -> None:
        self._clock = clock
        self._central = central
        self._folder = folder
        self._engine_version = engine_version
        self._outcome = outcome
        self._is_idle = is_idle
        self._feed = feed
        self._spawn = spawn
        self._next_s = 0.0
        self._fetching: str | None = None
        self._ready: str | None = None
        self._said: UpgradeOutcome | None = None

    def begin(self, version: str, sha256: str) -> None:
        """Fetch it, unless that is being done."""
        if self._fetching != version:
            self._fetching = version
            self._ready = None
            self._spawn(self._run(version, sha256))

    def watch(self, boot_s: float) -> None:
        """Asked once a second, looks every ten: ask the PC for what is ready, and read what became of it."""
        if boot_s < self._next_s:
            return
        self._next_s = boot_s + LOOK_EVERY_S
        self._hear(read_outcome(self._outcome))
        if self._ready is not None and self._is_idle():
            version, self._ready = self._ready, None
            self._spawn(asyncio.to_thread(self._want, version))

    def _hear(self, outcome: UpgradeOutcome | None) -> None:
        if outcome is None or outcome == self._said:
            return
        self._said = outcome
        log.info("upgrade", extra={"release": outcome.version, "end": str(outcome.end), "why": outcome.why})
        if outcome.end is UpgradeEnd.IN_CALL:
            self._ready = outcome.version
        elif outcome.end is not UpgradeEnd.TRYING:
            self._tell(f"{outcome.version}: {outcome.end} {outcome.why}" if outcome.end in FAILED else None)

    def _want(self, version: str) -> None:
        """The word that bilik-upgrade.path waits for; nothing of an older release stays beside it."""
        try:
            for other in self._folder.iterdir():
                if other.is_dir() and other.name != version:
                    shutil.rmtree(other, ignore_errors=True)
            write_private(self._folder / "wanted.json", msgspec.json.encode(UpgradeWanted(version=version)))
        except OSError as error:
            log.warning("upgrade_not_asked", extra={"why": error.strerror})

    def _tell(self, why: str | None) -> None:
        self._feed(lambda now: FaultSeen(now=now, code=CODE, raised=why is not None, detail=why))

    # ---- fetching ----

    async def _run(self, version: str, sha256: str) -> None:
        back_off = BackOff(longest_s=300.0)
        while True:
            try:
                await self._fetch(version, sha256)
            except (AgentError, OSError) as error:
                log.warning("release_not_fetched", extra={"release": version, "why": str(error)})
                if isinstance(error, ReleaseWrong | Rejected) or back_off.tries >= MOST_TRIES:
                    self._fetching = None
                    self._tell(f"{version}: {error}")
                    return
                await self._clock.wait_until(self._clock.now().boot_s + back_off.next_s())
            else:
                log.info("release_fetched", extra={"release": version})
                self._fetching = None
                self._ready = version
                return

    async def _fetch(self, version: str, sha256: str) -> None:
        """Everything of the release that this PC does not have; raises CentralError, ReleaseWrong, OSError."""
        try:
            msgspec.convert({"version": version}, type=UpgradeWanted)
        except msgspec.ValidationError as error:
            raise ReleaseWrong("this is no version's name") from error
        folder = self._folder / version
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        for name in (MANIFEST, SIGNATURE):
            await self._download(version, name, MANIFEST_BYTES)
        listed = await asyncio.to_thread((folder / MANIFEST).read_bytes)
        if hashlib.sha256(listed).hexdigest() != sha256:
            raise ReleaseWrong("its list is not the one that was named")
        try:
            release = msgspec.json.decode(listed, type=Release)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ReleaseWrong("its list cannot be read") from error
        for package in release.packages:
            if (package.name, package.version) != (ENGINE, self._engine_version):
                await self._fetch_package(version, package)

    async def _fetch_package(self, version: str, package: ReleasedPackage) -> None:
        place = self._folder / version / package.file
        if await asyncio.to_thread(sha256_of, place) == package.sha256:
            return
        while not self._is_idle():  # the line belongs to the call
            await self._clock.wait_until(self._clock.now().boot_s + LOOK_EVERY_S)
        await self._download(version, package.file, package.bytes)
        if await asyncio.to_thread(sha256_of, place) != package.sha256:
            raise ReleaseWrong(f"{package.file} is not the one that its list names")

    async def _download(self, version: str, file: str, most_bytes: int) -> None:
        central = self._central()
        if central is None:
            raise ReleaseWrong("this PC is not enrolled")
        await central.download(version, file, self._folder / version / file, most_bytes=most_bytes)


def sha256_of(file: Path) -> str | None:
    """The hash of a file's content; None if there is none."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def read_outcome(file: Path) -> UpgradeOutcome | None:
    """What bilik-install last said; None if it said nothing that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=UpgradeOutcome)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
