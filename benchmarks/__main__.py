"""`python -m benchmarks`: measure, print the table, leave out/bench.json; exit 1 if a row does not hold."""

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks import faults, gone, kiosk_load, visits
from benchmarks.load import cpu_percent, rss_mb
from benchmarks.probe import Probe, as_row
from benchmarks.rows import Row, printed, weighed
from tests.stage.kiosk import Kiosk
from tests.stage.stage import OUT, Stage

FILE = OUT / "bench.json"
AGENT_IDLE_S = 20.0
AGENT_RSS_MB, AGENT_CPU = 64.0, 1.0


def tell(text: str) -> None:
    """One line of progress."""
    print(f"{datetime.now().astimezone():%H:%M:%S}  {text}", flush=True)


def measure_kiosk(folder: Path) -> list[Row]:
    """All rows that need a whole kiosk, with the probe running beside them."""
    with Stage("bench", keep=OUT / "bench-logs") as stage:
        kiosk = Kiosk(stage)
        idle = agent_idle(kiosk)
        stage.browsers.give_way()
        probe = Probe(folder)
        healthy = visits.measure(kiosk, tell)
        late_ms = probe.stop()
        broken = faults.measure(kiosk, tell)
        unseen = gone.measure(kiosk, tell)
        return [*visits.rows(healthy, late_ms), *faults.rows(broken), *gone.rows(unseen), *idle, as_row(late_ms)]


def agent_idle(kiosk: Kiosk) -> list[Row]:
    """The agent between visits, with the page and central connected."""
    kiosk.wait_for_entry("painted", since_s=0, screen="Idle", within_s=30)
    tell(f"the agent idles for {AGENT_IDLE_S:g} s")
    assert kiosk.terminal.agent is not None
    pid = kiosk.terminal.agent.pid
    cpu = cpu_percent(pid, over_s=AGENT_IDLE_S)
    return [
        weighed("agent process idle: memory", rss_mb(pid), "MB", must=AGENT_RSS_MB),
        weighed("agent process idle: CPU", cpu, "%", must=AGENT_CPU),
    ]


def main() -> int:
    """Run the bench."""
    with tempfile.TemporaryDirectory(prefix="bilik-bench-") as name:
        folder = Path(name)
        rows = measure_kiosk(folder)
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
