"""The one loop: event -> core -> what restricts -> journal -> what gives.

The core is stepped the moment an event is known, and what restricts is done in the same breath: a disk whose fsync takes
five seconds delays no end. Commits follow in order, one at a time, each taking along all steps that came while the one
before was under way. What gives waits for its own commit, and is forgotten if a later step has taken it back.

When a commit fails, the steps that gave are undone: the booth goes back to before the first of them, the steps after it
that gave nothing are taken again, and the core hears JournalFailed. Until a commit works again such steps are refused,
all others go on in memory, and what may not be lost (usage, answers) is kept for the commit that heals.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from agent.core.booth import Booth, encode, next_wake, step
from agent.core.effects import Effect, Report
from agent.core.events import (
    Event,
    FaultSeen,
    JournalFailed,
    JournalHealed,
    Now,
    PageChanged,
    Started,
    Ticked,
    UsageStored,
    WasEnrolled,
    WindowChanged,
    Woke,
)
from agent.ports import Change, Clock, Journal, JournalDamaged, JournalError
from agent.supervisor.steps import Step, change_of
from agent.supervisor.waiting import wait_either
from protocol.terminal import CommandAnswered, OutboxEvent, UsageWritten

log = logging.getLogger(__name__)

Make = Callable[[Now], Event]
FACTS = (Started, WasEnrolled, PageChanged, WindowChanged)
SET_ASIDE_CODE = "JRN-2"
CHECKPOINT_S = 1.0
RETRY_S = (1.0, 2.0, 4.0, 8.0, 15.0)
MIN_TICK_S = 0.02
SLEPT_S = 5.0


class Hands(Protocol):
    """Who carries out what the loop lets through."""

    def do(self, effect: Effect) -> None:
        """Carry it out, or begin to."""

    def look(self, before: Booth, after: Booth) -> None:
        """The booth is another one: derive anew what is shown and leased."""

    def stored(self, answers: tuple[CommandAnswered, ...], reports: tuple[OutboxEvent, ...]) -> None:
        """These are on the disk."""

    def refused(self, event: Event) -> None:
        """This event was dropped because the journal does not work."""


class Loop:
    """Owns the booth; everything else reads it from here."""

    def __init__(self, booth: Booth, clock: Clock, journal: Journal, hands: Hands) -> None:
        self.booth = booth
        self.clock = clock
        self.journal = journal
        self._hands = hands
        self._inbox: deque[Make] = deque()
        self._busy = False
        self._ran_s = clock.now().boot_s
        self._queue: list[Step] = []
        self._in_flight: list[Step] = []
        self._broken = False
        self._owed_events: list[OutboxEvent] = []
        self._owed_answers: list[CommandAnswered] = []
        self._owed_facts: list[Event] = []
        self._to_commit = asyncio.Event()
        self._to_checkpoint = asyncio.Event()
        self._deadline_moved = asyncio.Event()

    # ---- taking up events ----

    def feed(self, make: Make) -> None:
        """Take up an event now; `make` gets the moment of it. Order is kept, also for events fed by effects."""
        self._inbox.append(make)
        if not self._busy:
            self._take_all([])

    def _take_all(self, first: list[Event]) -> None:
        """Take these and then what is in the inbox, one at a time: what an effect feeds waits for its step to be over."""
        self._busy = True
        try:
            self._notice_sleep()
            for event in first:
                self._take(event)
            while self._inbox:
                self._take(self._inbox.popleft()(self.clock.now()))
        finally:
            self._busy = False

    def runs(self) -> None:
        """Said once a second: a gap means that this process did not run."""
        if not self._busy:
            self._take_all([])

    def _notice_sleep(self) -> None:
        now = self.clock.now()
        since_s, self._ran_s = self._ran_s, now.boot_s
        if now.boot_s - since_s > SLEPT_S:
            log.warning("slept", extra={"for_s": round(now.boot_s - since_s, 1)})
            self._take(Woke(now=now, since_s=since_s))

    def _take(self, event: Event) -> None:
        after, effects = step(self.booth, event)
        taken = Step(event=event, before=self.booth, after=after, effects=effects)
        if self._broken and taken.gives:
            self._refuse(taken)
            return
        self.booth = after
        for effect in taken.restricting:
            self._take_back(effect)
            self._hands.do(effect)
        self._remember(taken)
        if not taken.gives:
            self._hands.look(taken.before, after)
        self._deadline_moved.set()

    def _take_back(self, restriction: Effect) -> None:
        for waiting in (*self._in_flight, *self._queue):
            waiting.withdraw(restriction)

    def _remember(self, taken: Step) -> None:
        if self._broken:
            self._owe(taken)
        elif taken.wants_commit or self._queue or self._in_flight:
            self._queue.append(taken)
            self._to_commit.set()
        elif taken.after != taken.before:
            self._to_checkpoint.set()

    def _owe(self, taken: Step) -> None:
        self._owed_events += [
            one for one in taken.reports if not isinstance(one, UsageWritten)
        ]  # the core says it again
        self._owed_answers += taken.answers
        for effect in taken.later:
            self._hands.do(effect)

    def _refuse(self, taken: Step) -> None:
        log.warning("step_refused", extra={"event": type(taken.event).__name__, "why": "the journal cannot be written"})
        if isinstance(taken.event, FACTS):
            self._owed_facts.append(taken.event)
        self._hands.refused(taken.event)

    def report(self, event: OutboxEvent) -> None:
        """Put something into the outbox that no step asked for."""
        ticked = Ticked(now=self.clock.now())
        self._remember(Step(event=ticked, before=self.booth, after=self.booth, effects=(Report(event=event),)))

    def prove(self) -> None:
        """Commit now although nothing asks for it: whether the journal can be written must be known before anybody needs it."""
        ticked = Ticked(now=self.clock.now())
        self._queue.append(Step(event=ticked, before=self.booth, after=self.booth, effects=()))
        self._to_commit.set()

    # ---- remembering ----

    @property
    def takes_events(self) -> bool:
        """Whether an event would be taken up now; anybody outside a step who sees it false sees a loop that is stuck."""
        return not (self._busy or self._inbox)

    @property
    def is_settled(self) -> bool:
        """Whether everything that may not be lost is on the disk."""
        return not (self._queue or self._in_flight or self._owed_events or self._owed_answers)

    async def keep(self) -> None:
        """Commit steps in order, for ever."""
        while True:
            await self._to_commit.wait()
            self._to_commit.clear()
            while self._queue:
                await self._commit_queue()

    async def _commit_queue(self) -> None:
        batch, self._queue = self._queue, []
        self._in_flight = batch
        try:
            await self.journal.commit(change_of(batch))
        except JournalError as error:
            self._in_flight = []
            self._fall_back([*batch, *self._queue], str(error))
            await self._heal()
            if isinstance(error, JournalDamaged):
                self.feed(_set_aside(str(error)))
        else:
            self._in_flight = []
            self._release(batch)

    def _release(self, batch: list[Step]) -> None:
        for stored in batch:
            self._hands.stored(stored.answers, stored.reports)
            if stored.gives:
                self._hands.look(stored.before, self.booth)
            for effect in stored.later:
                self._hands.do(effect)
            self._tell_stored(stored.reports)

    def _tell_stored(self, reports: tuple[OutboxEvent, ...]) -> None:
        for report in reports:
            if isinstance(report, UsageWritten):
                self.feed(_usage_stored(report.usage.session_id))

    def _fall_back(self, steps: list[Step], detail: str) -> None:
        log.error("journal_failed", extra={"detail": detail})
        self._broken = self._busy = True  # what effects feed from here on waits for the steps that are taken again
        self._queue = []
        first = next((at for at, one in enumerate(steps) if one.gives), len(steps))
        for kept in steps[:first]:
            self._owe(kept)
        if first < len(steps):
            self.booth = steps[first].before
        for one in (dropped for dropped in steps[first:] if dropped.gives):
            self._refuse(one)
        self._take_all([one.event for one in steps[first:] if not one.gives])
        self.feed(lambda now: JournalFailed(now=now, detail=detail))
        self._hands.look(steps[0].before, self.booth)

    async def _heal(self) -> None:
        tries = 0
        while not await self._try_again():
            await self.clock.wait_until(self.clock.now().boot_s + RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1
        log.info("journal_healed")
        facts, self._owed_facts = self._owed_facts, []
        self._broken = False
        self.feed(lambda now: JournalHealed(now=now))
        for fact in facts:
            self.feed(_anew(fact))

    async def _try_again(self) -> bool:
        """Write the booth and all that is owed; whether it worked and nothing was added meanwhile."""
        events, answers = tuple(self._owed_events), tuple(self._owed_answers)
        change = Change(booth=encode(self.booth), at_ms=self.clock.now().central_ms, events=events, done=answers)
        try:
            await self.journal.commit(change)
        except JournalError:
            return False
        del self._owed_events[: len(events)], self._owed_answers[: len(answers)]
        self._hands.stored(answers, events)
        self._tell_stored(events)
        return not (self._owed_events or self._owed_answers)

    def encoded(self) -> bytes:
        """The booth as the journal keeps it."""
        return encode(self.booth)

    # ---- by the clock ----

    async def tick(self) -> None:
        """Feed Ticked whenever the core wants it, for ever."""
        earliest = 0.0
        while True:
            wake = next_wake(self.booth, self.clock.now())
            if await wait_either(self.clock, None if wake is None else max(wake, earliest), self._deadline_moved):
                continue
            self.feed(lambda now: Ticked(now=now))
            earliest = self.clock.now().boot_s + MIN_TICK_S

    async def checkpoint(self) -> None:
        """Store what changed without a commit, at most once a second, for ever; a commit under way has it anyway."""
        while True:
            await self._to_checkpoint.wait()
            self._to_checkpoint.clear()
            if not (self._queue or self._in_flight or self._broken):
                self.journal.checkpoint(encode(self.booth))
            await self.clock.wait_until(self.clock.now().boot_s + CHECKPOINT_S)


def _set_aside(detail: str) -> Make:
    return lambda now: FaultSeen(now=now, code=SET_ASIDE_CODE, raised=True, detail=detail)


def _usage_stored(session_id: str) -> Make:
    return lambda now: UsageStored(now=now, session_id=session_id)


def _anew(fact: Event) -> Make:
    return lambda now: msgspec.structs.replace(fact, now=now)
