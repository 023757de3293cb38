"""The rows of out/fleet.json: part 11's bars for central, each stage's cost beside the null app's, and how costs grow."""

from benchmarks.fleet.load import Cost
from benchmarks.rows import Row, percentile, timed, weighed

CPU_PERCENT, KB, HANDLING_MS = 50.0, 50.0, 100.0
VISITS_A_DAY = 36
"""Nine hours, one each quarter of an hour."""


def stage_rows(name: str, cost: Cost, null: Cost | None, *, bars: bool) -> list[Row]:
    """What one stage cost; `bars`: part 11 holds for it. Latency is what a terminal waited beyond the agreed hold."""
    figures = cost.figures
    null_us = None if null is None else null.us_per_request
    null_p50 = None if null is None else percentile(null.figures.over_hold, 0.5)
    return [
        weighed(
            f"{name}: server CPU",
            cost.cpu_percent,
            "%",
            must=CPU_PERCENT if bars else None,
            peer=None if null is None else null.cpu_percent,
        ),
        weighed(f"{name}: server CPU a request", cost.us_per_request, "us", must=None, peer=null_us),
        weighed(f"{name}: answers a second", figures.requests / cost.window_s, "1/s", must=None),
        weighed(
            f"{name}: memory a terminal",
            cost.kb_per_terminal,
            "kB",
            must=KB if bars else None,
            peer=None if null is None else null.kb_per_terminal,
        ),
        timed(
            f"{name}: held sync, beyond its hold", figures.over_hold, must=HANDLING_MS if bars else None, peer=null_p50
        ),
        timed(f"{name}: sync at once", figures.at_once, must=HANDLING_MS if bars else None),
        timed(f"{name}: grant", figures.opening, must=None),
        timed(f"{name}: a report stored", figures.reports, must=None),
        timed(f"{name}: command committed -> at the booth", figures.commands, must=None),
        weighed(f"{name}: PostgreSQL CPU", 100 * cost.database_cpu_s / cost.window_s, "%", must=None),
        weighed(f"{name}: refused or lost", len(figures.refused) + figures.lost, "", must=0),
    ]


def growth_rows(small: Cost, large: Cost) -> list[Row]:
    """How the cost of one request grows with the fleet: 1 is the same."""
    return [
        weighed(
            f"CPU a request at {large.terminals} / at {small.terminals}",
            large.us_per_request / small.us_per_request,
            "x",
            must=None,
        )
    ]


def stored_rows(stored: dict[str, tuple[int, int]], reports: int, visits: int, terminals: int) -> list[Row]:
    """What a day of this fleet leaves in the database; `stored`: rows and bytes of each table that grew."""
    rows = [
        weighed(f"table {name}: bytes a row, indexes included", size / count, "B", must=None)
        for name, (count, size) in stored.items()
        if count
    ]
    count, size = stored["events"]
    a_visit = reports / max(visits, 1)
    day = terminals * VISITS_A_DAY
    return [
        *rows,
        weighed("events a visit", a_visit, "", must=None),
        weighed(f"events of {terminals} terminals a day", day * a_visit / 1e6, "M", must=None),
        weighed("bytes of them a day", day * a_visit * size / max(count, 1) / 1e6, "MB", must=None),
    ]
