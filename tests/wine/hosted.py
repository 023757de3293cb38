"""Runs inside Wine as a service: the product's own service program, with a stand-in for the agent and less patience."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEATS_WITHIN_S = 2.0


def main(folder: Path) -> int:
    sys.path.insert(0, str(ROOT))
    from installer.windows import hosted
    from installer.windows.service import AgentService

    hosted.BEATS_WITHIN_S = BEATS_WITHIN_S
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import runpy; runpy.run_module('tests.wine.stand_in', run_name='__main__')"
    command = (sys.executable, "-c", start, str(folder))
    return AgentService(lambda: hosted.AgentHost(command, folder / "log")).run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
