"""What other instances must know of the calls whose sockets are here: noted at once, written in batches by one task."""

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from central.calls.end import End, Role
from central.calls.remote import About, RemoteEnd
from central.calls.room import Room
from central.store import call_ends
from central.store.call_ends import Passing, Place
from central.store.engine import Database

MOST_WAITING = 4096
LATE_S = 10.0

_encode = msgspec.json.Encoder().encode


@dataclass
class Mine:
    """One end whose socket is here; `turn` 0: nobody was told of it yet; `written`: what the others know."""

    session_id: str
    end: End
    about: About
    turn: int = 0
    written: About | None = None


class Outgoing:
    """Ends, pictures and messages of this instance on their way into rows; `wanted` is set while there is anything to write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = database.origin
        self._mine: dict[tuple[str, Role], Mine] = {}
        self._here: dict[str, End] = {}
        self._gone: dict[str, str] = {}
        self._stills: dict[str, bytes] = {}
        self._new_stills: dict[str, tuple[str, bytes]] = {}
        self._old_stills: set[str] = set()
        self._out: deque[tuple[float, Passing]] = deque(maxlen=MOST_WAITING)
        self._seq = 0
        self.wanted = asyncio.Event()
        self.passed = 0

    def end(self, end_id: str) -> End | None:
        """The end of this id, if its socket is here."""
        return self._here.get(end_id)

    def turn(self, session_id: str, role: Role) -> int:
        """Which newcomer has this role here; 0: nobody, or nobody was told yet."""
        mine = self._mine.get((session_id, role))
        return 0 if mine is None else mine.turn

    def say_again(self) -> None:
        """The others took this instance for gone: every end is written anew."""
        for mine in self._mine.values():
            mine.written = None
        self.wanted.set()

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

    def _keep(self, session_id: str, role: Role, end: End, about: About) -> None:
        mine = self._mine.get((session_id, role))
        if mine is None or mine.end is not end:
            self._drop(session_id, role)
            mine = self._mine[session_id, role] = Mine(session_id, end, about)
            self._here[end.id] = end
        mine.about = about
        if mine.written != about:
            self.wanted.set()

    def _drop(self, session_id: str, role: Role) -> None:
        mine = self._mine.pop((session_id, role), None)
        if mine is not None:
            self._here.pop(mine.end.id, None)
            self._gone[mine.end.id] = session_id
            self.wanted.set()

    def _note_still(self, room: Room) -> None:
        """The picture is passed on until the family is in."""
        session_id, family = room.session.id, room.family
        still = room.view().still
        if family is None or still is None or room.session.admitted_at_ms is not None:
            if self._stills.pop(session_id, None) is not None:
                self._old_stills.add(session_id)
                self.wanted.set()
        elif self._stills.get(session_id) is not still:
            self._stills[session_id] = still
            self._new_stills[session_id] = (family.id, still)
            self.wanted.set()

    def pass_on(self, instance_id: str, end: RemoteEnd, raw: bytes) -> None:
        """What the end across said to one that another instance has."""
        self._seq += 1
        message = Passing(seq=self._seq, to_instance=instance_id, to_end=end.id, body=raw.decode())
        self._out.append((asyncio.get_running_loop().time(), message))
        self.wanted.set()

    async def write(self) -> None:
        """Tell the others what changed here; what fails is kept for the next time."""
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


def _digest(jpeg: bytes) -> str:
    return hashlib.blake2s(jpeg, digest_size=8).hexdigest()
