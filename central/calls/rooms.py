"""All rooms of this central: each is kept in step with the rows of its session, and ended on time."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from central.bus import Bus
from central.calls.end import Role
from central.calls.room import Room, RoomView
from central.store import commands, sessions
from central.store.engine import Database
from central.store.facilities import AdmitMethod, FacilitySettings
from central.store.sessions import OPEN_STATES
from central.turn import TurnServers
from protocol.outcome import EndReason

log = logging.getLogger(__name__)

BYE_AFTER_MS = 500
"""The agent ends the call at `end_by` by its own clock; central's word comes just after, not before."""
MOVED = EndReason.MOVED.value
LINGER_S = 1.5
"""A record may overtake the kiosk's `Ended`; the family is to hear the reason first."""
CANCEL_AGAIN_S = (3.0, 10.0, 30.0)
KEPT_EMPTY_MS = 60_000
STOP_S = 0.3
RETRY_S = 1.0


class Elsewhere(Protocol):
    """Other instances, which have rooms of the same sessions."""

    def note(self, room: Room) -> None:
        """Something changed in a room."""

    def over(self, session_id: str) -> None:
        """There is no such room any more."""


class Rooms:
    """One task for each session that somebody is in, or that is open. `elsewhere`: where there are several instances."""

    elsewhere: Elsewhere | None = None

    def __init__(self, database: Database, bus: Bus, turn: TurnServers, clock: Callable[[], int]) -> None:
        self._database = database
        self._bus = bus
        self._turn = turn
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()

    def view(self, session_id: str) -> RoomView:
        """What the board shows of a session's room; an empty view if nobody is there."""
        room = self._rooms.get(session_id)
        return RoomView() if room is None else room.view()

    def family_left_ms(self, session_id: str) -> int | None:
        """When the family's socket closed last; None if it never did, or is there."""
        room = self._rooms.get(session_id)
        return None if room is None or room.view().family_present else room.family_left_ms

    def known(self, session_id: str) -> Room | None:
        """The session's room, if there is one."""
        return self._rooms.get(session_id)

    def ids(self) -> list[str]:
        """The sessions that have a room."""
        return list(self._rooms)

    async def watch(self, session_id: str) -> Room | None:
        """The session's room, kept until it is over; None if the session is over or not there."""
        room = self._rooms.get(session_id)
        if room is not None:
            return room
        found = await self._read(session_id)
        if found is None or self._bus.stopping.is_set():
            return None
        room = self._rooms.get(session_id)
        if room is None:
            session, settings = found
            if session.state not in OPEN_STATES:
                return None
            room = self._rooms[session_id] = Room(session, settings, self._turn, self._clock)
            self._tasks[session_id] = asyncio.create_task(self._keep(room), name=f"room {session_id}")
        return room

    async def close(self) -> None:
        """Say good-bye in every room and end their tasks."""
        for room in tuple(self._rooms.values()):
            room.close("shutting_down")
            room.changed.set()
        tasks = (*self._tasks.values(), *self._later)
        if not tasks:
            return
        _done, stuck = await asyncio.wait(tasks, timeout=STOP_S)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, room: Room) -> None:
        session_id = room.session.id
        why: str | None = None
        try:
            with self._bus.listening(f"session:{session_id}", lambda _topic: room.changed.set()):
                while why is None:
                    why = await self._step(room)
            if why not in ("", "shutting_down"):
                await self._finish(room, why)
        finally:
            room.close(why or "shutting_down")
            del self._rooms[session_id]
            del self._tasks[session_id]
            if self.elsewhere is not None:
                self.elsewhere.over(session_id)
            self._bus.deliver([f"facility:{room.session.facility_id}"])

    async def _step(self, room: Room) -> str | None:
        """Look once and wait for the next reason to look; returns why the room is over ("": nobody needs it any more)."""
        room.changed.clear()
        self._note(room)
        try:
            over, wait_s = await self._look(room)
        except (SQLAlchemyError, OSError):
            log.exception("the rows of session %s cannot be read; trying again", room.session.id)
            over, wait_s = None, RETRY_S
        if over is not None:
            return over
        self._bus.deliver([f"facility:{room.session.facility_id}"])
        try:
            async with asyncio.timeout(wait_s):
                await room.changed.wait()
        except TimeoutError:
            return None
        await asyncio.sleep(0)
        return "shutting_down" if self._bus.stopping.is_set() else None

    def _note(self, room: Room) -> None:
        if self.elsewhere is not None:
            self.elsewhere.note(room)

    async def _look(self, room: Room) -> tuple[str | None, float]:
        family = room.family
        found = await self._read(room.session.id)
        if found is None:
            return "cancelled", 0
        session, settings = found
        room.update(session, settings)
        self._note(room)
        room.put_out(family)
        if session.state not in OPEN_STATES:
            return MOVED if session.why == MOVED else session.state, 0
        if session.admitted_at_ms is None and settings.admit is AdmitMethod.AUTOMATIC and room.family_ready:
            async with self._database.write() as tx:
                await sessions.admit(tx, session.id, user="automatic", now_ms=self._clock())
        now = self._clock()
        ends = session.hard_stop_ms(settings) + BYE_AFTER_MS
        if now >= ends:
            async with self._database.read() as db:
                ends += await commands.extension_waiting_ms(db, session.id, now_ms=now)
        if now >= ends:
            return "end_by", 0
        if room.emptied_ms is not None and session.state != "open" and now - room.emptied_ms > KEPT_EMPTY_MS:
            return "", 0
        return None, min((ends - now) / 1000, KEPT_EMPTY_MS / 1000)

    async def _finish(self, room: Room, why: str) -> None:
        if why in ("ended", MOVED):
            await self._bus.pause(LINGER_S)
        room.close(why)
        await self._cancel(room.session.id, why)
        if self._turn.cli is not None:
            expires_in_s = (room.credentials_expire_ms - self._clock()) / 1000
            later = asyncio.create_task(self._cancel_again(room.session.id, expires_in_s), name="relay")
            self._later.add(later)
            later.add_done_callback(self._later.discard)

    async def _cancel(self, session_id: str, why: str) -> None:
        cancelled = await self._turn.cancel(session_id)
        if cancelled:
            log.info("session %s is over (%s): %d relay allocations cancelled", session_id, why, cancelled)

    async def _cancel_again(self, session_id: str, expires_in_s: float) -> None:
        """A PC that was taken over still has its credentials: what it allocates anew is cancelled too, last when they have expired."""
        waited_s = 0.0
        for at_s in (*(at_s for at_s in CANCEL_AGAIN_S if at_s < expires_in_s), expires_in_s + 1.0):
            if not await self._bus.pause(max(0.0, at_s - waited_s)):
                return
            waited_s = at_s
            await self._cancel(session_id, "its credentials were used again")

    async def _read(self, session_id: str) -> tuple[sessions.CallSession, FacilitySettings] | None:
        async with self._database.read() as db:
            return await sessions.with_settings(db, session_id)


__all__ = ["Role", "Room", "RoomView", "Rooms"]
