"""From the schedule to the rules: calling a number, asking central for the grant, and what it answers."""

from agent.core import policy
from agent.core.assignments import are_times_sound
from agent.core.effects import JoinSignalling, OpenSession
from agent.core.ending import end
from agent.core.events import (
    Now,
    PinEntered,
    RulesWereAccepted,
    SessionGranted,
    SessionRefused,
    StartPressed,
    WentBack,
)
from agent.core.meeting import has_sound_target
from agent.core.state import Anchor, Booth, Visit
from agent.core.talk_clock import TalkClock
from agent.core.turn import Turn
from agent.core.visit import OPENED, VisitSign, begin, move
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import AssignedSession, CallKind, CheckInMethod, Grant, Mode, VisitState

NOT_HERE = {
    "moved": EndReason.MOVED,
    "open_elsewhere": EndReason.MOVED,
    "cancelled": EndReason.CANCELLED,
}
"""Refusals that end the visit, and how."""


def upcoming(booth: Booth, now_ms: int) -> tuple[AssignedSession, ...]:
    """Sessions that may still be called, the earliest first; one whose no-show time has passed is left to central."""
    last_start_ms = now_ms - booth.settings.no_show_inmate_s * 1000
    return tuple(
        row
        for row in booth.sessions
        if row.id not in booth.finished
        and row.start_at_ms >= last_start_ms
        and (row.closing_at_ms is None or row.closing_at_ms > now_ms)
    )


def can_call(booth: Booth) -> bool:
    """Is the booth free to call a number?"""
    return booth.visit is None and booth.page_up and booth.mode is Mode.IN_SERVICE and not booth.token_refused


def calls_at_s(booth: Booth, now: Now) -> float | None:
    """When the next number will be called, in boot seconds; null when none will be."""
    if now.central_ms is None or not can_call(booth):
        return None
    rows = upcoming(booth, now.central_ms)
    if not rows:
        return None
    opens_at_ms = rows[0].start_at_ms - booth.settings.check_in_early_s * 1000
    return now.boot_s + max(0, opens_at_ms - now.central_ms) / 1000


def call_next(turn: Turn) -> None:
    """Idle to CHECK_IN when the window of the earliest session has begun."""
    calls_s = calls_at_s(turn.booth, turn.now)
    if calls_s is None or calls_s > turn.now.boot_s:
        return
    now_ms = turn.central_ms()
    row = upcoming(turn.booth, now_ms)[0]
    unreported = tuple(pending for pending in turn.booth.pending if not pending.reported)
    turn.change(pending=unreported, anchor=Anchor(turn.now.boot_s, now_ms))
    begin(
        turn,
        Visit(
            session_id=row.id,
            number=row.number,
            planned_start_at_ms=row.start_at_ms,
            closing_at_ms=row.closing_at_ms,
            call_kind=CallKind(row.call_kind),
            state=VisitState.CHECK_IN,
            check_in_at_ms=now_ms,
            check_in_s=turn.now.boot_s,
            talk=TalkClock(promised_s=row.talk_s),
            warned_to_s=row.talk_s,
        ),
    )


def follow_schedule(turn: Turn, listed: frozenset[str]) -> None:
    """A called session that was given another time or number before anybody opened it follows its row.

    Of one that central does not list any more, central is asked what became of it: nobody is to be called to a booth in vain.
    """
    visit = turn.booth.visit
    if visit is None or visit.state is not VisitState.CHECK_IN or visit.opened:
        return
    if visit.session_id not in listed and can_ask(turn):
        ask(turn, again=True)
    for row in turn.booth.sessions:
        if row.id == visit.session_id:
            turn.change_visit(
                number=row.number,
                planned_start_at_ms=row.start_at_ms,
                closing_at_ms=row.closing_at_ms,
                call_kind=CallKind(row.call_kind),
                talk=TalkClock(promised_s=row.talk_s),
                warned_to_s=row.talk_s,
            )


# ---- asking -------------------------------------------------------------------------------------------------------


def ask(turn: Turn, pin: str | None = None, *, again: bool = False) -> None:
    """Ask central for the grant; `again` where central may have opened this session for us already, or has it no more."""
    visit = turn.visit
    again = again or visit.opened or visit.maybe_open
    turn.change_visit(asking_since_s=turn.now.boot_s, ask_again_s=None, refused=None)
    turn.do(OpenSession(session_id=visit.session_id, pin=pin, again=again))


def can_ask(turn: Turn) -> bool:
    """A called session may be opened: nothing under way, no wait imposed, the booth in service."""
    visit = turn.visit
    waits = visit.ask_again_s is not None and turn.now.boot_s < visit.ask_again_s
    return visit.asking_since_s is None and not waits and turn.booth.mode is Mode.IN_SERVICE


def on_start_pressed(turn: Turn, _: StartPressed) -> None:
    """The large button, where it is the method."""
    if turn.booth.settings.check_in is CheckInMethod.NONE and can_ask(turn):
        ask(turn)


def on_pin(turn: Turn, event: PinEntered) -> None:
    """The PIN, where it is the method; it goes to central and nowhere else."""
    if turn.booth.settings.check_in is CheckInMethod.PIN and can_ask(turn):
        ask(turn, pin=event.pin)


