"""What must hold after a chaos run, checked on what was seen from outside: pure, all moments in boot seconds."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from protocol.outcome import ALLOWED_PARTIES, UsageRecord

LATE_S = 1.0
GIVEN_SHARE = 0.999
BEYOND_SHARE = 0.2
POWER_CUT_S = 1.0
ROUNDING_S = 0.05


class Account(NamedTuple):
    """One session: what was promised, what central holds of it, and what was seen on glass and cable.

    `until_s` is when the next session at this terminal was called. `given_s` is None where nobody could count packets.
    `unheard_s`: the talk clock ran that long while no sound reached the family.
    `faults_near_end` are the kinds that held in its last seconds; `log` is where the agent's log first names the session.
    """

    session: str
    terminal: str
    number: str
    talk_s: int
    called_s: float
    until_s: float
    records: int
    usage_events: int
    record: UsageRecord | None
    extended_least_s: int
    extended_most_s: int
    end_s: float | None
    end_by_s: float | None
    views: Sequence[tuple[float, float]]
    given_s: float | None
    unheard_s: float
    last_sound_s: float | None
    power_cuts: int
    credit_s: float
    faults: Sequence[str]
    faults_near_end: Sequence[str]
    log: str

    @property
    def total_s(self) -> float:
        """Promised and extended together."""
        return self.talk_s + (self.record.talk_extended_s if self.record is not None else 0)

    def __str__(self) -> str:
        return f"{self.number} at {self.terminal} ({self.session}, {self.log})"


def overrun_s(one: Account) -> float:
    """How long after its end a call view or the booth's sound was still there."""
    if one.end_s is None:
        return 0.0
    seen = [min(until, one.until_s) for since, until in one.views if until > one.end_s and since < one.until_s]
    heard = [] if one.last_sound_s is None else [one.last_sound_s]
    return max(0.0, max([*seen, *heard], default=0.0) - one.end_s)


def is_beyond(one: Account) -> bool:
    """Whether this session could not be given whole: cut beyond its credit, never opened, nobody came, or its hard stop came."""
    record = one.record
    if record is None or record.end_reason == "completed":
        return False
    lost = record.interrupted_ms / 1000 >= one.credit_s - ROUNDING_S
    late = one.end_by_s is not None and one.end_s is not None and one.end_s >= one.end_by_s - 1.0
    never_opened = record.waiting_at_ms is None
    return lost or late or never_opened or record.end_reason in {"no_show_family", "no_show_inmate"}


def wrong_with(one: Account) -> list[str]:
    """Every invariant that this session breaks, in words."""
    found = []
    if one.records == 0:
        found.append("no usage record came")
    if one.usage_events > 1:
        found.append(f"{one.usage_events} usage events came")
    if overrun_s(one) > LATE_S:
        found.append(f"view or sound was there {1000 * overrun_s(one):.0f} ms after the end")
    if one.unheard_s > 0:
        found.append(f"the talk clock ran for {one.unheard_s:.1f} s in which the family heard nothing")
    if one.end_by_s is not None and any(
        since < one.until_s and until > one.end_by_s + LATE_S for since, until in one.views
    ):
        found.append("the view was there after the hard stop")
    return found if one.record is None else [*found, *wrong_in_record(one, one.record)]


def wrong_in_record(one: Account, record: UsageRecord) -> list[str]:
    """What is wrong with the account that the terminal gave."""
    found = []
    if record.talk_promised_s != one.talk_s:
        found.append(f"{one.talk_s} s were promised, the record says {record.talk_promised_s} s")
    if not one.extended_least_s <= record.talk_extended_s <= one.extended_most_s:
        found.append(f"the record says {record.talk_extended_s} s extended, officers added {one.extended_most_s} s")
    if record.talk_delivered_ms / 1000 > one.total_s + POWER_CUT_S * one.power_cuts:
        found.append(f"{record.talk_delivered_ms} ms were delivered of {one.total_s:g} s")
    if record.fault_party not in ALLOWED_PARTIES[record.end_reason]:
        found.append(f"{record.end_reason} may not be the fault of {record.fault_party}")
    if record.end_reason != "completed" and not is_beyond(one):
        lost_s = record.interrupted_ms / 1000
        found.append(f"it ended as {record.end_reason} though {lost_s:.1f} s of interruptions are within its credit")
    if record.end_reason == "completed" and record.talk_delivered_ms / 1000 < one.total_s - ROUNDING_S:
        found.append(f"it is completed with {record.talk_delivered_ms} ms of {one.total_s:g} s")
    return found


