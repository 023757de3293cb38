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
CRASHED = """
import os, subprocess, sys
{keep}
open("made", "w").close()
print(os.stat("made").st_mode & 0o777, flush=True)
if sys.argv[1] == "below":
    sys.exit(subprocess.run([sys.executable, "-c", "import os; os.abort()"]).returncode != -6)
os.abort()
"""


KEEP = {
    "the shell": "from kiosk_ui.privacy import keep_private; keep_private(hide_memory=True)",
    "the window": "from kiosk_ui.privacy import keep_private; keep_private(hide_memory=False)",
    "the agent": "from agent.adapters.privacy import keep_private; keep_private()",
    "central": "from central.privacy import keep_private; keep_private()",
}


def crashed(keep: str, who: str, folder: Path) -> tuple[list[str], str]:
    """The files that a crash leaves where dumps are allowed, and what was said before it; `who` crashes: itself, or below."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    command = [sys.executable, "-c", CRASHED.format(keep=keep), who]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1])),
    ) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == (-signal.SIGABRT if who == "itself" else 0)
    return [file.name for file in folder.iterdir()], said.strip()


@pytest.mark.parametrize("program", KEEP)
@pytest.mark.parametrize("who", ["itself", "below"])
def test_no_program_and_nothing_that_it_starts_leaves_a_dump(program: str, who: str, tmp_path: Path) -> None:
    assert crashed(KEEP[program], who, tmp_path) == (["made"], str(0o600))


@pytest.mark.skipif(
    Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "/"))
    or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0,
    reason="dumps go elsewhere here, or nowhere",
)
def test_a_program_that_does_not_keep_private_would_leave_one(tmp_path: Path) -> None:
    found, _ = crashed("", "itself", tmp_path)
    assert len(found) == 2, "the crash of these tests makes a dump where nothing stops it"


def test_a_kiosk_that_was_forbidden_every_dump_already_starts_all_the_same(tmp_path: Path) -> None:
    text = "from kiosk_ui.privacy import keep_private; keep_private(hide_memory=False)"
    forbid = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
    command = [sys.executable, "-c", forbid + text]
    assert subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, timeout=60, check=False).returncode == 0
