"""The service of Windows is as patient with the agent as systemd is."""

import re
from pathlib import Path

from installer.windows.hosted import AGAIN_S, BEATS_WITHIN_S, STARTS_WITHIN_S

UNIT = Path(__file__).resolve().parents[4] / "installer" / "units" / "bilik-agent.service"


def test_an_agent_has_the_same_time_to_start_and_to_beat_as_under_systemd() -> None:
    said = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE))
    assert float(said["TimeoutStartSec"]) == STARTS_WITHIN_S
    assert float(said["WatchdogSec"]) == BEATS_WITHIN_S
    assert float(said["RestartSec"].removesuffix("ms")) / 1000 == AGAIN_S
