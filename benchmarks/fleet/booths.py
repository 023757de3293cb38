"""Simulated terminals: the real protocol, one held sync each, a visit when a session is due, every answer of central read."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field

import msgspec

from benchmarks.fleet.http_line import Line, LineLost
from benchmarks.fleet.seed import Seeded
from protocol import PROTOCOL_VERSION
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import (
    AssignedSession,
    CommandAnswered,
    CommandOutcome,
    EventBatch,
    EventsAnswer,
    Grant,
    Mode,
    OpenRequest,
    OutboxEvent,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
    TerminalStatus,
    UsageWritten,
    VisitMoved,
    VisitState,
)

PROTOCOL = PROTOCOL_VERSION
SYNC, EVENTS = "/api/v1/terminal/sync", "/api/v1/terminal/events"
AGAIN_S = 1.0
STEP_S = 4.0
"""So long each state of a visit lasts here: it changes as often as in a day, and is shorter."""
STATES = (VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING, VisitState.FAREWELL)

_encode = msgspec.json.Encoder().encode
_answer = msgspec.json.Decoder(SyncAnswer).decode
_grant = msgspec.json.Decoder(Grant).decode
_events = msgspec.json.Decoder(EventsAnswer).decode


@dataclass
class Figures:
    """What the terminals saw while `counting`; times in ms."""

    counting: bool = False
    requests: int = 0
    over_hold: list[float] = field(default_factory=list)
    at_once: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    reports: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)
    visits: int = 0
    reported: int = 0
    refused: list[str] = field(default_factory=list)
    lost: int = 0

    def note(self, times: list[float], since_s: float) -> None:
        """One more request, begun at this reading of `perf_counter`."""
        if self.counting:
            self.requests += 1
            times.append(1000 * (time.perf_counter() - since_s))


class Booth:
    """One terminal of the fleet. `issued`: when a command was committed, by its id."""

    def __init__(self, seeded: Seeded, address: tuple[str, int], figures: Figures, issued: dict[str, float]) -> None:
        self._held = Line(*address, seeded.token)
        self._spare = Line(*address, seeded.token)
        self._figures = figures
        self._issued = issued
        self._boot = f"b-{seeded.terminal_id}"
        self._revision = 0
        self._seq = 0
        self._visit = VisitState.NONE
        self._session: AssignedSession | None = None
        self._offset_ms = 0.0
        self._answered: set[str] = set()
        self._sending = asyncio.Lock()
        self._visits: set[asyncio.Task[None]] = set()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Sync until cancelled."""
        try:
            while True:
                try:
                    await self._sync()
                    self.connected.set()
                except LineLost:
                    self._figures.lost += 1
                    await asyncio.sleep(AGAIN_S * random.uniform(0.5, 1.5))
        finally:
            for task in self._visits:
                task.cancel()
            self._held.close()
            self._spare.close()

    def _status(self) -> TerminalStatus:
        session = self._session.id if self._session is not None else None
        return TerminalStatus(
            mode=Mode.IN_SERVICE,
            visit=self._visit,
            session_id=session,
            talk_left_ms=600_000 if session else None,
            agent_version="0.1.0",
            window_up=True,
            shell_up=True,
            uptime_s=int(time.monotonic()),
        )

    def _request(self, *, hold: bool) -> bytes:
        return _encode(
            SyncRequest(
                protocol=PROTOCOL, boot_id=self._boot, revision=self._revision, hold=hold, status=self._status()
            )
        )

    async def _sync(self) -> None:
        revision, began_s = self._revision, time.perf_counter()
        status, body = await self._held.post(SYNC, self._request(hold=True))
        if status != 200:
            await self._refused("sync", status, body)
            return
        answer = _answer(body)
        self._offset_ms = answer.answered_at_ms - time.time() * 1000
        if answer.revision == revision and not answer.commands:
            self._figures.note(self._figures.over_hold, began_s + answer.hold_s)
        else:
            self._figures.requests += self._figures.counting
        self._learn(answer)
        for command in answer.commands:
            await self._obey(command.id)

    async def _refused(self, what: str, status: int, body: bytes) -> None:
        self._figures.refused.append(f"{what}: {status} {body[:200]!r}")
        await asyncio.sleep(AGAIN_S)

    def _learn(self, answer: SyncAnswer) -> None:
        self._revision = answer.revision
        if answer.assignments is None or self._session is not None:
            return
        for session in answer.assignments.sessions:
            self._session = session
            task = asyncio.create_task(self._visit_of(session))
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)
            return

    async def _obey(self, command_id: str) -> None:
        if command_id in self._answered:
            return
        self._answered.add(command_id)
        committed_s = self._issued.get(command_id)
        if committed_s is not None and self._figures.counting:
            self._figures.commands.append(1000 * (time.perf_counter() - committed_s))
        await self._report(CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE))

    async def _visit_of(self, session: AssignedSession) -> None:
        """A whole visit: the grant, each state at once beside the held request and in the outbox, one usage record."""
        await asyncio.sleep(max(0.0, (session.start_at_ms - self._now_ms()) / 1000))
        with contextlib.suppress(LineLost):
            if not await self._open(session):
                return
            check_in = self._now_ms()
            for state in STATES:
                self._visit = state
                await self._report(VisitMoved(session_id=session.id, state=state))
                await self._tell()
                await asyncio.sleep(STEP_S)
            await self._report(UsageWritten(usage=self._usage(session, check_in)))
            self._visit = VisitState.NONE
            await self._tell()
            self._figures.visits += self._figures.counting

    def _now_ms(self) -> int:
        return int(time.time() * 1000 + self._offset_ms)

    async def _open(self, session: AssignedSession) -> bool:
        body = _encode(OpenRequest(protocol=PROTOCOL, boot_id=self._boot))
        async with self._sending:
            began_s = time.perf_counter()
            status, answer = await self._spare.post(f"/api/v1/terminal/sessions/{session.id}/open", body)
        if status != 200:
            await self._refused("open", status, answer)
            return False
        _grant(answer)
        self._figures.note(self._figures.opening, began_s)
        return True

    async def _tell(self) -> None:
        """A change of state goes at once."""
        async with self._sending:
            began_s = time.perf_counter()
            status, body = await self._spare.post(SYNC, self._request(hold=False))
        if status != 200:
            await self._refused("sync at once", status, body)
            return
        self._figures.note(self._figures.at_once, began_s)
        self._revision = _answer(body).revision

    async def _report(self, event: OutboxEvent) -> None:
        async with self._sending:
            self._seq += 1
            row = OutboxRow(seq=self._seq, at_ms=self._now_ms(), event=event)
            body = _encode(EventBatch(protocol=PROTOCOL, boot_id=self._boot, rows=(row,)))
            began_s = time.perf_counter()
            status, answer = await self._spare.post(EVENTS, body)
        if status != 200 or _events(answer).acknowledged_through != row.seq or _events(answer).set_aside:
            await self._refused("events", status, answer)
            return
        self._figures.note(self._figures.reports, began_s)
        self._figures.reported += self._figures.counting

    def _usage(self, session: AssignedSession, check_in_ms: int) -> UsageRecord:
        return UsageRecord(
            session_id=session.id,
            end_reason=EndReason.ENDED_BY_FAMILY,
            fault_party=FaultParty.NONE,
            planned_start_at_ms=session.start_at_ms,
            check_in_at_ms=check_in_ms,
            ended_at_ms=self._now_ms(),
            talk_promised_s=session.talk_s,
            talk_extended_s=0,
            talk_delivered_ms=int(STEP_S * 1000),
            interrupted_ms=0,
            interruptions=0,
            restarts=0,
        )
