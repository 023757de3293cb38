"""The mode machine: what the booth as a whole is doing, as one table and the facts that drive it."""

from enum import StrEnum

from agent.core.faults import stopping_faults
from agent.core.state import Booth
from protocol.terminal import Mode, VisitState


class ModeSign(StrEnum):
    """What moves the mode."""

    ENROLLED = "enrolled"
    FORGOTTEN = "forgotten"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    MAINTENANCE_BEGUN = "maintenance begun"
    MAINTENANCE_OVER = "maintenance over"
    BROKEN = "a fault stops"
    MENDED = "no fault stops"


MODE_MOVES: dict[Mode, dict[ModeSign, Mode]] = {
    Mode.UNENROLLED: {ModeSign.ENROLLED: Mode.IN_SERVICE, ModeSign.MAINTENANCE_BEGUN: Mode.MAINTENANCE},
    Mode.IN_SERVICE: {
        ModeSign.FORGOTTEN: Mode.UNENROLLED,
        ModeSign.MAINTENANCE_BEGUN: Mode.MAINTENANCE,
        ModeSign.LOCKED: Mode.LOCKED,
        ModeSign.BROKEN: Mode.OUT_OF_SERVICE,
    },
    Mode.LOCKED: {
        ModeSign.FORGOTTEN: Mode.UNENROLLED,
        ModeSign.MAINTENANCE_BEGUN: Mode.MAINTENANCE,
        ModeSign.UNLOCKED: Mode.IN_SERVICE,
    },
    Mode.MAINTENANCE: {ModeSign.MAINTENANCE_OVER: Mode.IN_SERVICE},
    Mode.OUT_OF_SERVICE: {
        ModeSign.FORGOTTEN: Mode.UNENROLLED,
        ModeSign.MAINTENANCE_BEGUN: Mode.MAINTENANCE,
        ModeSign.LOCKED: Mode.LOCKED,
        ModeSign.MENDED: Mode.IN_SERVICE,
    },
}


def signs(booth: Booth) -> tuple[ModeSign, ...]:
    """What the facts say, the weightiest first."""
    return (
        ModeSign.ENROLLED if booth.enrolled else ModeSign.FORGOTTEN,
        ModeSign.MAINTENANCE_BEGUN if booth.maintenance else ModeSign.MAINTENANCE_OVER,
        ModeSign.LOCKED if booth.locked else ModeSign.UNLOCKED,
        ModeSign.BROKEN if stopping_faults(booth) else ModeSign.MENDED,
    )


def holds_mode(booth: Booth) -> bool:
    """A visit that somebody has opened, or is opening, is not touched by a change of mode; one merely called is."""
    if booth.visit is None:
        return False
    return booth.visit.state is not VisitState.CHECK_IN or booth.visit.asking_since_s is not None


def settled(booth: Booth) -> Mode:
    """The mode after every sign has been followed until none moves it any more."""
    mode = booth.mode
    if holds_mode(booth):
        return mode
    given = signs(booth)
    while following := [MODE_MOVES[mode][sign] for sign in given if sign in MODE_MOVES[mode]]:
        mode = following[0]
    return mode
