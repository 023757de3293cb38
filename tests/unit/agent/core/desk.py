"""A booth at hand for the tests of single rules: feeds events, lets time pass, walks a visit to a state."""

import msgspec

from agent.core import events as ev
from agent.core.booth import Booth, decode, encode, family_clock_for, lease_ms, new_booth, next_wake, screen_for, step
from agent.core.effects import AnswerCommand, ConfirmExtension, Effect, Notify, Report
from agent.core.state import Visit
from protocol.call import Clock
from protocol.outcome import UsageRecord
from protocol.page import Notice, Screen
from protocol.terminal import (
    AssignedSession,
    CallKind,
    Command,
    CommandAnswered,
    Grant,
    OutboxEvent,
    TerminalSettings,
    UsageWritten,
    VisitState,
)

T0_MS = 1_800_000_000_000
SETTINGS = TerminalSettings(terminal_name="Bilik 3", facility_name="Rutan Uji")
SESSION = AssignedSession(id="s1", number="012", start_at_ms=T0_MS + 200_000, talk_s=600)
"""Planned for second 200 of the boot clock, so called at second 140."""

MEETING_URL = "https://meet.example.org/room"
COURSE = (VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING)


def grant_for(row: AssignedSession) -> Grant:
    return Grant(
        session_id=row.id,
        number=row.number,
        start_at_ms=row.start_at_ms,
        talk_s=row.talk_s,
        closing_at_ms=row.closing_at_ms,
        inmate_name="Budi S.",
        family_name="Ibu Siti",
        call_kind=CallKind(row.call_kind),
        call_url=MEETING_URL if row.call_kind == CallKind.WEB_PAGE else None,
        call_pages=(MEETING_URL,),
    )


class Desk:
    """`at` is the boot second; central's time is T0 at boot second 0 while `has_map`."""

    def __init__(self, settings: TerminalSettings = SETTINGS, row: AssignedSession = SESSION) -> None:
        self.at = 100.0
        self.has_map = True
        self.skew_ms = 0
        self.settings = settings
        self.row = row
        self.booth: Booth = new_booth()
        self.effects: list[Effect] = []

    @property
    def now(self) -> ev.Now:
        return ev.Now(self.at, T0_MS + round(self.at * 1000) + self.skew_ms if self.has_map else None)

    @property
    def visit(self) -> Visit:
        assert self.booth.visit is not None
        return self.booth.visit

    @property
    def screen(self) -> Screen:
        return screen_for(self.booth, self.now)

    @property
    def lease(self) -> int | None:
        return lease_ms(self.booth, self.now)

    @property
    def wake(self) -> float | None:
        return next_wake(self.booth, self.now)

    @property
    def family_clock(self) -> Clock | None:
        return family_clock_for(self.booth, self.now)

    # ---- driving ----

    def feed(self, event_kind: type[ev.Event], /, **fields: object) -> list[Effect]:
        self.booth, effects = step(self.booth, event_kind(now=self.now, **fields))
        self.effects += effects
        return list(effects)

    def tick(self, seconds: float = 0.0) -> list[Effect]:
        self.at += seconds
        return self.feed(ev.Ticked)

    def talk(self, seconds: float) -> list[Effect]:
        """Both ends hear each other for so long, a report every 0.5 s."""
        effects: list[Effect] = []
        until = self.at + seconds
        while self.at < until - 1e-9:
            self.at = min(until, self.at + 0.5)
            effects += self.hear()
        return effects

    def hear(self, here_s: float = 0.0, there_s: float = 0.0) -> list[Effect]:
        call_id = "none" if self.booth.visit is None else self.booth.visit.call_id or "none"
        return self.feed(ev.AudioReported, call_id=call_id, here_silent_s=here_s, there_silent_s=there_s)

    def command(self, kind: str, session_id: str | None = None, **fields: object) -> CommandAnswered:
        expires_at_ms = T0_MS + round(self.at * 1000) + 30_000
        command = Command(id="c1", kind=kind, expires_at_ms=expires_at_ms, session_id=session_id)
        effects = self.feed(ev.CommandArrived, command=msgspec.structs.replace(command, **fields))
        for stored in [effect for effect in effects if isinstance(effect, ConfirmExtension)]:
            effects += self.feed(ev.ExtensionStored, command_id=stored.command_id)
        (answer,) = [effect.answer for effect in effects if isinstance(effect, AnswerCommand)]
        return answer

    def crash(self, down_s: float = 0.0, *, same_boot: bool = True, has_map: bool = True) -> list[Effect]:
        self.booth = decode(encode(self.booth))
        self.at += down_s
        self.has_map = has_map
        return self.feed(ev.Started, clean=False, same_boot=same_boot, enrolled=True)

    # ---- getting somewhere ----

    def open(self) -> "Desk":
        """Enrolled, online, page up, one session assigned."""
        self.feed(ev.Started, clean=True, same_boot=False, enrolled=True)
        self.feed(ev.CentralReached)
        self.feed(ev.PageChanged, up=True)
        self.feed(ev.AssignmentsArrived, sessions=(self.row,), settings=self.settings)
        return self

    def to(self, state: VisitState) -> "Desk":
        """Walk from nothing to this state; TALKING begins when the family is admitted, at second 140."""
        self.open()
        if state is VisitState.NONE:
            return self
        self.at = max(self.at, 140.0)
        self.tick()
        for walked in COURSE[1:]:
            if self.booth.state is state:
                return self
            self.walk_to(walked)
        if state is VisitState.INTERRUPTED:
            self.tick(3.0)
        if state is VisitState.FAREWELL:
            self.feed(ev.InmateEnded)
        assert self.booth.state is state
        return self

    def walk_to(self, state: VisitState) -> None:
        if state is VisitState.RULES:
            self.feed(ev.StartPressed)
            self.feed(ev.SessionGranted, grant=grant_for(self.row))
        elif state is VisitState.WAITING:
            self.feed(ev.RulesWereAccepted)
            if self.row.call_kind == CallKind.WEB_PAGE:
                return
            self.feed(ev.SignallingChanged, session_id=self.row.id, up=True)
        elif self.row.call_kind == CallKind.WEB_PAGE:
            self.loaded()
        else:
            self.family(present=True, ready=True, admitted=True)
            self.hear()

    def loaded(self) -> list[Effect]:
        return self.feed(ev.MeetingLoaded, call_id=self.visit.call_id or "none")

    def lost(self, why: str) -> list[Effect]:
        return self.feed(ev.MeetingLost, call_id=self.visit.call_id or "none", why=why)

    def family(self, *, present: bool, ready: bool, admitted: bool) -> list[Effect]:
        return self.feed(ev.FamilyChanged, session_id=self.row.id, present=present, ready=ready, admitted=admitted)

    # ---- looking ----

    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.effects]

    def usage(self) -> list[UsageRecord]:
        return [event.usage for event in reports(self.effects) if isinstance(event, UsageWritten)]


def reports(effects: list[Effect]) -> list[OutboxEvent]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def notices(effects: list[Effect]) -> list[Notice]:
    return [effect.notice for effect in effects if isinstance(effect, Notify)]
