"""Times of visits in which nothing breaks: opening, first frame, the end by itself and the end by an officer."""

from collections.abc import Callable

from benchmarks.rows import Row, percentile, timed
from tests.stage.kiosk import Kiosk, Visit
from tests.stage.waiting import boot_s, wait_for

ENDS = 10
OFFICER_ENDS = 10
TALK_S = 10
OPENING_MS, CLOSING_MS, OFFICER_MS, FIRST_FRAME_MS = 300.0, 100.0, 300.0, 1500.0
TALKED_S = 1.0


class Times:
    """What the visits of this part took, in ms."""

    def __init__(self) -> None:
        self.opening: list[float] = []
        self.first_frame: list[float] = []
        self.closing: list[float] = []
        self.farewell: list[float] = []
        self.glass: list[float] = []
        self.officer: list[float] = []

    def take_beginning(self, visit: Visit) -> None:
        """Note how the visit came to be."""
        self.opening.append(visit.opening_ms())
        self.first_frame.append(visit.first_frame_ms())


def measure(kiosk: Kiosk, tell: Callable[[str], None]) -> Times:
    """Run the visits one after another."""
    times = Times()
    for number in range(ENDS):
        tell(f"a visit to its own end, {number + 1} of {ENDS}")
        _to_its_end(kiosk, times)
    for number in range(OFFICER_ENDS):
        tell(f"a visit that an officer ends, {number + 1} of {OFFICER_ENDS}")
        _to_the_officers_end(kiosk, times)
    return times


def _to_its_end(kiosk: Kiosk, times: Times) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    times.take_beginning(visit)
    about_s = kiosk.talking_since_s(visit) + TALK_S
    wait_for(lambda: boot_s() > about_s - 0.5, within_s=TALK_S + 1, what="the last half second", every_s=0.05)
    kiosk.glass.watch()
    closed = visit.wait_closed(within_s=TALK_S + 10)
    end_s = float(closed["boot_s"]) - float(closed["late_ms"]) / 1000
    times.closing.append(float(closed["late_ms"]))
    times.farewell.append(1000 * (float(visit.farewell_painted()["boot_s"]) - end_s))
    times.glass.append(1000 * (kiosk.glass.wait_until_closed(within_s=5) - end_s))
    kiosk.glass.stop()
    visit.leave()


def _to_the_officers_end(kiosk: Kiosk, times: Times) -> None:
    visit = kiosk.begin(talk_s=120)
    times.take_beginning(visit)
    began_s = boot_s()
    wait_for(lambda: boot_s() - began_s > TALKED_S, within_s=TALKED_S + 1, what="a second of talk")
    pressed_s = kiosk.officer.end_now()
    closed = visit.wait_closed()
    times.officer.append(1000 * (float(closed["boot_s"]) - pressed_s))
    visit.leave()


def rows(times: Times, probe_ms: list[float]) -> list[Row]:
    """The table's part; the probe's 99th percentile is allowed on top where part 11 says so."""
    noise_ms = percentile(probe_ms, 0.99) if probe_ms else 0.0
    worse = [max(pair) for pair in zip(times.closing, times.farewell, strict=True)]
    return [
        timed("view closed and farewell painted after its end", worse, must=CLOSING_MS + noise_ms, peer=61_000),
        timed("  of which tracks stopped (the page's word)", times.closing, must=None),
        timed("  of which seen on the X screen from outside", times.glass, must=None),
        timed("officer presses End -> view closed", times.officer, must=OFFICER_MS + noise_ms, peer=1_000),
        timed("check-in accepted -> call view painted", times.opening, must=OPENING_MS, peer=776),
        timed("family admitted -> first remote frame", times.first_frame, must=FIRST_FRAME_MS, by="p50"),
    ]
