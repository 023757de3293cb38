"""Fails unless the unit tests of the pure modules reach every branch of them: `python -m tests.pure_coverage`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[1]
PURE = (
    "agent/core/*.py",
    "protocol/*.py",
    "kiosk_ui/shell/technician_chord.py",
    "kiosk_ui/shell/key_table*.py",
    "kiosk_ui/window/navigation.py",
    *(
        "installer/answers.py",
        "installer/steps.py",
        "installer/undo.py",
        "installer/linux/firewall.py",
        "installer/linux/plan.py",
    ),
    *("installer/windows/editions.py", "installer/windows/policies.py", "installer/windows/plan.py"),
    *("installer/windows/values.py", "installer/windows/kinds.py", "installer/windows/rescue.py"),
    *("installer/windows/booth.py", "installer/windows/handed.py", "installer/windows/folders.py"),
    *(
        "installer/windows/embedded.py",
        "installer/windows/access.py",
        "installer/windows/powershell.py",
        "installer/windows/tasks.py",
    ),
    *("installer/linux/accounts.py", "installer/linux/files.py", "installer/linux/units.py"),
    *(
        "central/board.py",
        "central/board_model.py",
        "central/health.py",
        "central/staff/rights.py",
        "central/clones.py",
        "central/schedule/*.py",
        "central/reports/*.py",
    ),
)
TESTS = (
    "tests/unit/agent/core",
    "tests/unit/protocol",
    "tests/unit/kiosk_ui/shell/test_key_table.py",
    "tests/unit/kiosk_ui/shell/test_key_table_windows.py",
    "tests/unit/kiosk_ui/shell/test_technician_chord.py",
    "tests/unit/kiosk_ui/window/test_navigation.py",
    *("tests/unit/installer/test_answers.py", "tests/unit/installer/test_steps.py", "tests/unit/installer/linux"),
    "tests/unit/installer/windows",
    "tests/unit/central/test_board.py",
    "tests/unit/central/test_board_acts.py",
    "tests/unit/central/test_health.py",
    "tests/unit/central/test_rights.py",
    "tests/unit/central/test_clones.py",
    "tests/unit/central/schedule",
    "tests/unit/central/reports",
)
BY_CHANCE = (
    "tests/unit/agent/core/test_invariants.py",
    "tests/unit/central/schedule/test_invariants.py",
    "tests/unit/installer/windows/test_power_cuts.py",
)
"""What a test reaches by chance does not count."""


def modules() -> list[Path]:
    """The pure modules; ends the run if one that is listed is missing."""
    found = {pattern: sorted(ROOT.glob(pattern)) for pattern in PURE}
    missing = [pattern for pattern, here in found.items() if not here]
    if missing:
        sys.exit(f"{', '.join(missing)}: listed as pure, but not there; correct PURE in {__file__}")
    return [path for here in found.values() for path in here]


def run_tests(data: Path, listed: list[Path]) -> bool:
    """Run the unit tests of the pure modules under coverage; did they pass?"""
    only = ",".join(str(path) for path in listed)
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        f"--data-file={data}",
        f"--rcfile={os.devnull}",
        "--branch",
        f"--include={only}",
    ]
    pytest = ["-m", "pytest", "-q", *TESTS, *(f"--ignore={test}" for test in BY_CHANCE)]
    return subprocess.run([*command, *pytest], cwd=ROOT, check=False).returncode == 0


def gaps(data: Path, listed: list[Path]) -> list[str]:
    """One sentence for each module that is not covered wholly."""
    measured = coverage.Coverage(data_file=data, branch=True, config_file=False, include=[str(path) for path in listed])
    measured.load()
    report = data.with_suffix(".json")
    measured.json_report(outfile=str(report))
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    seen = {str((ROOT / name).resolve()): facts for name, facts in files.items()}
    sentences = []
    for path in listed:
        name, facts = path.relative_to(ROOT), seen.get(str(path))
        if facts is None:
            sentences.append(f"{name}: no unit test of the pure modules imports it")
        elif facts["missing_lines"] or facts["missing_branches"]:
            ways = ", ".join(f"{start}->{to if to > 0 else 'end'}" for start, to in facts["missing_branches"])
            sentences.append(f"{name}: lines never run {facts['missing_lines']}, branches never taken {ways or 'none'}")
    return sentences


def main() -> int:
    """0 if every branch of every pure module is reached."""
    listed = modules()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        if not run_tests(data, listed):
            print("the unit tests of the pure modules failed; their coverage was not judged")
            return 1
        missing = gaps(data, listed)
    for sentence in missing:
        print(sentence)
    if not missing:
        print(f"every branch of {len(listed)} pure modules is reached")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
