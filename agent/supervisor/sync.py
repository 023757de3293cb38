"""The regular request to central: the status up, the clock, the schedule and commands down."""

import asyncio
import logging
from collections.abc import Callable

from agent.core.booth import Booth, status_for
from agent.core.events import AssignmentsArrived, CentralLost, CentralReached, CommandArrived, FaultSeen, TokenRefused
from agent.ports import Central, CentralError, Clock, CutOff, Nonsense, SyncReply, Unauthorised, Untrusted
from agent.supervisor.back_off import BackOff
from agent.supervisor.done_table import DoneTable
from agent.supervisor.loop import Make
from agent.supervisor.waiting import wait_either
from protocol import PROTOCOL_VERSION
from protocol.terminal import Command, SyncRequest, TerminalStatus

log = logging.getLogger(__name__)

LEAST_GAP_S = 0.2
LEAST_HELD_S = 0.05
QUICK_ANSWER_S = 1.0
CUT_AFTER_S = 0.5
"""A held request that is cut after that is no news of central: proxies close what is silent. The next one, not held, tells."""
TOKEN_GRACE_S = 45.0
SEEN_BY_CENTRAL = ("KLN-1",)


class Sync:
    """Keeps one held request open, and sends a change of state beside it at once."""

    def __init__(
        self,
        *,
        central: Central,
        clock: Clock,
        feed: Callable[[Make], None],
        status: Callable[[], TerminalStatus],
        done: DoneTable,
    ) -> None:
        self.reached = asyncio.Event()
        self.hurry = asyncio.Event()
        self._central = central
        self._clock = clock
        self._feed = feed
        self._status = status
        self._done = done
        self._revision = 0
        self._changed = asyncio.Event()
        self._told: tuple[object, ...] | None = None
        self._back_off = BackOff()
        self._lost_code: str | None = None
        self._refused_since_s: float | None = None
        self._seen_by_central: tuple[str, ...] | None = None
        self.told_time_s: float | None = None

    def look(self, booth: Booth) -> None:
        """Send the status at once if something staff look at has changed."""
        told = _what_staff_see(status_for(booth, self._clock.now()))
        if told != self._told:
            self._told = told
            self._changed.set()

    async def keep_one_held(self) -> None:
        """One request after the other, for ever; the first is not held, so that the time is known at once."""
        hold = False
        while True:
            began_s = self._clock.now().boot_s
            try:
                is_news = await self._ask(hold=hold)
            except CentralError as error:
                held_s = self._clock.now().boot_s - began_s
                was_cut = hold and isinstance(error, CutOff) and held_s >= CUT_AFTER_S
                await self._clock.wait_until(self._clock.now().boot_s + (0.0 if was_cut else self._failed(error)))
                hold = False
            else:
                self._worked()
                if hold and not is_news:
                    await wait_either(self._clock, began_s + QUICK_ANSWER_S, self.hurry)
                await self._clock.wait_until(began_s + LEAST_HELD_S)
                hold = True

    async def tell_changes(self) -> None:
        """A second request, not held, whenever the status has changed; at most five a second."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._lost_code is None:
                try:
                    await self._ask(hold=False)
                except CentralError as error:
                    log.debug("status_not_sent", extra={"why": str(error)})
            await self._clock.wait_until(self._clock.now().boot_s + LEAST_GAP_S)

    async def _ask(self, *, hold: bool) -> bool:
        """One request; whether the answer had anything new."""
        reply = await self._central.sync(
            SyncRequest(
                protocol=PROTOCOL_VERSION,
                boot_id=self._clock.boot_id,
                revision=self._revision,
                hold=hold,
                status=self._status(),
            )
        )
        self._take_time(reply)
        self._feed(lambda now: CentralReached(now=now))
        self._take_faults(reply.answer.faults)
        return self._take_schedule(reply) | self._take_commands(reply.answer.commands)

    async def try_now(self) -> float:
        """One request beside the held one, for a technician: how many seconds it took; raises CentralError."""
        began_s = self._clock.now().boot_s
        await self._ask(hold=False)
        return self._clock.now().boot_s - began_s

    def _take_time(self, reply: SyncReply) -> None:
        answer = reply.answer
        self.told_time_s = reply.got_boot_s
        self._clock.add_stamps(
            sent_boot_s=reply.sent_boot_s,
            received_at_ms=answer.received_at_ms,
            answered_at_ms=answer.answered_at_ms,
            got_boot_s=reply.got_boot_s,
        )

    def _take_schedule(self, reply: SyncReply) -> bool:
        assignments = reply.answer.assignments
        if assignments is None:
            return False
        self._feed(
            lambda now: AssignmentsArrived(now=now, sessions=assignments.sessions, settings=assignments.settings)
        )
        self._revision = reply.answer.revision
        log.info("schedule_arrived", extra={"revision": self._revision, "sessions": len(assignments.sessions)})
        return True

    def _take_faults(self, faults: tuple[str, ...]) -> None:
        """What central alone can see is wrong with this booth."""
        if faults != self._seen_by_central:
            self._seen_by_central = faults
            for code in SEEN_BY_CENTRAL:
                self._feed(_fault_seen(code, raised=code in faults))

    def _take_commands(self, commands: tuple[Command, ...]) -> bool:
        fresh = [command for command in commands if self._done.is_new(command.id, self._clock.now().boot_s)]
        for command in fresh:
            log.info("command_arrived", extra={"command": command.id, "kind": command.kind})
            self._feed(_command_arrived(command))
        return bool(fresh)

    def _worked(self) -> None:
        if self._lost_code is not None:
            log.info("central_reached")
            self.reached.set()
        self._lost_code = None
        self._refused_since_s = None
        self._back_off.reset()

    def _failed(self, error: CentralError) -> float:
        """Tell it once when it begins; returns how long to wait."""
        code = _fault_of(error)
        if code != self._lost_code:
            log.warning("central_lost", extra={"code": code, "why": str(error)})
            self._lost_code = code
            self._feed(lambda now: CentralLost(now=now, code=code))
        self._count_refusals(error)
        return self._back_off.next_s(error.retry_after_s)

    def _count_refusals(self, error: CentralError) -> None:
        now_s = self._clock.now().boot_s
        if not isinstance(error, Unauthorised):
            return
        if self._refused_since_s is None:
            self._refused_since_s = now_s
        elif now_s - self._refused_since_s >= TOKEN_GRACE_S:
            log.error("token_refused", extra={"since_s": round(now_s - self._refused_since_s)})
            self._feed(lambda now: TokenRefused(now=now))


def _fault_of(error: CentralError) -> str:
    if isinstance(error, Untrusted):
        return "JAR-3"
    return "JAR-2" if isinstance(error, Nonsense) else "JAR-1"


def _fault_seen(code: str, *, raised: bool) -> Make:
    return lambda now: FaultSeen(now=now, code=code, raised=raised)


def _command_arrived(command: Command) -> Make:
    return lambda now: CommandArrived(now=now, command=command)


def _what_staff_see(status: TerminalStatus) -> tuple[object, ...]:
    return (
        status.mode,
        status.visit,
        status.session_id,
        status.faults,
        status.family_present,
        status.window_up,
        status.shell_up,
        status.talk_running,
        status.volume_percent,
    )
