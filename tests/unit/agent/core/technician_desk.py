"""A technician at the desk: comes, types a PIN, gets in, presses a button."""

from agent.core import events as ev
from agent.core.effects import CheckTechnicianPin
from protocol.maintenance import MaintenanceDeed, TechnicianPin
from protocol.terminal import TechnicianSeen
from tests.unit.agent.core.desk import Desk, reports

PIN = "90817263"


def come(desk: Desk) -> TechnicianPin:
    desk.feed(ev.TechnicianCame, how="chord")
    assert isinstance(desk.screen, TechnicianPin)
    return desk.screen


def try_pin(desk: Desk, outcome: str) -> int:
    """Type one PIN; how many were looked at."""
    effects = desk.feed(ev.TechnicianPinEntered, pin=PIN)
    looked = [effect for effect in effects if isinstance(effect, CheckTechnicianPin)]
    if looked:
        desk.feed(ev.TechnicianPinChecked, outcome=outcome)
    return len(looked)


def let_in(desk: Desk) -> Desk:
    come(desk)
    assert try_pin(desk, "right") == 1
    return desk


def inside() -> Desk:
    return let_in(Desk().open())


def ask(desk: Desk, deed: MaintenanceDeed) -> list[type]:
    return [type(effect) for effect in desk.feed(ev.MaintenanceWasAsked, deed=deed)]


def seen(desk: Desk) -> list[str]:
    return [event.kind for event in reports(desk.effects) if isinstance(event, TechnicianSeen)]
