"""Central's own contract against a running central: schemathesis as an enrolled terminal that sends anything."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from agent.adapters.credentials import NAME, SERVICE
from tests.stage.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
CONFIG = ROOT / "tests" / "fuzz" / "schemathesis.toml"
SENT = re.compile(r"(\d+) generated")
TRACEBACK = "Traceback"


class Found(NamedTuple):
    """`ok`: nothing was found. `sent`: how many requests. `said`: schemathesis's report. `bugs`: tracebacks in central's log."""

    ok: bool
    sent: int
    said: str
    bugs: int


def try_contract(seconds: int, *, examples: int | None = None) -> Found:
    """Examples, coverage and fuzzing for so many seconds, or so many `examples` of fuzzing for each operation.

    Raises if schemathesis does not end soon after.
    """
    with Stage("contract") as stage:
        central = stage.central()
        facility = central.add_facility("Rutan Uji")
        terminal = stage.terminal("Bilik 1", central=central, facility=facility, run=False)
        token = (terminal.home / "state" / f"{SERVICE}.{NAME}").read_text().strip()
        command = [
            str(SCHEMATHESIS),
            "--config-file",
            str(CONFIG),
            "run",
            str(ROOT / "central" / "openapi.json"),
            "--url",
            central.url,
        ]
        command += ["-H", f"Authorization: Bearer {token}", "--no-color"]
        if examples is None:
            command += ["--phases", "examples,coverage,fuzzing", "--max-time", str(seconds)]
        else:
            command += ["--phases", "fuzzing", "--max-examples", str(examples)]
        command += ["--request-timeout", "40", "--continue-on-failure", "--warnings", "off"]
        env = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 90, check=False, env=env, cwd=stage.home
        )
        bugs = (stage.logs / "central.err").read_text().count(TRACEBACK)
    sent = SENT.search(done.stdout)
    return Found(done.returncode == 0, int(sent[1]) if sent else 0, (done.stdout + done.stderr)[-6000:], bugs)
