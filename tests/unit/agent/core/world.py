"""A booth with everything around it, simulated: clocks, disk, central, page and family, and an account of talk time of its own."""

import itertools

import msgspec

from agent.core import events as ev
from agent.core.booth import Booth, decode, encode, lease_ms, new_booth, next_wake, step
from agent.core.effects import (
    AnswerCommand,
    ConfirmExtension,
    Effect,
    JoinSignalling,
    OpenSession,
    Reboot,
    Report,
    RestartAgent,
    StartCall,
    TellFamily,
)
from agent.core.state import Visit
from protocol.call import IceServer
from protocol.outcome import UsageRecord
from protocol.terminal import (
    AssignedSession,
    CallKind,
    CommandAnswered,
    Grant,
    OutboxEvent,
    TerminalSettings,
    UsageWritten,
    VisitMoved,
    VisitState,
)
from tests.unit.agent.core.account import Account

T0_MS = 1_800_000_000_000
SETTINGS = TerminalSettings(
    terminal_name="Bilik 3", facility_name="Rutan Uji", no_show_inmate_s=60, join_grace_s=40, credit_s=30, farewell_s=5
)
INMATE, FAMILY, SECRET, PIN = "Budi Rahasia", "Ibu Siti Rahasia", "turn-secret-word", "908172"
MEETING_LINK = "https://meet.example.org/secret-room-word"
GIVING = (OpenSession, JoinSignalling, StartCall, ConfirmExtension, RestartAgent, Reboot)


