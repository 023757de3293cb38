"""Calls whose ends sit on different instances: each instance has a room of its own, and this keeps the rooms alike.

Who sits where are rows (`call_ends`); a notice `call:SESSION` says that they changed, and every instance looks again. What one
end says to another that is elsewhere is a row too, taken away by the instance that has it (notice `relay:INSTANCE`). Nobody
owns a call: an instance that is killed takes its sockets with it and nothing else. See docs/decisions/0014.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from central.bus import STOPPING, Bus
from central.calls.end import End, Role
from central.calls.remote import About, RemoteEnd
from central.calls.room import Room
from central.calls.rooms import Rooms
from central.store import call_ends
from central.store.call_ends import Passing, Place
from central.store.engine import Database

log = logging.getLogger(__name__)

SHOW_S = 2.0
TIDY_EVERY = 30
MOST_WAITING = 4096
LATE_S = 10.0
RETRY_S = 0.3

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(About).decode


@dataclass
class Mine:
    """One end whose socket is here; `turn` 0: nobody was told of it yet; `written`: what the others know."""

    session_id: str
    end: End
    about: About
    turn: int = 0
    written: About | None = None


class Relay:
    """The rooms of this instance on one side, the rows on the other; without PostgreSQL it does nothing."""

    def __init__(self, database: Database, bus: Bus, rooms: Rooms) -> None:
        self._database = database
        self._bus = bus
        self._rooms = rooms
        self._me = database.origin
        self._mine: dict[tuple[str, Role], Mine] = {}
        self._here: dict[str, End] = {}
        self._gone: dict[str, str] = {}
        self._stills: dict[str, bytes] = {}
        self._new_stills: dict[str, tuple[str, bytes]] = {}
        self._old_stills: set[str] = set()
        self._digests: dict[str, str] = {}
        self._out: deque[tuple[float, Passing]] = deque(maxlen=MOST_WAITING)
        self._seq = 0
        self._last: dict[str, int] = {}
        self._to_write = asyncio.Event()
        self._to_read = asyncio.Event()
        self._changed: set[str] = set()
        self._everything = True
        self._has_mail = True
        self._shown = 0
        self.passed = 0
        self.received = 0
        if not database.is_sqlite:
            rooms.elsewhere = self

    # ---- what happens here --------------------------------------------------------------------------------------------

    def note(self, room: Room) -> None:
        """Something changed in a room of ours: what the others must know of it is written."""
        session_id = room.session.id
        for role in Role:
            end = room.ends.get(role)
            if end is not None and end.is_here:
                self._keep(session_id, role, end, room.about(end))
            else:
                self._drop(session_id, role)
        self._note_still(room)

    def over(self, session_id: str) -> None:
        """There is no such room here any more."""
        for role in Role:
            self._drop(session_id, role)
        self._stills.pop(session_id, None)
        self._new_stills.pop(session_id, None)
        self._digests.pop(session_id, None)

    def _keep(self, session_id: str, role: Role, end: End, about: About) -> None:
        mine = self._mine.get((session_id, role))
        if mine is None or mine.end is not end:
            self._drop(session_id, role)
            mine = self._mine[session_id, role] = Mine(session_id, end, about)
            self._here[end.id] = end
        mine.about = about
        if mine.written != about:
            self._to_write.set()

    def _drop(self, session_id: str, role: Role) -> None:
        mine = self._mine.pop((session_id, role), None)
        if mine is not None:
            self._here.pop(mine.end.id, None)
            self._gone[mine.end.id] = session_id
            self._to_write.set()

    def _note_still(self, room: Room) -> None:
        """The picture is passed on until the family is in."""
        session_id, family = room.session.id, room.family
        still = room.view().still
        if family is None or still is None or room.session.admitted_at_ms is not None:
            if self._stills.pop(session_id, None) is not None:
                self._old_stills.add(session_id)
                self._to_write.set()
        elif self._stills.get(session_id) is not still:
            self._stills[session_id] = still
            self._new_stills[session_id] = (family.id, still)
            self._to_write.set()

    def _pass_on(self, instance_id: str, end: RemoteEnd, raw: bytes) -> None:
        self._seq += 1
        message = Passing(seq=self._seq, to_instance=instance_id, to_end=end.id, body=raw.decode())
        self._out.append((asyncio.get_running_loop().time(), message))
        self._to_write.set()

    # ---- what runs ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Show this instance, write and read, until central ends; then take leave of the others."""
        if self._database.is_sqlite:
            return
        with self._bus.overhearing(self._hear):
            work = (
                self._loop(self._show, None),
                self._loop(self._write, self._to_write),
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
            self._to_write.set()
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
            for mine in self._mine.values():
                mine.written = None
            self._to_write.set()

    # ---- writing ------------------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        mine = [(each, each.about) for each in self._mine.values() if each.written != each.about]
        gone, self._gone = self._gone, {}
        new, self._new_stills = self._new_stills, {}
        old, self._old_stills = self._old_stills, set()
        out = self._not_late()
        try:
            turns = await self._commit(mine, gone, new, old, out)
        except (SQLAlchemyError, OSError):
            self._gone = gone | self._gone
            self._new_stills = new | self._new_stills
            self._old_stills |= old
            raise
        for (each, about), turn in zip(mine, turns, strict=True):
            each.turn, each.written = turn, about
        while out and self._out and self._out[0][1].seq <= out[-1].seq:
            self._out.popleft()
        self.passed += len(out)

    async def _commit(
        self,
        mine: list[tuple[Mine, About]],
        gone: dict[str, str],
        new: dict[str, tuple[str, bytes]],
        old: set[str],
        out: list[Passing],
    ) -> list[int]:
        """One transaction; the turns of `mine` (-1: somebody else has the place)."""
        async with self._database.write() as tx:
            turns = [
                await call_ends.enter(tx, self._place(each, about), is_new=each.turn == 0) or -1 for each, about in mine
            ]
            if gone:
                await call_ends.leave(tx, list(gone))
            if old:
                await call_ends.remove_stills(tx, old)
            for session_id, (end_id, jpeg) in new.items():
                await call_ends.put_still(tx, session_id, end_id, _digest(jpeg), jpeg)
            if out:
                await call_ends.send(tx, self._me, out)
            sessions = {each.session_id for each, _about in mine} | set(gone.values()) | set(new) | old
            await tx.publish(*(f"call:{each}" for each in sessions), *(f"relay:{each.to_instance}" for each in out))
        return turns

    def _place(self, mine: Mine, about: About) -> Place:
        return Place(
            session_id=mine.session_id,
            role=mine.end.role.value,
            end_id=mine.end.id,
            instance_id=self._me,
            turn=mine.turn,
            about=_encode(about).decode(),
            is_there=True,
        )

    def _not_late(self) -> list[Passing]:
        now = asyncio.get_running_loop().time()
        while self._out and now - self._out[0][0] > LATE_S:
            self._out.popleft()
        return [message for _at, message in self._out]

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
                send = partial(self._pass_on, place.instance_id)
                room.enter(RemoteEnd(role, about, id_=place.end_id, send=send), about.listen_id)
            room.learn(role, about)

    def _has_lost(self, session_id: str, role: Role, place: Place | None) -> bool:
        """Whether somebody else took the place after this end was written down."""
        mine = self._mine.get((session_id, role))
        return place is not None and mine is not None and mine.turn != 0 and place.turn > mine.turn

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
            end = self._here.get(message.to_end)
            if end is not None:
                end.push_raw(message.body.encode())


def _about(place: Place) -> About:
    """What a newer instance says in a way that we cannot read is left out."""
    try:
        return _decode(place.about)
    except msgspec.MsgspecError:
        return About()


def _digest(jpeg: bytes) -> str:
    return hashlib.blake2s(jpeg, digest_size=8).hexdigest()
