"""An officer hears a call: the booth is asked first and its screens say so, and who, when and how long is noted."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from central.calls.end import CLOSE_NORMAL, End
from central.calls.room import Room
from central.context import Central
from central.store import commands, listens, sessions, staff
from central.store.engine import Writing
from central.store.facilities import FacilitySettings, ListenRight
from central.store.listens import Listen
from central.store.staff import Role, User
from protocol.terminal import CommandKind

log = logging.getLogger(__name__)

BOOTH_S = 15.0
"""A booth that has not agreed by then is not heard."""
SEEN_S = 10.0
RANK = (Role.VIEWER, Role.OFFICER, Role.SUPERVISOR, Role.ADMIN)


def may_listen(user: User, settings: FacilitySettings) -> bool:
    """Whether it is this person's right at a facility with these settings."""
    right = settings.listen
    return right is not ListenRight.NOBODY and RANK.index(user.role) >= RANK.index(Role(right.value))


async def begin(central: Central, user: User, session_id: str) -> tuple[Listen, str]:
    """Ask the booth; returns the listening and the id of the command. Raises Impossible: busy, call_over."""
    now = central.clock()
    async with central.database.write() as tx:
        listen, over = await listens.begin(tx, session_id, user=user.name, now_ms=now)
        if over is not None:
            await _note_end(tx, over, now_ms=now)
        asked = await commands.issue(
            tx,
            CommandKind.LISTEN,
            terminal_id=listen.terminal_id,
            session_id=session_id,
            issued_by=user.name,
            level=1,
            now_ms=now,
        )
        detail = {"listen": listen.id, "command": asked.id}
        await staff.note(tx, user=user.name, act="listen", subject=session_id, detail=detail, now_ms=now)
    return listen, asked.id


async def attend(central: Central, room: Room, end: End, listen: Listen, command_id: str, id_hash: str) -> None:
    """Let the listener in once the booth agreed, and look whether the login lasts; ends `end` with a reason otherwise."""
    refused = await _refusal(central, room.session.facility_id, command_id)
    if refused is not None:
        end.finish(CLOSE_NORMAL, refused)
        return
    heard = False
    while end.close_code is None:
        now = central.clock()
        async with central.database.write() as tx:
            if not await listens.seen(tx, listen.id, now_ms=now, heard=not heard):
                end.finish(CLOSE_NORMAL, "taken_over")
                return
            if await staff.session(tx, id_hash, now_ms=now) is None:
                end.finish(CLOSE_NORMAL, "logged_out")
                return
        if not heard:
            room.enter(end, listen.id)
        heard = True
        await central.bus.pause(SEEN_S)


async def _refusal(central: Central, facility_id: str, command_id: str) -> str | None:
    """Why the booth does not agree: refused, no_answer; None once it did."""
    with central.bus.waiting(f"facility:{facility_id}") as news:
        try:
            async with asyncio.timeout(BOOTH_S):
                while not central.bus.stopping.is_set():
                    news.clear()
                    async with central.database.read() as db:
                        asked = await commands.get(db, command_id)
                    if asked is None or asked.state != "pending":
                        return None if asked is not None and asked.state == "done" else "refused"
                    await news.wait()
        except TimeoutError:
            return "no_answer"
    return "shutting_down"


async def finish(central: Central, listen_id: str, why: str) -> None:
    """Over: the booth's screens say so no more, and the audit trail says how long. Again changes nothing."""
    now = central.clock()
    async with central.database.write() as tx:
        over = await listens.end(tx, listen_id, why, now_ms=now)
        if over is None:
            return
        await _note_end(tx, over, now_ms=now)
        session = await sessions.get(tx, over.session_id)
        if session is None or session.state != "open" or session.terminal_id != over.terminal_id:
            return
        await commands.issue(
            tx,
            CommandKind.LISTEN,
            terminal_id=over.terminal_id,
            session_id=over.session_id,
            issued_by=over.user,
            level=0,
            now_ms=now,
        )


async def _note_end(tx: Writing, over: Listen, *, now_ms: int) -> None:
    detail = {"listen": over.id, "heard_s": over.heard_s, "why": over.why}
    await staff.note(tx, user=over.user, act="listen_end", subject=over.session_id, detail=detail, now_ms=now_ms)


async def keep_listens(central: Central) -> None:
    """End those whose central ended with them; looks every few seconds until this one ends."""
    failing = False
    while await central.bus.pause(SEEN_S):
        try:
            async with central.database.read() as db:
                lost = await listens.lost(db, now_ms=central.clock())
            for each in lost:
                await finish(central, each.id, "lost")
            failing = False
        except (SQLAlchemyError, OSError):
            if not failing:
                log.exception("listening that is over cannot be noted; trying again")
            failing = True
