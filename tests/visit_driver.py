"""One visit with everything in it, brought to its end however often the agent dies on the way.

What people, page, family and central do is derived from what the agent shows, so that the same driver goes on after any crash:
the family's line breaks once, an officer adds time once and ends the call later.
"""

import copy
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from agent.adapters.journal import SqliteJournal
from agent.core.talk_clock import TalkClock
from protocol.call import Peer
from protocol.outcome import EndReason
from protocol.page import RulesAccepted, Start
from protocol.terminal import Command, CommandAnswered, VisitState
from tests.agent_rig import Rig
from tests.fake_central import FakeCentral
from tests.fakes import FakeClock, FakePage, FakeShell

TALK_S = 20
ADDED_S = 10
CUT_AT_S, CUT_FOR_S = 5.0, 3.0
EXTEND_AT_S = 12.0
END_AT_S = 24.0
STEP_S = 0.25
PAGE_BACK_S = 1.0
LIMIT_S = 400.0

Result = TypeVar("Result")


class InlineThread:
    """A write thread that does at once what it is given, so that fake time stands still while the disk works."""

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, call: Callable[[], Result]) -> "Future[Result]":
        """Run it now."""
        future: Future[Result] = Future()
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - handed over, as the thread does
            future.set_exception(error)
        return future

    def stop(self) -> None:
        """Nothing is queued."""


class VisitDriver:
    """The world around one rig; `deaths` counts how often the agent died, `beyond_s` what they may have given too much."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.beyond_s = 0.0
        self.was_cut = self.was_extended = self.was_ended = False
        self._cut_until_s: float | None = None
        self._page_at_s: float | None = 0.0
        self._peer_of: object = None
        self._answered: object = None

    # ---- what the agent remembers ----

    @property
    def talk(self) -> TalkClock | None:
        """The talk clock of the visit at hand."""
        supervisor = getattr(self.rig, "supervisor", None)
        visit = None if supervisor is None else supervisor.loop.booth.visit
        return None if visit is None else visit.talk

    @property
    def given_s(self) -> float:
        """Talk time given so far, as this agent counts it."""
        return 0.0 if self.talk is None else self.talk.delivered_s(self.rig.clock.boot_s)

    # ---- the run ----

    async def die(self, back_in_s: float = 0.3) -> None:
        """The agent is killed; the page loses its connection."""
        given_s = self.given_s
        await self.rig.crash()
        await self.rig.clock.advance(back_in_s)
        await self.live_again(given_s)

    async def live_again(self, given_s: float) -> None:
        """A new agent on what is left; what it forgot of the talk that was given counts as beyond the promise."""
        had_visit = given_s > 0
        await self.rig.start()
        if had_visit and self.talk is not None:
            self.beyond_s += max(0.0, given_s - self.given_s)
        self.rig.is_connected = False
        self._page_at_s = self.rig.clock.boot_s + PAGE_BACK_S

    async def to_the_end(self) -> None:
        """Until the visit is over and central has everything."""
        until_s = self.rig.clock.boot_s + LIMIT_S
        while not await self.is_over():
            assert self.rig.clock.boot_s < until_s, f"the visit does not end: {self.rig.state}"
            await self.step()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Until this is so, which is looked for after every moment in which something happens."""
        until_s = self.rig.clock.boot_s + LIMIT_S
        while not is_so():
            assert self.rig.clock.boot_s < until_s, f"it never comes to that: {self.rig.state}"
            await self.step(0.02)

    async def is_over(self) -> bool:
        """Whether central has the record and nothing waits."""
        if not self.rig.central.usage() or self.rig.state is not VisitState.NONE:
            return False
        return await self.rig.journal.oldest(1) is None and not self.rig.central.commands

    async def step(self, for_s: float = STEP_S) -> None:
        """Everybody does what is due, and a little time passes."""
        if self.rig.page.is_there:
            self._act()
        await self._bring_page()
        await self.rig.clock.advance(for_s)

    async def _bring_page(self) -> None:
        if self._page_at_s is not None and self.rig.clock.boot_s >= self._page_at_s:
            self._page_at_s = None
            await self.rig.show_window()

    def _act(self) -> None:
        match self.rig.state:
            case VisitState.CHECK_IN:
                self.rig.page.say(Start())
            case VisitState.RULES:
                self.rig.page.say(RulesAccepted())
            case VisitState.WAITING | VisitState.INTERRUPTED:
                self._connect()
            case VisitState.TALKING:
                self._talk()
            case VisitState.FAREWELL:
                self._farewell()
            case _:
                pass

    def _connect(self) -> None:
        sockets = self.rig.central.sockets.get("s1", [])
        if sockets and sockets[-1] is not self._peer_of:
            self._peer_of = sockets[-1]
            sockets[-1].hear(Peer(present=True, ready=True, admitted=True))
        is_cut = self._cut_until_s is not None and self.rig.clock.boot_s < self._cut_until_s
        self.rig.is_connected = self.rig.call_id is not None and not is_cut

    def _talk(self) -> None:
        if not self.was_cut and self.given_s >= CUT_AT_S:
            self.was_cut = True
            self._cut_until_s = self.rig.clock.boot_s + CUT_FOR_S
            self.rig.is_connected = False
        if not self.was_extended and self.given_s >= EXTEND_AT_S:
            self.was_extended = True
            self._give("c-extend", kind="extend", add_s=ADDED_S)
        if not self.was_ended and self.given_s >= END_AT_S:
            self.was_ended = True
            self._give("c-end", kind="end", reason="ended_by_officer")

    def _give(self, command_id: str, *, kind: str, add_s: int | None = None, reason: str | None = None) -> None:
        expires = self.rig.central.now_ms() + 60_000
        self.rig.central.give(
            Command(id=command_id, kind=kind, session_id="s1", add_s=add_s, reason=reason, expires_at_ms=expires)
        )

    def _farewell(self) -> None:
        self.rig.is_connected = False
        if self._answered is not self.rig.supervisor:
            self._answered = self.rig.supervisor
            self.rig.answer_close()

    # ---- what must hold at the end ----

    def check(self, *, power_cuts: int = 0, record_rows: int = 1) -> None:
        """One record (`record_rows`: as often as it may come), nothing given beyond the promise, commands done once, in order."""
        central = self.rig.central
        assert len(central.usage()) <= record_rows
        usage = {event.usage for event in central.usage()}
        assert len(usage) == 1, usage
        [record] = usage
        total_s = record.talk_promised_s + record.talk_extended_s
        assert record.talk_delivered_ms <= total_s * 1000
        assert record.talk_extended_s == ADDED_S
        assert record.end_reason in (EndReason.ENDED_BY_OFFICER, EndReason.COMPLETED), record
        assert self.beyond_s <= 1.05 * power_cuts + 0.001, self.beyond_s
        assert record.talk_delivered_ms / 1000 + self.beyond_s <= total_s + power_cuts + 0.001
        answers = [event for event in central.events.values() if isinstance(event, CommandAnswered)]
        assert {answer.command_id for answer in answers} >= {"c-extend"}
        boots: dict[str, list[int]] = {}
        for boot_id, seq in central.events:
            boots.setdefault(boot_id, []).append(seq)
        assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in boots.values()), boots


