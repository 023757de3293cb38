"""Which faults come when: a pure function of the seed, so that `SEED=n` draws the same ones again."""

import random
from typing import NamedTuple

REAL, FAKE, CENTRAL = "Bilik 1", "Bilik 2", "central"
"""The terminal with a window and a video call, the one with a made-up page, and the server that both need."""

CALM_AT_FIRST_S = 8.0
GAP_LEAST_S, GAP_MOST_S = 3.0, 10.0
MOMENTS = ("now", "now", "now", "begin", "talking", "talking", "last_second")
"""When a drawn fault strikes: at once, or when the visit at its terminal comes to this."""


class Kind(NamedTuple):
    """One way to break something; `weight` is how often it is drawn, the lengths are in seconds.

    `needs` says what it cannot do without: `namespaces` (root), `loop` (root and a loop device), `clock` (libfaketime).
    """

    name: str
    weight: int
    least_s: float
    most_s: float
    where: tuple[str, ...] = (REAL, FAKE)
    needs: str = ""


KINDS = (
    Kind("kill_agent", 5, 0.2, 2.5),
    Kind("stop_agent", 2, 0.5, 5.0),
    Kind("power_cut", 3, 1.0, 4.0),
    Kind("second_agent", 1, 0.0, 0.0),
    Kind("kill_shell", 1, 0.5, 1.5, (REAL,)),
    Kind("kill_window", 2, 0.0, 0.0),
    Kind("kill_renderer", 2, 0.0, 0.0, (REAL,)),
    Kind("stop_window", 1, 1.0, 6.0, (REAL,)),
    Kind("hang_page", 2, 0.5, 6.0),
    Kind("say_twice", 2, 5.0, 20.0, (FAKE,)),
    Kind("kill_central", 3, 0.5, 6.0, (CENTRAL,)),
    Kind("stop_central", 1, 1.0, 6.0, (CENTRAL,)),
    Kind("answer_500", 1, 2.0, 10.0),
    Kind("answer_garbage", 1, 2.0, 10.0),
    Kind("answer_slowly", 1, 4.0, 15.0),
    Kind("ask_twice", 2, 5.0, 20.0),
    Kind("lose_answers", 2, 3.0, 10.0),
    Kind("close_idle", 1, 5.0, 20.0),
    Kind("wrong_certificate", 1, 3.0, 10.0, needs="namespaces"),
    Kind("step_clock", 2, 3.0, 10.0, needs="clock"),
    Kind("fill_disk", 2, 2.0, 8.0, needs="namespaces"),
    Kind("freeze_disk", 2, 1.0, 6.0, needs="loop"),
    Kind("reload_family", 3, 0.0, 0.0),
    Kind("close_family", 2, 1.0, 8.0),
    Kind("cut", 3, 0.5, 8.0, needs="namespaces"),
    Kind("cut_in", 2, 0.5, 8.0, needs="namespaces"),
    Kind("cut_out", 2, 0.5, 8.0, needs="namespaces"),
    Kind("cut_media", 2, 0.5, 8.0, needs="namespaces"),
    Kind("cut_signalling", 2, 0.5, 12.0, needs="namespaces"),
    Kind("thin", 2, 5.0, 15.0, needs="namespaces"),
    Kind("lose_packets", 3, 5.0, 20.0, needs="namespaces"),
    Kind("reset", 2, 2.0, 8.0, needs="namespaces"),
    Kind("wrong_name", 2, 3.0, 10.0, needs="namespaces"),
    Kind("long_cut", 1, 65.0, 75.0, needs="namespaces"),
    Kind("extend", 2, 0.0, 0.0),
)
BY_NAME = {kind.name: kind for kind in KINDS}


class Fault(NamedTuple):
    """One drawn fault: from `at_s` of the run on it waits for its moment at `where`, then lasts for `lasts_s`."""

    number: int
    at_s: float
    kind: str
    where: str
    moment: str
    lasts_s: float
    chance: float

    def __str__(self) -> str:
        when = "" if self.moment == "now" else f" at {self.moment}"
        length = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        return f"{self.kind} {self.where}{when}{length}"


def drawn(seed: int, seconds: float) -> tuple[Fault, ...]:
    """The faults of a run of so many seconds. A longer run of the same seed begins with those of a shorter one."""
    dice = random.Random(seed)
    faults: list[Fault] = []
    at_s = CALM_AT_FIRST_S
    while at_s < seconds:
        kind = dice.choices(KINDS, [one.weight for one in KINDS])[0]
        where, moment = dice.choice(kind.where), dice.choice(MOMENTS)
        lasts_s = round(dice.uniform(kind.least_s, kind.most_s), 2)
        moment = "now" if where == CENTRAL else moment
        faults.append(Fault(len(faults) + 1, round(at_s, 2), kind.name, where, moment, lasts_s, dice.random()))
        at_s += dice.uniform(GAP_LEAST_S, GAP_MOST_S)
    return tuple(faults)
