"""`python -m benchmarks`: measure, print the table, leave out/bench.json; exit 1 if a row does not hold."""

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks import faults, kiosk_load, visits
from benchmarks.booth import Booth
from benchmarks.load import cpu_percent, rss_mb
from benchmarks.probe import Probe, as_row
from benchmarks.rows import Row, printed, weighed
from tests.stage.stage import OUT, Stage

FILE = OUT / "bench.json"
AGENT_IDLE_S = 20.0
AGENT_RSS_MB, AGENT_CPU = 64.0, 1.0


def tell(text: str) -> None:
    """One line of progress."""
    print(f"{datetime.now().astimezone():%H:%M:%S}  {text}", flush=True)


def measure_booth(folder: Path) -> list[Row]:
    """All rows that need a whole booth, with the probe running beside them."""
    with Stage("bench", keep=OUT / "bench-logs") as stage:
        booth = Booth(stage)
        idle = agent_idle(booth)
        probe = Probe(folder)
        healthy = visits.measure(booth, tell)
        late_ms = probe.stop()
        broken = faults.measure(booth, tell)
        return [*visits.rows(healthy, late_ms), *faults.rows(broken), *idle, as_row(late_ms)]


def agent_idle(booth: Booth) -> list[Row]:
    """The agent between visits, with the page and central connected."""
    booth.wait_for_entry("painted", since_s=0, screen="Idle", within_s=30)
    tell(f"the agent idles for {AGENT_IDLE_S:g} s")
    assert booth.terminal.agent is not None
    pid = booth.terminal.agent.pid
    cpu = cpu_percent(pid, over_s=AGENT_IDLE_S)
    return [
        weighed("agent process idle: memory", rss_mb(pid), "MB", must=AGENT_RSS_MB),
        weighed("agent process idle: CPU", cpu, "%", must=AGENT_CPU),
    ]


def main() -> int:
    """Run the bench."""
    with tempfile.TemporaryDirectory(prefix="bilik-bench-") as name:
        folder = Path(name)
        rows = measure_booth(folder)
        tell("the window and chromium --kiosk on the same page")
        rows += kiosk_load.measure(folder)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(msgspec.to_builtins(rows), indent=1) + "\n")
    print(printed(rows))
    broken = [one.row for one in rows if one.holds is False]
    print(f"\n{FILE}: {len(rows)} rows, " + (f"not holding: {'; '.join(broken)}" if broken else "all hold"))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