class DiskRig(Rig):
    """A rig whose journal is SQLite's in its state directory."""

    def __init__(self, state_dir: Path, boot_id: str = "boot-1") -> None:
        super().__init__(state_dir)
        self.clock = FakeClock(boot_id=boot_id)
        self.central = FakeCentral(self.clock)
        self.journal: SqliteJournal = SqliteJournal(state_dir / "journal.sqlite3", boot_id=boot_id)  # type: ignore[assignment]  # the real one in the fake's place

    async def crash(self) -> None:
        """As kill -9."""
        await self._end(self._run)
        self.page.is_there = self.shell.is_there = False
        self.journal.abandon()

    async def close(self) -> None:
        """End whatever still runs."""
        await super().close()
        self.journal.abandon()


def same_central(central: FakeCentral, clock: FakeClock, away_s: float) -> FakeCentral:
    """What central is after so many seconds without this terminal, whose clock has begun anew."""
    after = FakeCentral(clock, start_ms=central.now_ms() + round(away_s * 1000))
    after.settings, after.sessions, after.revision = central.settings, central.sessions, central.revision
    after.grants, after.commands = dict(central.grants), dict(central.commands)
    after.events = copy.copy(central.events)
    return after


def new_hardware(rig: Rig) -> None:
    """Page and shell of a PC that was switched on."""
    rig.page, rig.shell = FakePage(), FakeShell()
    rig.is_connected = False
