"""Keeps how terminals were over time: a row when a state changes, and the end of the present stretch every five minutes."""

import msgspec
from msgspec import Struct

from central.health import CALM_MS, HOUR_MS, WRITE_MS, Span, State, fresh_escapes, go_on, is_gap, state_of
from central.store import health, status
from central.store.engine import Writing
from central.store.status import Heartbeat

KEPT_MS = 35 * 24 * HOUR_MS
KEPT_SPANS = 2_000
CROWDED = 200
FORGET_EVERY_MS = HOUR_MS


class Kept(Struct, frozen=True, kw_only=True):
    """What is remembered of a terminal, so that most heartbeats cost no look into the database."""

    state: State
    escapes: dict[str, int]
    began_ms: int
    written_ms: int
    heard_ms: int
    fresh_spans: int = 0


class HealthLog:
    """One for the process; the database decides, so that several instances may hear one terminal."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._forgot_ms = 0

    async def note(self, tx: Writing, beats: list[Heartbeat]) -> dict[str, Kept]:
        """Write what these heartbeats change, before they are stored as the latest; `keep` what comes back after the commit."""
        noted = {beat.terminal_id: self._heard(beat) for beat in beats}
        due = [beat for beat in beats if self._is_due(beat)]
        if due:
            noted |= await self._write(tx, due)
            await self._forget(tx, max(beat.at_ms for beat in due))
        return {terminal_id: kept for terminal_id, kept in noted.items() if kept is not None}

    def keep(self, noted: dict[str, Kept]) -> None:
        """It is in the database."""
        self._kept |= noted

    def _heard(self, beat: Heartbeat) -> Kept | None:
        kept = self._kept.get(beat.terminal_id)
        return None if kept is None else msgspec.structs.replace(kept, heard_ms=max(kept.heard_ms, beat.at_ms))

    def _is_due(self, beat: Heartbeat) -> bool:
        kept = self._kept.get(beat.terminal_id)
        if kept is None or is_gap(kept.heard_ms, beat.at_ms, beat.hold_s):
            return True
        if kept.escapes != beat.status.escape_attempts or beat.at_ms - kept.written_ms >= WRITE_MS:
            return True
        return beat.at_ms - kept.began_ms >= CALM_MS and kept.state != state_of(beat.boot_id, beat.status)

    async def _write(self, tx: Writing, due: list[Heartbeat]) -> dict[str, Kept | None]:
        ids = [beat.terminal_id for beat in due]
        before, last = await status.of(tx, ids), await health.newest(tx, ids)
        spans: list[Span] = []
        escapes: dict[int, dict[str, dict[str, int]]] = {}
        noted: dict[str, Kept | None] = {}
        for beat in due:
            was = before.get(beat.terminal_id)
            now = _moment(beat)
            found = go_on(last.get(beat.terminal_id), None if was is None else was.at_ms, now, hold_s=beat.hold_s)
            spans += found
            if was is None or beat.at_ms > was.at_ms:
                hour = escapes.setdefault(beat.at_ms - beat.at_ms % HOUR_MS, {})
                hour[beat.terminal_id] = _escapes(was, beat)
            noted[beat.terminal_id] = self._after(beat, now, is_new=now in found)
        await health.store(tx, spans)
        for hour_ms, fresh in escapes.items():
            await health.count_escapes(tx, hour_ms, fresh)
        for terminal_id, kept in noted.items():
            if kept is not None and kept.fresh_spans >= CROWDED:
                await health.keep_newest(tx, terminal_id, KEPT_SPANS)
                noted[terminal_id] = msgspec.structs.replace(kept, fresh_spans=0)
        return noted

    def _after(self, beat: Heartbeat, now: Span, *, is_new: bool) -> Kept:
        was = self._kept.get(beat.terminal_id)
        return Kept(
            state=now.state,
            escapes=beat.status.escape_attempts,
            began_ms=beat.at_ms if is_new or was is None else was.began_ms,
            written_ms=beat.at_ms,
            heard_ms=beat.at_ms,
            fresh_spans=(0 if was is None else was.fresh_spans) + (1 if is_new else 0),
        )

    async def _forget(self, tx: Writing, now_ms: int) -> None:
        if now_ms - self._forgot_ms >= FORGET_EVERY_MS:
            self._forgot_ms = now_ms
            await health.forget(tx, now_ms - KEPT_MS)


def _moment(beat: Heartbeat) -> Span:
    state = state_of(beat.boot_id, beat.status)
    return Span(terminal_id=beat.terminal_id, from_ms=beat.at_ms, to_ms=beat.at_ms, state=state)


def _escapes(was: Heartbeat | None, beat: Heartbeat) -> dict[str, int]:
    if was is None:
        return dict(beat.status.escape_attempts)
    same_boot = was.boot_id == beat.boot_id
    return fresh_escapes(was.status.escape_attempts, beat.status.escape_attempts, is_same_boot=same_boot)
