"""Calls whose ends sit on different instances: each instance has a room of its own, and this keeps the rooms alike.

Who sits where are rows (`call_ends`); a notice `call:SESSION` says that they changed, and every instance looks again. What one
end says to another that is elsewhere is a row too, taken away by the instance that has it (notice `relay:INSTANCE`). Nobody
owns a call: an instance that is killed takes its sockets with it and nothing else. See docs/decisions/0014.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from central.bus import STOPPING, Bus
from central.calls.end import Role
from central.calls.outgoing import Outgoing
from central.calls.remote import About, RemoteEnd
from central.calls.room import Room
from central.calls.rooms import Rooms
from central.store import call_ends
from central.store.call_ends import Place
from central.store.engine import Database

log = logging.getLogger(__name__)

SHOW_S = 2.0
TIDY_EVERY = 30
RETRY_S = 0.3

_decode = msgspec.json.Decoder(About).decode


class Relay:
    """The rooms of this instance on one side, the rows on the other; without PostgreSQL it does nothing."""

    def __init__(self, database: Database, bus: Bus, rooms: Rooms) -> None:
        self._database = database
        self._bus = bus
        self._rooms = rooms
        self._me = database.origin
        self._outgoing = Outgoing(database)
        self._digests: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._to_read = asyncio.Event()
        self._changed: set[str] = set()
        self._everything = True
        self._has_mail = True
        self._shown = 0
        self.received = 0
        if not database.is_sqlite:
            rooms.elsewhere = self

    @property
    def passed(self) -> int:
        """Messages that were put on their way to other instances."""
        return self._outgoing.passed

    def note(self, room: Room) -> None:
        """Something changed in a room of ours."""
        self._outgoing.note(room)

    def over(self, session_id: str) -> None:
        """There is no such room here any more."""
        self._outgoing.over(session_id)
        self._digests.pop(session_id, None)

    # ---- what runs ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Show this instance, write and read, until central ends; then take leave of the others."""
        if self._database.is_sqlite:
            return
        with self._bus.overhearing(self._hear):
            work = (
                self._loop(self._show, None),
                self._loop(self._outgoing.write, self._outgoing.wanted),
                self._loop(self._read, self._to_read),
            )
            await asyncio.gather(*work)
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._database.write() as tx:
                left = await call_ends.take_leave(tx, self._me)
                await tx.publish(*(f"call:{each}" for each in left))

    async def _loop(self, step: Callable[[], Awaitable[None]], wanted: asyncio.Event | None) -> None:
        """One step after another, each when it is wanted (None: every two seconds); what fails is done again."""
        failing = False
        while not self._bus.stopping.is_set():
            try:
                if wanted is not None:
                    await wanted.wait()
                    wanted.clear()
                await step()
                failing = False
            except (SQLAlchemyError, OSError):
                if not failing:
                    log.exception("calls cannot be kept alike on all instances; trying again")
                failing = True
                if wanted is not None:
                    wanted.set()
            await self._bus.pause(RETRY_S if failing else 0 if wanted is not None else SHOW_S)

    def _hear(self, topic: str | None) -> None:
        if topic is None or topic == STOPPING:
            self._everything = self._has_mail = True
            self._outgoing.wanted.set()
        elif topic.startswith("call:"):
            self._changed.add(topic.removeprefix("call:"))
        elif topic == f"relay:{self._me}":
            self._has_mail = True
        else:
            return
        self._to_read.set()

    async def _show(self) -> None:
        self._shown += 1
        async with self._database.write() as tx:
            is_anew = await call_ends.show(tx, self._me)
            left = await call_ends.bury(tx)
            if self._shown % TIDY_EVERY == 0:
                await call_ends.tidy(tx)
            await tx.publish(*(f"call:{each}" for each in left))
        if is_anew:
            self._outgoing.say_again()

    # ---- reading ------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        every, self._everything = self._everything, False
        changed, self._changed = self._changed, set()
        mail, self._has_mail = self._has_mail, False
        try:
            if every or changed:
                await self._look(None if every else changed)
            if mail:
                await self._receive()
        except (SQLAlchemyError, OSError):
            self._everything |= every
            self._changed |= changed
            self._has_mail |= mail
            raise

    async def _look(self, changed: set[str] | None) -> None:
        async with self._database.read() as db:
            places = await call_ends.places(db, changed)
            theirs = [each for each in places if each.instance_id != self._me]
            digests = await call_ends.still_digests(db, {each.session_id for each in theirs})
        by_session: dict[str, dict[str, Place]] = {each: {} for each in changed or self._rooms.ids()}
        for each in theirs:
            if each.is_there:
                by_session.setdefault(each.session_id, {})[each.role] = each
        for session_id, there in by_session.items():
            room = self._rooms.known(session_id)
            if room is None and there:
                room = await self._rooms.watch(session_id)
            if room is not None:
                self._make_alike(room, there)
                await self._take_still(room, digests.get(session_id))

    def _make_alike(self, room: Room, there: dict[str, Place]) -> None:
        for role in Role:
            place, current = there.get(role.value), room.ends.get(role)
            if current is not None and current.is_here and not self._has_lost(room.session.id, role, place):
                continue
            if place is None:
                if current is not None:
                    room.leave(current)
                continue
            about = _about(place)
            if current is None or current.id != place.end_id:
                send = partial(self._outgoing.pass_on, place.instance_id)
                room.enter(RemoteEnd(role, about, id_=place.end_id, send=send), about.listen_id)
            room.learn(role, about)

    def _has_lost(self, session_id: str, role: Role, place: Place | None) -> bool:
        """Whether somebody else took the place after this end was written down."""
        turn = self._outgoing.turn(session_id, role)
        return place is not None and turn != 0 and place.turn > turn

    async def _take_still(self, room: Room, digest: str | None) -> None:
        """The picture of a family that waits elsewhere."""
        session_id = room.session.id
        if digest is None or room.family is not None:
            self._digests.pop(session_id, None)
        elif self._digests.get(session_id) != digest:
            async with self._database.read() as db:
                room.learn_still(await call_ends.still(db, session_id))
            self._digests[session_id] = digest

    async def _receive(self) -> None:
        async with self._database.write() as tx:
            messages = await call_ends.receive(tx, self._me)
        for origin, message in messages:
            if message.seq <= self._last.get(origin, 0):
                continue
            self._last[origin] = message.seq
            self.received += 1
            end = self._outgoing.end(message.to_end)
            if end is not None:
                end.push_raw(message.body.encode())


def _about(place: Place) -> About:
    """What a newer instance says in a way that we cannot read is left out."""
    try:
        return _decode(place.about)
    except msgspec.MsgspecError:
        return About()
