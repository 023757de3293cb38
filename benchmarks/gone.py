"""How soon staff see that a booth is gone: from its silence, or its agent's death, to red on an officer's board."""

import signal
from collections.abc import Callable

from benchmarks.rows import Row, timed
from tests.stage.kiosk import Kiosk
from tests.stage.waiting import boot_s, wait_for

REPEATS = 3
PC_GONE_MS, AGENT_DIED_MS = 15_000.0, 3_000.0
RED_WITHIN_S, BACK_WITHIN_S = 40.0, 60.0


class Times:
    """What was measured, in ms."""

    def __init__(self) -> None:
        self.pc_gone: list[float] = []
        self.agent_died: list[float] = []


def measure(kiosk: Kiosk, tell: Callable[[str], None], *, repeats: int = REPEATS) -> Times:
    """Let the booth go silent, as a PC without power or cable, then kill its agent; each so often."""
    times = Times()
    for number in range(repeats):
        tell(f"a PC that falls silent, an agent that dies, seen from the board: round {number + 1} of {repeats}")
        agent = kiosk.terminal.agent
        assert agent is not None
        times.pc_gone.append(_until_red_ms(kiosk, lambda: agent.signal(signal.SIGSTOP)))  # noqa: B023 - called at once
        agent.signal(signal.SIGCONT)
        times.agent_died.append(_until_red_ms(kiosk, agent.kill))
        kiosk.terminal.start_agent()
    _wait_for_tile(kiosk, is_gone=False, within_s=BACK_WITHIN_S)
    return times


def _until_red_ms(kiosk: Kiosk, break_it: Callable[[], None]) -> float:
    _wait_for_tile(kiosk, is_gone=False, within_s=BACK_WITHIN_S)
    broken_s = boot_s()
    break_it()
    return 1000 * (_wait_for_tile(kiosk, is_gone=True, within_s=RED_WITHIN_S) - broken_s)


def _wait_for_tile(kiosk: Kiosk, *, is_gone: bool, within_s: float) -> float:
    """The moment at which the booth's tile on the board is red, or no longer."""
    script = f"document.getElementById('tile-{kiosk.terminal.id}')?.classList.contains('gone') ?? null"
    wait_for(
        lambda: kiosk.officer.evaluate(script) is is_gone,
        within_s=within_s,
        what="the tile to be red" if is_gone else "the tile to be well",
        every_s=0.02,
    )
    return boot_s()


def rows(times: Times) -> list[Row]:
    """The table's part; the peers' figures are Libki's, which marks a client offline after 22 s of silence at best."""
    return [
        timed("PC gone -> red on the board", times.pc_gone, must=PC_GONE_MS, by="max", peer=22_000.0),
        timed("agent process died -> red on the board", times.agent_died, must=AGENT_DIED_MS, by="max", peer=22_000.0),
    ]