def strange_views(accounts: Sequence[Account], views: dict[str, Sequence[tuple[float, float]]]) -> list[str]:
    """Call views on the glass outside of every session."""
    found = []
    for terminal, seen in views.items():
        spans = [(one.called_s, one.until_s) for one in accounts if one.terminal == terminal]
        found += [
            f"a call view was on the glass of {terminal} outside of any session, at {since:.1f} s for {until - since:.2f} s"
            for since, until in seen
            if not any(until >= called and since <= over for called, over in spans)
        ]
    return found


class Verdict(NamedTuple):
    """The figures of out/chaos.json and every broken invariant in words."""

    figures: dict[str, Any]
    wrong: list[str]


def judged(accounts: Sequence[Account]) -> Verdict:
    """Put it all together. A run without a single completed session proves nothing, and says so."""
    wrong = [
        f"{one}: {words} [faults: {', '.join(one.faults) or 'none'}]" for one in accounts for words in wrong_with(one)
    ]
    beyond = [one for one in accounts if is_beyond(one)]
    whole = [one for one in accounts if one.record is not None and one.record.end_reason == "completed"]
    counted = [one for one in whole if one.given_s is not None]
    promised_s = sum(one.total_s for one in counted)
    given_s = sum(min(one.total_s, one.given_s or 0.0) for one in counted)
    if not whole:
        wrong.append("no session was completed: the run proves nothing")
    charged_s = sum(map(charged_for_power_cuts_s, counted))
    if counted and given_s + charged_s < GIVEN_SHARE * promised_s:
        wrong.append(f"{given_s:.1f} s of talk were given of {promised_s:.1f} s, less than {GIVEN_SHARE:.1%}")
    if len(beyond) > BEYOND_SHARE * len(accounts) and len(accounts) >= 5:
        wrong.append(
            f"{len(beyond)} of {len(accounts)} sessions were cut beyond their credit, more than {BEYOND_SHARE:.0%}"
        )
    worst_s = max(map(overrun_s, accounts), default=0.0)
    figures = {
        "sessions": len(accounts),
        "completed": len(whole),
        "usage_lost": sum(one.records == 0 for one in accounts),
        "usage_duplicated": sum(one.usage_events > 1 for one in accounts),
        "overruns": sum(overrun_s(one) > LATE_S for one in accounts),
        "max_overrun_ms": round(1000 * worst_s),
        "max_overrun_ms_by_fault": overruns_by_fault(accounts),
        "talk_promised_s": round(promised_s, 1),
        "talk_delivered_s": round(given_s, 1),
        "charged_for_power_cuts_s": round(charged_s, 2),
        "talk_given_share": round(given_s / promised_s, 5) if promised_s else None,
        "talk_lost_by_party": lost_by_party(accounts),
        "beyond_credit": [_as_row(one) for one in beyond],
        "not_given": [_as_row(one) for one in counted if (one.given_s or 0.0) < one.total_s - ROUNDING_S],
    }
    return Verdict(figures, wrong)


def charged_for_power_cuts_s(one: Account) -> float:
    """What this session lacks because a power cut costs up to a second by rule; in talks of 20 s that shows."""
    return min(max(0.0, one.total_s - (one.given_s or 0.0)), POWER_CUT_S * one.power_cuts)


def _as_row(one: Account) -> dict[str, Any]:
    assert one.record is not None
    return {
        "session": one.session,
        "terminal": one.terminal,
        "number": one.number,
        "end_reason": str(one.record.end_reason),
        "fault_party": str(one.record.fault_party),
        "talk_s": one.total_s,
        "delivered_s": one.record.talk_delivered_ms / 1000,
        "given_s": None if one.given_s is None else round(one.given_s, 2),
        "interrupted_s": one.record.interrupted_ms / 1000,
        "restarts": one.record.restarts,
        "faults": list(one.faults),
    }


def overruns_by_fault(accounts: Sequence[Account]) -> dict[str, int]:
    """The longest overrun of the sessions near whose end this kind of fault held; `none` where none did."""
    longest: defaultdict[str, float] = defaultdict(float)
    for one in accounts:
        for kind in one.faults_near_end or ["none"]:
            longest[kind] = max(longest[kind], overrun_s(one))
    return {kind: round(1000 * seconds) for kind, seconds in sorted(longest.items())}


def lost_by_party(accounts: Sequence[Account]) -> dict[str, float]:
    """Talk time that was promised and, by the records, not delivered, by whose fault that was."""
    lost: defaultdict[str, float] = defaultdict(float)
    for one in accounts:
        if one.record is not None:
            lost[str(one.record.fault_party)] += max(0.0, one.total_s - one.record.talk_delivered_ms / 1000)
    return {party: round(seconds, 1) for party, seconds in lost.items() if seconds >= ROUNDING_S}
