"""Days for the tests of the plan: written in minutes from the opening, and the rules that every plan has to keep."""

from typing import Any

from central.schedule.layout import is_lost
from central.schedule.model import Booth, Day, Plan, Told, Turn, Waiting, Window
from central.schedule.plan import plan

OPENS_MS = 1_800_000_000_000
MINUTE_MS = 60_000
CHANGE_MS = 90_000


def at(minutes: float) -> int:
    """That many minutes after the opening."""
    return OPENS_MS + int(minutes * MINUTE_MS)


def booths(count: int, **fields: Any) -> tuple[Booth, ...]:
    return tuple(Booth(id=f"b{number}", **fields) for number in range(count))


def people(count: int, **fields: Any) -> tuple[Waiting, ...]:
    return tuple(Waiting(id=f"p{number:03}", **fields) for number in range(count))


def told(person: str, booth: str, minutes: float, talk_s: int = 600, **fields: Any) -> Waiting:
    return Waiting(id=person, told=Told(booth=booth, start_at_ms=at(minutes), talk_s=talk_s), **fields)


def day(waiting: tuple[Waiting, ...], *, count: int = 2, hours: float = 3, now: float = 0, **fields: Any) -> Day:
    known = {"windows": (Window(at(0), at(hours * 60)),), "booths": booths(count)}
    return Day(now_ms=at(now), waiting=waiting, **(known | fields))


def turn_of(found: Plan, person: str) -> Turn:
    return next(turn for turn in found.turns if turn.id == person)


def starts(found: Plan) -> dict[str, tuple[str, float]]:
    """Who is where, and how many minutes after the opening."""
    return {turn.id: (turn.booth, (turn.start_at_ms - OPENS_MS) / MINUTE_MS) for turn in found.turns}


def reasons(found: Plan) -> dict[str, str]:
    return {each.id: each.reason.value for each in found.not_today}


def all_told(of: Day, found: Plan) -> Day:
    """The same day after every family was told its time."""
    said = {turn.id: Told(booth=turn.booth, start_at_ms=turn.start_at_ms, talk_s=turn.talk_s) for turn in found.turns}
    waiting = tuple(
        Waiting(**{field: getattr(each, field) for field in each.__struct_fields__} | {"told": said.get(each.id)})
        for each in of.waiting
        if each.id in said
    )
    return Day(**{field: getattr(of, field) for field in of.__struct_fields__} | {"waiting": waiting})


def check(of: Day, found: Plan) -> None:
    """What holds for every plan."""
    known = {person.id: person for person in of.waiting}
    served, refused = [turn.id for turn in found.turns], [each.id for each in found.not_today]
    assert sorted(served + refused) == sorted(known)
    for turn in found.turns:
        _inside(of, known[turn.id], turn)
        _long_enough(of, known[turn.id], turn)
    _no_overlap(of, found)
    _told_or_moved(of, found, known)
    _by_hand_stays(of, found, known)


def _inside(of: Day, person: Waiting, turn: Turn) -> None:
    booth = next(each for each in of.booths if each.id == turn.booth)
    assert booth.works
    assert any(window.from_ms <= turn.start_at_ms and turn.ends_at_ms <= window.to_ms for window in of.windows)
    assert turn.ends_at_ms <= turn.closing_at_ms
    assert booth.until_ms is None or turn.ends_at_ms <= booth.until_ms
    is_due = (
        person.told is not None and turn.start_at_ms == person.told.start_at_ms > of.now_ms - of.rules.grace_s * 1000
    )
    assert turn.start_at_ms >= (booth.free_from_ms if is_due else max(of.now_ms, booth.free_from_ms))
    if booth.running is not None:
        assert turn.start_at_ms >= max(booth.running.ends_at_ms, of.now_ms) + of.rules.change_over_s * 1000


def _long_enough(of: Day, person: Waiting, turn: Turn) -> None:
    limits = person.limits or of.rules.limits
    told_s = person.told.talk_s if person.told is not None else limits.floor_s
    assert turn.start_at_ms >= person.not_before_ms or person.told is not None
    assert turn.most_s >= turn.talk_s
    if person.exemption is not None:
        assert turn.talk_s == (person.told.talk_s if person.told and turn.talk_s == told_s else person.exemption.talk_s)
    else:
        assert turn.talk_s >= min(limits.floor_s, told_s)
        assert turn.talk_s <= max(limits.ceiling_s, told_s)


def _no_overlap(of: Day, found: Plan) -> None:
    change_ms = of.rules.change_over_s * 1000
    inmates = {person.id: person.inmate for person in of.waiting}
    for key in ("booth", "inmate"):
        ends: dict[str, int] = {}
        for turn in found.turns:
            who = turn.booth if key == "booth" else inmates[turn.id]
            if who:
                assert turn.start_at_ms >= ends.get(who, 0), (key, turn)
                ends[who] = turn.ends_at_ms + change_ms


def _told_or_moved(of: Day, found: Plan, known: dict[str, Waiting]) -> None:
    moved = {each.id for each in found.moved}
    tolerance_ms = of.rules.tolerance_s * 1000
    for turn in found.turns:
        promise = known[turn.id].told
        if promise is None or turn.id in moved:
            assert promise is not None or turn.id not in moved
        else:
            step_ms = of.rules.step_s * 1000
            late = turn.start_at_ms - promise.start_at_ms
            assert 0 <= late <= tolerance_ms or turn.start_at_ms < of.now_ms + step_ms
            assert turn.talk_s >= promise.talk_s


def _by_hand_stays(of: Day, found: Plan, known: dict[str, Waiting]) -> None:
    for turn in found.turns:
        person = known[turn.id]
        if person.pinned and person.told is not None and turn.booth != person.told.booth:
            booth = next((each for each in of.booths if each.id == person.told.booth), None)
            is_closed = booth is None or not any(_holds(of, booth, person, window) for window in of.windows)
            assert is_closed or booth is None or not booth.works or is_lost(booth, of), turn


def _holds(of: Day, booth: Booth, person: Waiting, window: Window) -> bool:
    """Whether the window has room for a whole turn on the booth, were nobody else there."""
    assert person.told is not None
    until = window.to_ms if booth.until_ms is None else min(window.to_ms, booth.until_ms)
    return max(of.now_ms, person.told.start_at_ms, window.from_ms) + 5 * 3_600_000 < until


def planned(of: Day) -> Plan:
    """The plan, with every rule looked at."""
    found = plan(of)
    check(of, found)
    return found


def moved(found: Plan) -> dict[str, float]:
    """Who is told a new time, and how many minutes after the opening."""
    return {each.id: (each.start_at_ms - OPENS_MS) / MINUTE_MS for each in found.moved}
