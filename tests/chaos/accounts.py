"""Puts the account of every session together: central's database, the agents' logs, the glass and the cable."""

import json
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from protocol.outcome import UsageRecord
from tests.chaos.breaker import Done
from tests.chaos.day import Planned
from tests.chaos.judge import Account
from tests.chaos.packets import given_s, unheard_s
from tests.chaos.site import SETTINGS, Place
from tests.stage.central import Central
from tests.stage.waiting import boot_s

AROUND_S = 3.0
NEAR_END_S = 3.0


class Held:
    """What central holds of all sessions, read once."""

    def __init__(self, central: Central) -> None:
        usage = central.rows("select session_id, body from usage where not provisional")
        self.records = {row["session_id"]: row["body"] for row in usage}
        self.sessions = {row["id"]: row for row in central.rows("select * from sessions")}
        self.usage_events: dict[str, int] = {}
        self.seen: set[str] = set()
        for row in central.rows("select kind, body from events where kind in ('usage', 'visit')"):
            self._take(row["kind"], json.loads(row["body"]))
        asked = central.rows("select session_id, state, body from commands where kind = 'extend'")
        self.extended: dict[str, list[tuple[str, int]]] = {}
        for row in asked:
            self.extended.setdefault(row["session_id"], []).append((row["state"], json.loads(row["body"])["add_s"]))

    def _take(self, kind: str, body: dict[str, Any]) -> None:
        session = body["usage"]["session_id"] if kind == "usage" else body["session_id"]
        self.seen.add(session)
        if kind == "usage":
            self.usage_events[session] = self.usage_events.get(session, 0) + 1

    def record(self, session: str) -> UsageRecord | None:
        """The one record that is not provisional."""
        body = self.records.get(session)
        return None if body is None else msgspec.json.decode(body, type=UsageRecord)


def wall_ahead_s() -> float:
    """How far this machine's wall clock, which central's time is, is ahead of its boot clock."""
    before_s = boot_s()
    wall_s = time.time()
    return wall_s - (before_s + boot_s()) / 2


def accounts_of(
    held: Held, place: Place, planned: Sequence[Planned], done: Sequence[Done], over_s: float
) -> list[Account]:
    """The accounts of all sessions at this terminal that reached check-in, by its own log or by central's events."""
    called = [one for one in planned if one.called.id in place.watch.checked_in or one.called.id in held.seen]
    begins = [place.watch.checked_in.get(one.called.id, one.added_s) for one in called]
    return [
        _account(held, place, one, (since_s, until_s), done)
        for one, since_s, until_s in zip(called, begins, [*begins[1:], over_s], strict=True)
    ]


def _account(held: Held, place: Place, one: Planned, span: tuple[float, float], done: Sequence[Done]) -> Account:
    session = one.called.id
    record, row = held.record(session), held.sessions[session]
    ahead_s = wall_ahead_s()
    end_s = place.watch.ended[session][0] if session in place.watch.ended else None
    if end_s is None and record is not None:
        end_s = record.ended_at_ms / 1000 - ahead_s
    extended = held.extended.get(session, [])
    near = [each for each in done if each.until_s >= span[0] and each.from_s <= (end_s or span[1]) + AROUND_S]
    here = [each for each in near if each.fault.where in (place.name, "central")]
    moments = place.moments()
    inside = [at for at in moments if span[0] <= at <= span[1]]
    return Account(
        session=session,
        terminal=place.name,
        number=one.number,
        talk_s=one.talk_s,
        called_s=span[0],
        until_s=span[1],
        records=int(session in held.records),
        usage_events=held.usage_events.get(session, 0),
        record=record,
        extended_least_s=sum(add_s for state, add_s in extended if state == "done"),
        extended_most_s=sum(add_s for _, add_s in extended),
        end_s=end_s,
        end_by_s=None if row["end_by_ms"] is None else row["end_by_ms"] / 1000 - ahead_s,
        views=place.booth.views(),
        given_s=given_s(moments, span[0], end_s or span[1])
        if place.sniffer is not None or place.sound is not None
        else None,
        unheard_s=0.0 if end_s is None or not moments else _unheard_s(place, session, moments, end_s),
        last_sound_s=inside[-1] if inside else None,
        power_cuts=sum(each.fault.kind == "power_cut" for each in here),
        credit_s=float(str(SETTINGS["credit_s"])),
        faults=[f"{each.fault.number} {each.fault.kind} {each.from_s - span[0]:.1f} s in" for each in here],
        faults_near_end=[each.fault.kind for each in here if end_s is not None and each.until_s >= end_s - NEAR_END_S],
        log=f"{place.machine.agent_log_name}:{place.watch.lines.get(session, 0)}",
    )


def _unheard_s(place: Place, session: str, moments: Sequence[float], end_s: float) -> float:
    spans = place.watch.running(session, end_s)
    return sum(unheard_s(moments, since, until, to_the_end=until == end_s) for since, until in spans)