class World:
    """Drives `step` the way the supervisor does, and remembers what was committed."""

    def __init__(self) -> None:
        self.real_s = 0.0
        self.booted_s = -100.0
        self.skew_ms = 0
        self.has_map = False
        self.booth: Booth = new_booth()
        self.saved = encode(self.booth)
        self.saved_s = 0.0
        self.account = Account()
        self.saved_account = self.account
        self.broken = False
        self.owed: list[OutboxEvent] = []
        self.committed: list[OutboxEvent] = []
        self.answered: list[CommandAnswered] = []
        self.asked: list[OpenSession] = []
        self.call_id: str | None = None
        self.seen_here_s: float | None = None
        self.seen_there_s: float | None = None
        self.power_cuts = 0
        self.ids = itertools.count(1)
        self.granted: dict[str, Grant] = {}

    # ---- clocks ----

    def now(self) -> ev.Now:
        central_ms = T0_MS + round(self.real_s * 1000) + self.skew_ms
        return ev.Now(self.real_s - self.booted_s, central_ms if self.has_map else None)

    def real(self, boot_s: float) -> float:
        return boot_s + self.booted_s

    def central_ms(self) -> int:
        return T0_MS + round(self.real_s * 1000) + self.skew_ms

    # ---- one event ----

    def feed(self, kind: type[ev.Event], /, **fields: object) -> tuple[Effect, ...]:
        event = kind(now=self.now(), **fields)
        before = self.booth
        after, effects = step(before, event)
        gives = any(isinstance(effect, GIVING) for effect in effects)
        if self.broken and gives:
            return effects
        self.keep_account(event, before, after, effects)
        self.booth = after
        self.remember(effects)
        self.note(effects)
        return effects

    def remember(self, effects: tuple[Effect, ...]) -> None:
        reports = [effect.event for effect in effects if isinstance(effect, Report)]
        self.answered += [effect.answer for effect in effects if isinstance(effect, AnswerCommand)]
        if self.broken:
            self.owed += reports
            return
        if effects or self.real_s - self.saved_s >= 1.0:
            self.save()
        self.commit(reports)

    def save(self) -> None:
        self.saved, self.saved_s, self.saved_account = encode(self.booth), self.real_s, self.account

    def commit(self, reports: list[OutboxEvent]) -> None:
        self.committed += reports
        for report in reports:
            if isinstance(report, UsageWritten):
                self.feed(ev.UsageStored, session_id=report.usage.session_id)

    def note(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, OpenSession):
                self.asked.append(effect)
            if isinstance(effect, StartCall) and effect.call_id != self.call_id:
                self.call_id, self.seen_here_s, self.seen_there_s = effect.call_id, None, None
            if isinstance(effect, ConfirmExtension):
                self.feed(ev.ExtensionStored, command_id=effect.command_id)

    # ---- the account ----

    def keep_account(self, event: ev.Event, before: Booth, after: Booth, effects: tuple[Effect, ...]) -> None:
        if isinstance(event, ev.Started):
            self.account_for_crash(event)
        if self.account.since_s is not None:
            self.account_for_due(was_lost=self.lost_count(after) > self.lost_count(before))
        if before.visit is not None:
            self.account_for_sound(event, before.visit)
        self.account_for_grant(before, after)
        for effect in effects:
            if isinstance(effect, TellFamily) and effect.said.added_s:
                self.account = msgspec.structs.replace(
                    self.account,
                    added_s=self.account.added_s + effect.said.added_s,
                    end_by_s=self.account.end_by_s + effect.said.added_s,
                )
        talks = after.state is VisitState.TALKING
        if talks and self.account.since_s is None:
            self.account = msgspec.structs.replace(self.account, since_s=self.real_s)
        elif not talks and self.account.since_s is not None:
            ended = after.state is not VisitState.INTERRUPTED
            self.account = self.account.stopped(self.real_s if ended else min(self.real_s, self.account.heard_s))

    def account_for_crash(self, event: ev.Started) -> None:
        crashed, saved_s = self.saved_account, self.saved_s
        if crashed.since_s is not None:
            charge_s = min(self.real_s - saved_s, 2.0) if event.same_boot else 1.0
            crashed = crashed.stopped(saved_s + charge_s)
        self.account = crashed

    @staticmethod
    def lost_count(booth: Booth) -> int:
        return 0 if booth.visit is None else booth.visit.talk.interruptions

    def account_for_due(self, *, was_lost: bool) -> None:
        """What fell due since the last event: silence 2.1 s after the last packet heard, or an end.

        At the very instant rounding decides whether it is due already; there the core is followed.
        """
        account = self.account
        assert account.since_s is not None
        silent_s = account.heard_s + 2.1
        if abs(silent_s - self.real_s) < 1e-6:
            silent_s = self.real_s + (-1e-6 if was_lost else 1e-6)
        end_s = min(account.since_s + account.total_s - account.given_s, account.end_by_s)
        if silent_s <= self.real_s and silent_s < end_s:
            self.account = account.stopped(max(account.since_s, account.heard_s))
        elif end_s <= self.real_s:
            self.account = account.stopped(end_s)

    def account_for_sound(self, event: ev.Event, visit: Visit) -> None:
        if visit.is_meeting:
            self.account = self.account.of_meeting(event, visit.call_id)
        elif isinstance(event, ev.AudioReported) and event.call_id == visit.call_id:
            self.account_for_audio(event)

    def account_for_audio(self, event: ev.AudioReported) -> None:
        here_s, there_s = self.real_s - event.here_silent_s, self.real_s - event.there_silent_s
        self.seen_here_s = here_s if self.seen_here_s is None else max(here_s, self.seen_here_s)
        self.seen_there_s = there_s if self.seen_there_s is None else max(there_s, self.seen_there_s)
        heard_s = min(self.seen_here_s, self.seen_there_s)
        since_s = self.account.since_s
        self.account = msgspec.structs.replace(
            self.account, heard_s=heard_s if since_s is None else max(heard_s, since_s)
        )
        if since_s is None:
            self.account = msgspec.structs.replace(self.account, heard_s=heard_s)

    def account_for_grant(self, before: Booth, after: Booth) -> None:
        visit = after.visit
        if visit is None or not visit.opened or self.account.session_id == visit.session_id:
            return
        grant = self.granted[visit.session_id]
        end_by_ms = grant.start_at_ms + (SETTINGS.join_grace_s + grant.talk_s + SETTINGS.credit_s) * 1000
        if grant.closing_at_ms is not None:
            end_by_ms = min(end_by_ms, grant.closing_at_ms)
        end_by_s = self.real_s + (end_by_ms - self.central_ms()) / 1000
        self.account = Account(visit.session_id, grant.talk_s, 0, end_by_s)

    # ---- time passes ----

    def wait(self, seconds: float, *, talk: bool = False) -> None:
        """Live: ticks when the core wants them, reports of a working call every 0.5 s if `talk`."""
        until_s = self.real_s + seconds
        report_s = self.real_s
        while self.real_s < until_s:
            wake = next_wake(self.booth, self.now())
            wake_s = (
                until_s if wake is None else self.real(wake) + 1e-9
            )  # from one clock to the other rounding loses a little
            nexts = [until_s, wake_s, report_s] if talk else [until_s, wake_s]
            self.real_s = max(self.real_s, min(nexts))
            if talk and self.real_s >= report_s:
                report_s = self.real_s + 0.5
                self.hear(0.0203, 0.1007)
            else:
                self.feed(ev.Ticked)

    def hear(self, here_s: float, there_s: float) -> None:
        call_id = None if self.booth.visit is None else self.booth.visit.call_id
        self.feed(ev.AudioReported, call_id=call_id or "none", here_silent_s=here_s, there_silent_s=there_s)

    # ---- crashes and the disk ----

    def crash(self, *, same_boot: bool, down_s: float, enrolled: bool = True) -> None:
        self.real_s += down_s
        if not same_boot:
            self.booted_s = self.real_s - 7.0
            self.power_cuts += 1
        self.has_map, self.broken, self.owed, self.asked = False, False, [], []
        self.booth = decode(self.saved)
        self.feed(ev.Started, clean=False, same_boot=same_boot, enrolled=enrolled)

    def break_disk(self) -> None:
        self.broken = True
        self.feed(ev.JournalFailed, detail="No space left on device")

    def heal_disk(self) -> None:
        self.broken = False
        self.save()
        owed, self.owed = self.owed, []
        self.commit(owed)
        self.feed(ev.JournalHealed)

    # ---- central ----

    def assign(
        self, *, in_s: float, talk_s: int = 30, closing_in_s: float | None = None, kind: CallKind = CallKind.WEBRTC
    ) -> str:
        session_id = f"s{next(self.ids)}"
        start_ms = self.central_ms() + round(in_s * 1000)
        closing_ms = None if closing_in_s is None else self.central_ms() + round(closing_in_s * 1000)
        row = AssignedSession(
            id=session_id,
            number=f"{len(self.granted):03}",
            start_at_ms=start_ms,
            talk_s=talk_s,
            closing_at_ms=closing_ms,
            call_kind=kind.value,
        )
        self.granted[session_id] = Grant(
            session_id=session_id,
            number=row.number,
            start_at_ms=start_ms,
            talk_s=talk_s,
            closing_at_ms=closing_ms,
            inmate_name=INMATE,
            family_name=FAMILY,
            call_kind=kind,
            call_url=MEETING_LINK if kind is CallKind.WEB_PAGE else None,
            call_pages=(MEETING_LINK,),
            ice_servers=(IceServer(urls=("turn:t",), username="u", credential=SECRET),),
        )
        rows = (*self.booth.sessions, row)
        self.feed(ev.AssignmentsArrived, sessions=rows, settings=SETTINGS)
        return session_id

    def answer(self, *, why: str | None = None) -> None:
        for asked in self.asked[-1:]:
            if why is None:
                self.feed(ev.SessionGranted, grant=self.granted[asked.session_id])
            else:
                self.feed(ev.SessionRefused, session_id=asked.session_id, why=why, retry_s=1)

    # ---- what must be so ----

    def usage(self) -> list[UsageRecord]:
        return [event.usage for event in self.committed if isinstance(event, UsageWritten)]

    def reached(self) -> set[str]:
        return {event.session_id for event in self.committed if isinstance(event, VisitMoved)}

    def lease_ms(self) -> int | None:
        return lease_ms(self.booth, self.now())
