"""The garbage collector of a serving central: it does not go through what thousands of held requests hold, again and again."""

import subprocess
import sys

HELD = """
import gc, sys
if sys.argv[1] == "spared":
    from central.server import spare_collector
    spare_collector()
oldest = []
gc.callbacks.append(lambda phase, info: oldest.append(phase) if info["generation"] == 2 and phase == "start" else None)
held = [[{"of": [number]} for number in range(40)] for _ in range(2000)]
for at in range(20_000):
    held[at % 2000] = [{"of": [number]} for number in range(40)]
print(len(oldest))
"""


def looked(how: str) -> int:
    """How often everything was gone through while requests came and went."""
    told = subprocess.run([sys.executable, "-c", HELD, how], capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_held_requests_are_not_gone_through_again_and_again() -> None:
    assert looked("as Python comes") > 0, "else this try would show nothing"
    assert looked("spared") == 0
