"""One minute of chaos on real processes: nothing lost, nothing twice, nothing over its end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(420)]

SEED = "11"
MINUTES = "1"


def test_a_minute_in_which_everything_breaks_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "chaos.json"
    command = [sys.executable, "-m", "tests.chaos", "--seed", SEED, "--minutes", MINUTES, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    told = json.loads(out.read_text())
    assert told["usage_lost"] == told["usage_duplicated"] == told["overruns"] == 0
    assert told["sessions"] >= 2
    assert told["faults"] >= 5
