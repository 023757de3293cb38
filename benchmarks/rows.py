"""The rows of out/bench.json: figures in, the verdict computed, never typed in."""

import math
from collections.abc import Sequence

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table; what does not apply is null. `must` is the largest figure that holds."""

    row: str
    unit: str
    p50: float | None = None
    p99: float | None = None
    value: float | None = None
    must: float | None = None
    holds: bool | None = None
    peer: float | None = None
    ratio: float | None = None
    n: int = 1
    max: float | None = None


def percentile(samples: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; of few samples the 99th is their maximum."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def timed(
    row: str, samples_ms: Sequence[float], *, must: float | None, by: str = "p99", peer: float | None = None
) -> Row:
    """A row of times in ms; `by` says which figure has to hold: p50, p99 or max."""
    if not samples_ms:
        return Row(row=row, unit="ms", must=must, holds=False if must is not None else None, peer=peer, n=0)
    figures = {"p50": percentile(samples_ms, 0.5), "p99": percentile(samples_ms, 0.99), "max": max(samples_ms)}
    return Row(
        row=row,
        unit="ms",
        p50=round(figures["p50"], 1),
        p99=round(figures["p99"], 1),
        max=round(figures["max"], 1),
        must=None if must is None else round(must, 1),
        holds=None if must is None else figures[by] <= must,
        peer=peer,
        ratio=_ratio(figures["p50"], peer),
        n=len(samples_ms),
    )


def weighed(row: str, value: float, unit: str, *, must: float | None, peer: float | None = None) -> Row:
    """A row of one figure."""
    return Row(
        row=row,
        unit=unit,
        value=round(value, 2),
        must=must,
        holds=None if must is None else value <= must,
        peer=None if peer is None else round(peer, 2),
        ratio=_ratio(value, peer),
    )


def _ratio(ours: float, peer: float | None) -> float | None:
    return round(ours / peer, 3) if peer else None


def printed(rows: Sequence[Row]) -> str:
    """The table as people read it."""
    head = f"{'row':58} {'unit':5} {'n':>4} {'p50':>9} {'p99':>9} {'value':>9} {'must':>9} {'peer':>9}  holds"
    lines = [head, "-" * len(head)]
    for one in rows:
        figures = " ".join(f"{_shown(figure):>9}" for figure in (one.p50, one.p99, one.value, one.must, one.peer))
        verdict = {True: "yes", False: "NO", None: ""}[one.holds]
        lines.append(f"{one.row[:58]:58} {one.unit:5} {one.n:>4} {figures}  {verdict}")
    return "\n".join(lines)


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:g}"
