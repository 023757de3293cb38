"""The visit machine: how far one visit has come, as one table."""

from enum import StrEnum

from agent.core.state import Visit
from agent.core.turn import Turn
from protocol.terminal import VisitMoved, VisitState


class VisitSign(StrEnum):
    """What moves a visit."""

    CALLED = "called"
    GRANTED = "granted"
    WENT_BACK = "went back"
    ACCEPTED = "rules accepted"
    CONNECTED = "both ends heard"
    LOST = "silence"
    ENDED = "ended"
    OVER = "farewell over"


VISIT_MOVES: dict[VisitState, dict[VisitSign, VisitState]] = {
    VisitState.NONE: {VisitSign.CALLED: VisitState.CHECK_IN},
    VisitState.CHECK_IN: {VisitSign.GRANTED: VisitState.RULES, VisitSign.ENDED: VisitState.FAREWELL},
    VisitState.RULES: {
        VisitSign.ACCEPTED: VisitState.WAITING,
        VisitSign.WENT_BACK: VisitState.CHECK_IN,
        VisitSign.ENDED: VisitState.FAREWELL,
    },
    VisitState.WAITING: {VisitSign.CONNECTED: VisitState.TALKING, VisitSign.ENDED: VisitState.FAREWELL},
    VisitState.TALKING: {VisitSign.LOST: VisitState.INTERRUPTED, VisitSign.ENDED: VisitState.FAREWELL},
    VisitState.INTERRUPTED: {VisitSign.CONNECTED: VisitState.TALKING, VisitSign.ENDED: VisitState.FAREWELL},
    VisitState.FAREWELL: {VisitSign.OVER: VisitState.NONE},
}

OPENED = frozenset({VisitState.RULES, VisitState.WAITING, VisitState.TALKING, VisitState.INTERRUPTED})
"""States of a granted session."""

JOINED = OPENED - {VisitState.RULES}
"""States in which signalling is wanted and camera or call may be on the glass."""

ALIVE = OPENED | {VisitState.CHECK_IN}
"""States that can still end."""


def report_move(turn: Turn) -> None:
    """Tell central how far the visit has come."""
    visit = turn.visit
    left_ms = round(visit.talk.left_s(turn.now.boot_s) * 1000)
    turn.report(VisitMoved(session_id=visit.session_id, state=visit.state, talk_left_ms=left_ms))


def move(turn: Turn, sign: VisitSign) -> None:
    """Follow the table and report it; a sign that the state does not know is a bug."""
    turn.change_visit(state=VISIT_MOVES[turn.visit.state][sign])
    report_move(turn)


def begin(turn: Turn, visit: Visit) -> None:
    """The first move: somebody is called."""
    turn.change(visit=visit)
    report_move(turn)


def leave(turn: Turn) -> None:
    """The last move: nobody is there."""
    turn.change(visit=None)


def effective_left_s(visit: Visit, at_s: float) -> float:
    """The talk time that can still be had: what is owed, but not past the hard stop."""
    left_s = visit.talk.left_s(at_s)
    return left_s if visit.end_by_s is None else max(0.0, min(left_s, visit.end_by_s - at_s))
