"""What the threat model names is there: every file and every test that it leans on."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
OF_TESTS = ("unit/", "integration/", "e2e/", "contract/")
OF_THE_TREE = ("agent/", "central/", "kiosk_ui/", "protocol/")


def test_every_file_that_the_threat_model_leans_on_is_there() -> None:
    named = [
        name for name in re.findall(r"`([a-z_/0-9]+(?:\.py)?)`", TEXT) if name.startswith((*OF_TESTS, *OF_THE_TREE))
    ]
    paths = [ROOT / "tests" / name if name.startswith(OF_TESTS) else ROOT / name for name in named]
    assert len(set(paths)) > 30
    assert not [path.name for path in paths if not path.exists()]


def test_what_is_open_is_said() -> None:
    assert TEXT.count("\n- **", TEXT.index("## Open")) >= 10