def needs_grant(booth: Booth, now: Now) -> bool:
    """After a restart: an opened session without its names and tokens, and nothing in the way of asking."""
    visit = booth.visit
    if visit is None or visit.state not in OPENED or visit.grant is not None:
        return False
    if visit.asking_since_s is not None or now.central_ms is None or booth.journal_trouble is not None:
        return False
    return visit.ask_again_s is None or visit.ask_again_s <= now.boot_s


# ---- what central answers -----------------------------------------------------------------------------------------


def on_granted(turn: Turn, event: SessionGranted) -> None:
    """To the rules; or, after a restart, back to where the visit was. A grant nobody waits for any more is dropped."""
    visit = turn.visit
    if event.grant.session_id != visit.session_id or visit.asking_since_s is None:
        return
    if not is_grant_sound(event.grant):
        refuse(turn, "not_now", policy.ASK_AGAIN_S)
        return
    turn.change_visit(grant=event.grant, asking_since_s=None, maybe_open=False, refused=None, ask_again_s=None)
    if not visit.opened:
        fix_promise(turn, event.grant)
    if visit.state is VisitState.CHECK_IN:
        move(turn, VisitSign.GRANTED)
    elif visit.state is not VisitState.RULES:
        join(turn)
    if visit.state is not VisitState.INTERRUPTED:
        turn.change_visit(resuming=False)


def is_grant_sound(grant: Grant) -> bool:
    """Times within bounds, and for a meeting's page a link that may be opened."""
    sound = are_times_sound(grant.start_at_ms, grant.talk_s, grant.closing_at_ms)
    return sound and (grant.call_kind is CallKind.WEBRTC or has_sound_target(grant))


def join(turn: Turn) -> None:
    """Signalling for a call of our own; a meeting has none, and its join grace begins."""
    visit = turn.visit
    if visit.is_meeting:
        turn.change_visit(absent=visit.absent.started(turn.now.boot_s))
    else:
        turn.do(JoinSignalling(session_id=visit.session_id))


def fix_promise(turn: Turn, grant: Grant) -> None:
    """The first grant fixes talk time and hard stop; from here on they run on the boot clock and only grow."""
    settings = turn.booth.settings
    last_ms = grant.start_at_ms + (settings.join_grace_s + grant.talk_s + settings.credit_s) * 1000
    end_by_ms = last_ms if grant.closing_at_ms is None else min(last_ms, grant.closing_at_ms)
    turn.change_visit(
        opened=True,
        number=grant.number[: policy.NUMBER_MOST],
        planned_start_at_ms=grant.start_at_ms,
        closing_at_ms=grant.closing_at_ms,
        call_kind=grant.call_kind,
        talk=TalkClock(promised_s=grant.talk_s),
        warned_to_s=grant.talk_s,
        end_by_s=boot_s_of(turn, end_by_ms),
        closing_s=None if grant.closing_at_ms is None else boot_s_of(turn, grant.closing_at_ms),
    )


def boot_s_of(turn: Turn, at_ms: int) -> float:
    """An instant of central's clock on the boot clock."""
    return turn.now.boot_s + (at_ms - turn.central_ms()) / 1000


def on_refused(turn: Turn, event: SessionRefused) -> None:
    """Stay and say so; or end, where the session is no longer this booth's."""
    visit = turn.visit
    if event.session_id != visit.session_id or visit.asking_since_s is None:
        return
    if event.why in NOT_HERE:
        party = FaultParty.NONE if visit.state is VisitState.CHECK_IN else MOVED_LATER[NOT_HERE[event.why]]
        end(turn, NOT_HERE[event.why], party)
    else:
        refuse(turn, event.why, float(event.retry_s))


MOVED_LATER = {EndReason.MOVED: FaultParty.TERMINAL, EndReason.CANCELLED: FaultParty.NONE}
"""A running visit that central gave away while this booth was down is the booth's doing."""


def refuse(turn: Turn, why: str, retry_s: float) -> None:
    """Not now; an answer that got lost may have opened the session all the same."""
    wait_s = retry_s if turn.visit.state is VisitState.CHECK_IN else max(retry_s, policy.ASK_AGAIN_S)
    turn.change_visit(
        asking_since_s=None,
        refused=why,
        ask_again_s=turn.now.boot_s + max(0.0, wait_s),
        maybe_open=why == "unreachable",
    )


def give_up_asking(turn: Turn) -> None:
    """No answer at all came back."""
    refuse(turn, "unreachable", 0.0)


# ---- the rules ----------------------------------------------------------------------------------------------------


def on_rules_accepted(turn: Turn, _: RulesWereAccepted) -> None:
    """The inmate agrees: wait for the family."""
    if turn.visit.grant is None:
        return
    turn.change_visit(waiting_at_ms=turn.central_ms())
    move(turn, VisitSign.ACCEPTED)
    join(turn)


def on_went_back(turn: Turn, _: WentBack) -> None:
    """Back to the called number; names leave the memory, and whoever starts next is asked for as if new."""
    turn.change_visit(grant=None, asking_since_s=None, ask_again_s=None, refused=None, check_in_s=turn.now.boot_s)
    move(turn, VisitSign.WENT_BACK)
