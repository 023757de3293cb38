"""What every program does first: no core dump, memory that nobody else reads, files for their account alone."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the limits of Linux", allow_module_level=True)

TRIED = """
import ctypes, json, os, resource, sys
from {module} import keep_private
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
keep_private()
open(sys.argv[1], "w").close()
after = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(json.dumps([before, after, resource.getrlimit(resource.RLIMIT_CORE), os.stat(sys.argv[1]).st_mode & 0o777]))
"""


@pytest.mark.parametrize("module", ["agent.adapters.privacy", "central.privacy"])
def test_a_process_keeps_its_memory_and_its_files_to_itself(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TRIED.format(module=module), str(tmp_path / "made")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [1, 0, [0, 0], 0o600]


ROOT = Path(__file__).parents[2]
KIOSK_TRIED = """
import os, subprocess, sys
from kiosk_ui.privacy import keep_private
keep_private(hide_memory=sys.argv[1] == "hidden")
open("made", "w").close()
print(os.stat("made").st_mode & 0o777, flush=True)
if sys.argv[2] == "below":
    sys.exit(subprocess.run([sys.executable, "-c", "import os; os.abort()"]).returncode != -6)
os.abort()
"""


@pytest.mark.parametrize("memory", ["hidden", "open"])
@pytest.mark.parametrize("who", ["itself", "below"])
def test_neither_shell_nor_window_nor_what_they_start_leaves_a_dump(memory: str, who: str, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    command = [sys.executable, "-c", KIOSK_TRIED, memory, who]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1])),
    ) as process:
        said, _ = process.communicate(timeout=60)
    assert said.strip() == str(0o600)
    assert process.returncode == (-signal.SIGABRT if who == "itself" else 0)
    assert [file.name for file in tmp_path.iterdir()] == ["made"]


def test_a_kiosk_that_was_forbidden_every_dump_already_starts_all_the_same(tmp_path: Path) -> None:
    text = "from kiosk_ui.privacy import keep_private; keep_private(hide_memory=False)"
    forbid = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
    command = [sys.executable, "-c", forbid + text]
    assert subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, timeout=60, check=False).returncode == 0
