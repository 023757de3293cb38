"""The free stretches of a day's booths, and who is put into them."""

from bisect import insort
from collections.abc import Sequence

from msgspec import Struct

from central.schedule.model import Rules, Window


class Placed(Struct, frozen=True, kw_only=True):
    """A turn as it is laid out: `booth` is an index, `closing_at_ms` the end of its window."""

    id: str
    booth: int
    start_at_ms: int
    talk_ms: int
    closing_at_ms: int
    inmate: str = ""


class Gap(Struct, frozen=True, order=True):
    """A free stretch of a booth: somebody may begin at `from_ms`, and has to be done at `to_ms`."""

    from_ms: int
    to_ms: int
    booth: int
    closing_at_ms: int


Taken = dict[str, list[tuple[int, int]]]
"""When each known inmate talks: who may not talk twice at a time."""


def on_step(at_ms: int, rules: Rules) -> int:
    """The first instant from then on at which a turn may begin."""
    step_ms = rules.step_s * 1000
    return -(-at_ms // step_ms) * step_ms


class Room:
    """Free stretches in order of their beginning; the first that is long enough is the earliest."""

    def __init__(self, gaps: Sequence[Gap], taken: Taken, rules: Rules) -> None:
        self._gaps = sorted(gaps)
        self._taken = {inmate: list(spans) for inmate, spans in taken.items()}
        self._rules = rules
        self._change_ms = rules.change_over_s * 1000

    def place(self, id_: str, inmate: str, talk_ms: int, *, not_before_ms: int, shortest_ms: int) -> Placed | None:
        """Put somebody where it is earliest; None if there is no room. What is left below `shortest_ms` is of no use."""
        for index, gap in enumerate(self._gaps):
            start = self._clear(inmate, max(gap.from_ms, not_before_ms), talk_ms)
            if start + talk_ms <= gap.to_ms:
                self._split(index, gap, start, start + talk_ms, shortest_ms)
                if inmate:
                    self._taken.setdefault(inmate, []).append((start, start + talk_ms + self._change_ms))
                return Placed(
                    id=id_,
                    booth=gap.booth,
                    start_at_ms=start,
                    talk_ms=talk_ms,
                    closing_at_ms=gap.closing_at_ms,
                    inmate=inmate,
                )
        return None

    def _clear(self, inmate: str, at_ms: int, talk_ms: int) -> int:
        """From then on, the first start at which the inmate talks nowhere else."""
        start = on_step(at_ms, self._rules)
        for begins, ends in sorted(self._taken.get(inmate, ())):
            if start < ends and begins < start + talk_ms + self._change_ms:
                start = on_step(ends, self._rules)
        return start

    def _split(self, index: int, gap: Gap, start: int, end: int, shortest_ms: int) -> None:
        del self._gaps[index]
        for from_ms, to_ms in ((gap.from_ms, start - self._change_ms), (end + self._change_ms, gap.to_ms)):
            if on_step(from_ms, self._rules) + shortest_ms <= to_ms:
                insort(self._gaps, Gap(from_ms, to_ms, gap.booth, gap.closing_at_ms))


def gaps_between(
    booth: int, stretches: Sequence[Window], placed: Sequence[Placed], change_ms: int, shortest_ms: int
) -> list[Gap]:
    """What is free of a booth's stretches beside those placed there, who come in order of start."""
    found: list[Gap] = []
    for stretch in stretches:
        free = stretch.from_ms
        for turn in placed:
            ends = turn.start_at_ms + turn.talk_ms + change_ms
            if turn.start_at_ms < stretch.to_ms and ends > free:
                found.append(Gap(free, turn.start_at_ms - change_ms, booth, stretch.to_ms))
                free = ends
        found.append(Gap(free, stretch.to_ms, booth, stretch.to_ms))
    return [gap for gap in found if gap.from_ms + shortest_ms <= gap.to_ms]
