"""Faults: raised and cleared once each, from facts about central, devices, window and disk."""

from agent.core.events import (
    CentralLost,
    CentralReached,
    DevicesReported,
    FaultSeen,
    JournalFailed,
    TokenRefused,
    WindowChanged,
)
from agent.core.state import Booth
from agent.core.turn import Turn
from protocol.faults import FAULTS, Severity
from protocol.terminal import FaultChanged

NETWORK_FAULTS = ("JAR-1", "JAR-2", "JAR-3")
DETAIL_MOST = 200


def stopping_faults(booth: Booth) -> tuple[str, ...]:
    """The standing faults with which no call is opened."""
    return tuple(code for code in booth.faults if FAULTS[code].severity is Severity.STOPS)


def set_fault(turn: Turn, code: str, raised: bool, detail: str | None = None) -> None:
    """Raise or clear; only a change is reported, and a code that is in no table is left alone."""
    if code not in FAULTS or (code in turn.booth.faults) is raised:
        return
    others = tuple(other for other in turn.booth.faults if other != code)
    turn.change(faults=(*others, code) if raised else others)
    turn.report(FaultChanged(code=code, raised=raised, detail=None if detail is None else detail[:DETAIL_MOST]))


def on_central_reached(turn: Turn, _: CentralReached) -> None:
    """Online; a device token that is accepted again is not forgotten after all."""
    turn.change(online=True, token_refused=False)
    for code in NETWORK_FAULTS:
        set_fault(turn, code, raised=False)
    if turn.booth.enrolled:
        set_fault(turn, "TKN-1", raised=False)


def on_central_lost(turn: Turn, event: CentralLost) -> None:
    """Offline, for one reason at a time."""
    turn.change(online=False)
    for code in NETWORK_FAULTS:
        set_fault(turn, code, raised=code == event.code)


def on_token_refused(turn: Turn, _: TokenRefused) -> None:
    """The token is forgotten when no visit needs it any more."""
    if turn.booth.enrolled:
        turn.change(token_refused=True)
        set_fault(turn, "TKN-1", raised=True)


def on_devices(turn: Turn, event: DevicesReported) -> None:
    """Camera and microphone."""
    set_fault(turn, "KAM-1", raised=not event.camera)
    set_fault(turn, "MIK-1", raised=not event.microphone)


def on_window(turn: Turn, event: WindowChanged) -> None:
    """The shell gives the window up, or has it up again."""
    turn.change(shell_up=event.shell_up, window_up=event.window_up)
    if event.given_up or event.window_up:
        set_fault(turn, "LYR-1", raised=event.given_up)


def on_fault_seen(turn: Turn, event: FaultSeen) -> None:
    """A fault that somebody else found."""
    set_fault(turn, event.code, event.raised, event.detail)


def on_journal_failed(turn: Turn, event: JournalFailed) -> None:
    """Out of service at once, but not reported: nothing can be written. The report comes when the disk works again."""
    others = tuple(code for code in turn.booth.faults if code != "JRN-1")
    turn.change(journal_trouble=event.detail[:DETAIL_MOST], faults=(*others, "JRN-1"))


def report_journal_healed(turn: Turn) -> None:
    """Say after the fact that the disk failed, and that it works again."""
    others = tuple(code for code in turn.booth.faults if code != "JRN-1")
    turn.report(FaultChanged(code="JRN-1", raised=True, detail=turn.booth.journal_trouble))
    turn.report(FaultChanged(code="JRN-1", raised=False))
    turn.change(journal_trouble=None, faults=others)
