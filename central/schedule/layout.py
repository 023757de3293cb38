"""What of a day's windows each booth still has, for those who have a time there and for those who need one."""

from msgspec import Struct

from central.schedule.model import Booth, Day, Waiting, Window


class Layout(Struct, frozen=True, kw_only=True):
    """By index of the booth. `held`: where told times there can be kept; `open`: where new turns can be laid."""

    held: tuple[tuple[Window, ...], ...]
    open: tuple[tuple[Window, ...], ...]
    index: dict[str, int]

    @property
    def open_ms(self) -> int:
        """All that is open, summed."""
        return sum(each.to_ms - each.from_ms for stretches in self.open for each in stretches)

    def holds(self, talk_s: int, change_over_s: int) -> int:
        """How many turns of this length the open stretches hold."""
        change_ms, talk_ms = change_over_s * 1000, talk_s * 1000
        lengths = (each.to_ms - each.from_ms for stretches in self.open for each in stretches)
        return sum((length + change_ms) // (talk_ms + change_ms) for length in lengths)


def layout_of(day: Day) -> Layout:
    """A lost booth takes nobody new and keeps only whom it has later on; one that does not work keeps nobody."""
    held: list[tuple[Window, ...]] = []
    free: list[tuple[Window, ...]] = []
    for booth in day.booths:
        soonest = _free_from(booth, day)
        if not booth.works:
            held.append(())
            free.append(())
        elif is_lost(booth, day):
            held.append(_stretches(booth, day, max(soonest, day.now_ms + day.rules.lost_ahead_s * 1000)))
            free.append(())
        else:
            held.append(_stretches(booth, day, soonest))
            free.append(held[-1])
    return Layout(held=tuple(held), open=tuple(free), index={booth.id: at for at, booth in enumerate(day.booths)})


def is_lost(booth: Booth, day: Day) -> bool:
    """Whether a booth has been silent for long enough to give its turns to others."""
    return booth.lost_at_ms is not None and day.now_ms - booth.lost_at_ms >= day.rules.lost_after_s * 1000


def is_absent(person: Waiting, day: Day) -> bool:
    """Whether somebody did not come, though the booth was free for the whole grace; a family's turn is not burned by it."""
    if person.told is None or person.present:
        return False
    booth = next((each for each in day.booths if each.id == person.told.booth), None)
    if booth is None or booth.running is not None or is_lost(booth, day):
        return False
    since = max(person.told.start_at_ms, booth.free_from_ms)
    return day.now_ms - since >= day.rules.grace_s * 1000


def _free_from(booth: Booth, day: Day) -> int:
    soonest_ms = max(day.now_ms, booth.free_from_ms)
    if booth.running is None:
        return soonest_ms
    return max(soonest_ms, max(day.now_ms, booth.running.ends_at_ms) + day.rules.change_over_s * 1000)


def _stretches(booth: Booth, day: Day, soonest_ms: int) -> tuple[Window, ...]:
    clipped = (
        Window(
            max(window.from_ms, soonest_ms),
            window.to_ms if booth.until_ms is None else min(window.to_ms, booth.until_ms),
        )
        for window in day.windows
    )
    return tuple(window for window in clipped if window.from_ms < window.to_ms)
