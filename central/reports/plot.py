"""Bars for a drawing: where each stands, how high it is, and a scale that people read."""

from collections.abc import Sequence

from msgspec import Struct

WIDTH, BROAD, HEIGHT = 360, 760, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 4, 16, 26
"""The room around the bars, for the scale and the names below; in the drawing's own units, about a pixel on a phone."""
NAME_ROOM = 7.5
GAP = 0.28
MANY = 24


class Bar(Struct, frozen=True, kw_only=True):
    """One bar; `name` is empty where there is no room to write it. `y` is its top."""

    name: str
    value: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return round(self.x + self.width / 2, 1)


class Tick(Struct, frozen=True):
    """A line of the scale."""

    value: int
    y: float


class Plot(Struct, frozen=True, kw_only=True):
    """A whole drawing, in units of its own."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def is_broad(self) -> bool:
        """Whether it needs more than a phone's width."""
        return self.width > WIDTH

    @property
    def foot(self) -> int:
        """The line that the bars stand on."""
        return self.height - BOTTOM


def plot(values: Sequence[tuple[str, int]]) -> Plot:
    """Bars in this order, each with its name; values are counts. More than a day has hours make a broad drawing."""
    width = BROAD if len(values) > MANY else WIDTH
    top = scale(max((value for _name, value in values), default=0))
    room = HEIGHT - TOP - BOTTOM
    step = (width - LEFT - RIGHT) / max(1, len(values))
    every = _every([name for name, _value in values], step)
    bars = tuple(
        Bar(
            name=name if number % every == 0 else "",
            value=value,
            x=round(LEFT + step * (number + GAP / 2), 1),
            y=round(HEIGHT - BOTTOM - room * value / top[-1], 1),
            width=round(step * (1 - GAP), 1),
            height=round(room * value / top[-1], 1),
        )
        for number, (name, value) in enumerate(values)
    )
    ticks = tuple(Tick(value, round(HEIGHT - BOTTOM - room * value / top[-1], 1)) for value in top)
    return Plot(bars=bars, ticks=ticks, width=width)


def scale(largest: int) -> tuple[int, ...]:
    """Two to six round numbers from 0 to the largest or a little above, evenly spaced."""
    step = 1
    while step * 5 < largest:
        step = _next_round(step)
    return tuple(range(0, max(1, -(-largest // step)) * step + 1, step))


def _next_round(step: int) -> int:
    """1, 2, 5, 10, 20, 50 and so on."""
    return step * 5 // 2 if str(step)[0] == "2" else step * 2


def _every(names: Sequence[str], step: float) -> int:
    """Only each so-manyth name is written, so that none runs into the next."""
    longest = max((len(name) for name in names), default=1)
    return max(1, -(-int((longest + 1) * NAME_ROOM) // max(1, int(step))))
