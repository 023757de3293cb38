"""The course of a visit with the hands of a booth and a family that have no screen, and what central holds of it."""

import json
from typing import Any

from protocol import page
from tests.stage.central import Called, Central
from tests.stage.fake_family import FakeFamily
from tests.stage.fake_page import FakeBooth
from tests.stage.waiting import NotSo, wait_for


def check_in(booth: FakeBooth) -> None:
    """The inmate presses Start and accepts the rules; returns when the booth waits for the family."""
    booth.wait_for_screen(page.CheckIn)
    booth.press_start()
    booth.wait_for_screen(page.Rules)
    booth.accept_rules()
    booth.wait_for_screen(page.Waiting)


def begin_talking(booth: FakeBooth, family: FakeFamily) -> float:
    """Check in, let the family join, and return the moment (boot seconds) the talking screen was drawn."""
    check_in(booth)
    family.join()
    booth.wait_for_phase("talking")
    return started_talking_at_s(booth)


def started_talking_at_s(booth: FakeBooth) -> float:
    """When the talking screen was first drawn in this visit's run of call screens."""
    at_s = None
    for seen in reversed(booth.seen):
        if not isinstance(seen.show.screen, page.Call):
            break
        if seen.show.screen.phase == "talking":
            at_s = seen.at_s
    if at_s is None:
        raise NotSo("the booth is not talking")
    return at_s


def closed_late_s(booth: FakeBooth, began_s: float, talk_s: float, usage: dict[str, Any]) -> float:
    """How late the view was closed: after the promised talk time plus what the usage record says was interrupted."""
    return booth.shut[-1].at_s - (began_s + talk_s + usage["interrupted_ms"] / 1000)


def usage_of(central: Central, session: Called, *, within_s: float = 15.0) -> dict[str, Any]:
    """The usage record that central holds; never the provisional one."""

    def stored() -> dict[str, Any] | None:
        rows = central.rows("select body from usage where session_id = ? and not provisional", session.id)
        return json.loads(rows[0]["body"]) if rows else None

    return dict(wait_for(stored, within_s=within_s, what="the usage record at central", every_s=0.1) or {})


def usage_events(central: Central, session: Called) -> int:
    """How many usage events for this session central has ever stored, over all boots of the agent."""
    rows = central.rows("select body from events where kind = 'usage'")
    return sum(session.id in row["body"] for row in rows)
