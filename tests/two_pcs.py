"""Call PCs for tests that need several: real agents in this process on real adapters, each with a state directory and a boot."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from agent.adapters.central_client import HttpCentral
from agent.adapters.clock import SystemClock
from agent.adapters.credentials import KeyringCredentials
from agent.adapters.health import PsutilHealth
from agent.adapters.journal import SqliteJournal
from agent.adapters.network_probe import NetworkProbe
from agent.adapters.page_server import PageServer
from agent.adapters.pin_store import FilePinStore
from agent.adapters.service_manager import SystemdManager
from agent.adapters.shell_link import ShellLink
from agent.ports import Central, Signalling, SyncReply, Unreachable
from agent.supervisor import enrolment
from agent.supervisor.enrolment import Enrolment
from agent.supervisor.outside import Outside
from agent.supervisor.supervisor import Supervisor
from protocol.terminal import EnrolmentAnswer, EnrolmentRequest, Grant, OpenRequest, OutboxRow, SyncRequest
from tests.central_rig import Booth, Rig
from tests.fakes import SETTINGS
from tests.stage.fake_page import FakeBooth


class Cable:
    """The way to central, which a test may cut; all that is asked meanwhile is as without a network."""

    def __init__(self, central: Central) -> None:
        self._central = central
        self.is_cut = False

    def _check(self) -> None:
        if self.is_cut:
            raise Unreachable("central cannot be reached (the cable is cut); tried again later")

    def use_token(self, token: str | None) -> None:
        self._central.use_token(token)

    async def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        self._check()
        return await self._central.enrol(request)

    async def sync(self, request: SyncRequest) -> SyncReply:
        self._check()
        reply = await self._central.sync(request)
        self._check()
        return reply

    async def open_session(self, session_id: str, request: OpenRequest) -> Grant:
        self._check()
        return await self._central.open_session(session_id, request)

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        self._check()
        return await self._central.send_events(boot_id, rows)

    def signalling(self, session_id: str) -> AbstractAsyncContextManager[Signalling]:
        self._check()
        return self._central.signalling(session_id)

    async def close(self) -> None:
        await self._central.close()


class Pc:
    """One call PC: `booth` is its shell and page, `cable` its way to central once its agent runs."""

    def __init__(self, folder: Path, boot_id: str) -> None:
        self.folder = folder
        self.clock = SystemClock(boot_id=boot_id)
        self.booth = FakeBooth(folder / "shell.sock")
        self.supervisor: Supervisor
        self.cable: Cable

    @classmethod
    def enrolled(cls, folder: Path, boot_id: str, rig: Rig, booth: Booth) -> "Pc":
        """A PC as `bilik-agent enroll` leaves it."""
        folder.mkdir(mode=0o700)
        KeyringCredentials(folder, store="file").write(booth.token)
        enrolment.save(folder, Enrolment(url=rig.url, terminal_id=booth.id, authority_pem=None, settings=SETTINGS))
        return cls(folder, boot_id)

    def copied(self, folder: Path, boot_id: str) -> "Pc":
        """Another PC with a copy of this one's disk, taken while it was off."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.sock", "*.lock", "pages"))
        folder.chmod(0o700)
        return type(self)(folder, boot_id)

    def connect(self, there: Enrolment) -> Cable:
        """As the agent's composition root does, over a cable."""
        real = HttpCentral(there.url, version="1.2.3", boot_s=self.clock.boot_s, central_ms=self.clock.central_ms)
        self.cable = Cable(real)
        return self.cable

    @asynccontextmanager
    async def on(self) -> AsyncIterator["Pc"]:
        """Agent, shell and page run."""
        journal = SqliteJournal(self.folder / "journal.sqlite3", boot_id=self.clock.boot_id)
        saved = await journal.load()
        pages = self.folder / "pages"
        pages.mkdir(exist_ok=True)
        (pages / "index.html").write_text("<!doctype html>")
        outside = Outside(
            clock=self.clock,
            journal=journal,
            page=PageServer(pages),
            shell=ShellLink(self.folder / "shell.sock"),
            credentials=KeyringCredentials(self.folder, store="file"),
            pins=FilePinStore(self.folder),
            health=PsutilHealth(boot_s=self.clock.boot_s),
            services=SystemdManager(),
            network=NetworkProbe(),
            connect=self.connect,
            state_dir=self.folder,
            agent_version="1.2.3",
        )
        self.supervisor = Supervisor(outside, saved)
        run = asyncio.ensure_future(self.supervisor.run())
        self.booth.start()
        try:
            yield self
        finally:
            await asyncio.to_thread(self.booth.stop)
            self.supervisor.stop()
            async with asyncio.timeout(5):
                await run
                await journal.close()

    async def shows(self, kind: type, *, within_s: float = 20.0) -> Any:
        """The first screen of this kind."""
        return await asyncio.to_thread(self.booth.wait_for_screen, kind, within_s=within_s)
