"""One session's signalling: keeps the socket, passes messages on, tells the family the time."""

import asyncio
import logging
import random
from collections.abc import Callable

from agent.core.events import ByeSaid, FamilyChanged, SignallingChanged
from agent.ports import Central, CentralError, Clock, Page, Signalling
from agent.supervisor.loop import Make
from agent.supervisor.translate import family_end, may_page_hear
from agent.supervisor.waiting import wait_either
from protocol.call import Bye, Ended, FromEnd, IceGiven, IceServer, Listened, ToEnd, Welcome
from protocol.call import Clock as FamilyClock
from protocol.page import FromSignalling

log = logging.getLogger(__name__)

CLOCK_EVERY_S = 5.0
LONGEST_PAUSE_S = 5.0
FAREWELL_S = 1.0
UNSENT = 200


class SignallingLine:
    """Keeps the signalling socket of one session, reconnecting, until `leave`."""

    def __init__(
        self,
        session_id: str,
        *,
        central: Central,
        clock: Clock,
        page: Page,
        feed: Callable[[Make], None],
        family_clock: Callable[[], FamilyClock | None],
    ) -> None:
        self.session_id = session_id
        self.servers: tuple[IceServer, ...] | None = None
        self.servers_boot_s = 0.0
        self.servers_came = asyncio.Event()
        self.listened: Listened | None = None
        self._central = central
        self._clock = clock
        self._page = page
        self._feed = feed
        self._family_clock = family_clock
        self._known: FamilyChanged | None = None
        self._outgoing: asyncio.Queue[FromEnd] = asyncio.Queue(UNSENT)
        self._clock_due = asyncio.Event()
        self._leaving = asyncio.Event()
        self._is_up = False
        self._said_clock: tuple[object, ...] | None = None

    def say(self, message: FromEnd) -> None:
        """Send this if the socket is up; while it is down nothing is kept, since it would be stale."""
        if self._is_up and not self._outgoing.full():
            self._outgoing.put_nowait(message)

    def look(self) -> None:
        """Tell the family the time at once if its pace or amount has changed, or who hears the call."""
        told = self._family_clock()
        key = None if told is None else (told.phase, told.running, told.talk_s, told.listening)
        if key != self._said_clock:
            self._said_clock = key
            self._clock_due.set()

    def leave(self, farewell: Ended | None) -> None:
        """Say farewell, then close; `run` returns soon after."""
        if farewell is not None:
            self.say(farewell)
        self._leaving.set()

    async def run(self) -> None:
        """Keep the socket until `leave` or central's good-bye."""
        work = asyncio.ensure_future(self._stay_connected())
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and self._is_up:
                await self._drain()
        finally:
            work.cancel()
            leaving.cancel()
            await asyncio.gather(work, leaving, return_exceptions=True)
        if not work.cancelled():
            work.result()

    async def _drain(self) -> None:
        """Let what was said before the end go out, but not for long."""
        sent = asyncio.ensure_future(self._outgoing.join())
        late = asyncio.ensure_future(self._clock.wait_until(self._clock.now().boot_s + FAREWELL_S))
        try:
            await asyncio.wait({sent, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sent.cancel()
            late.cancel()

    async def _stay_connected(self) -> None:
        pause_s = 0.0
        is_failing = False
        while True:
            began_s = self._clock.now().boot_s
            try:
                async with self._central.signalling(self.session_id) as socket:
                    is_failing = False
                    if await self._serve(socket):
                        return
            except CentralError as error:
                if not is_failing:
                    log.warning("signalling_lost", extra={"session": self.session_id, "why": str(error)})
                is_failing = True
            lasted_s = self._clock.now().boot_s - began_s
            pause_s = 0.25 if lasted_s > LONGEST_PAUSE_S else min(LONGEST_PAUSE_S, max(0.25, pause_s * 2))
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads reconnects, keeps no secret
            await self._clock.wait_until(self._clock.now().boot_s + pause_s * jitter)

    async def _serve(self, socket: Signalling) -> bool:
        """Pass messages until the socket ends; True when central said good-bye for good."""
        self._is_up = True
        self._clock_due.set()
        log.info("signalling_up", extra={"session": self.session_id})
        self._feed(lambda now: SignallingChanged(now=now, session_id=self.session_id, up=True))
        writers = [asyncio.ensure_future(self._write(socket)), asyncio.ensure_future(self._tell_time())]
        try:
            async for message in socket:
                if isinstance(message, Bye) and message.why != "shutting_down":
                    self._feed(self._bye(message.why))
                    return True
                self._hear(message)
        finally:
            self._is_up = False
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
            self._feed(lambda now: SignallingChanged(now=now, session_id=self.session_id, up=False))
        return False

    def _bye(self, why: str) -> Make:
        return lambda now: ByeSaid(now=now, session_id=self.session_id, why=why)

    def _hear(self, message: ToEnd) -> None:
        if isinstance(message, (IceGiven, Welcome)):
            self.servers = message.servers
            self.servers_boot_s = self._clock.now().boot_s
            self.servers_came.set()
        if isinstance(message, (Listened, Welcome)):
            self.listened = message if isinstance(message, Listened) else None
        event = family_end(self.session_id, message, self._known, self._clock.now())
        if isinstance(event, FamilyChanged):
            self._known = event
        if event is not None:
            self._feed(lambda _: event)
        if may_page_hear(message):
            self._page.send(FromSignalling(message=message))

    async def _write(self, socket: Signalling) -> None:
        while True:
            message = await self._outgoing.get()
            try:
                await socket.send(message)
            except CentralError:
                pass  # the reading side learns the same and reconnects
            finally:
                self._outgoing.task_done()

    async def _tell_time(self) -> None:
        while True:
            await wait_either(self._clock, self._clock.now().boot_s + CLOCK_EVERY_S, self._clock_due)
            told = self._family_clock()
            if told is not None:
                self.say(told)
