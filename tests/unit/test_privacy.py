"""What agent and central do first: no core dump, memory that nobody else reads, files for their account alone."""

import json
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
