"""The PC's word on its own lock-down, as bilik-install left it."""

from pathlib import Path

import pytest

from agent.adapters.health import LOOKED_WITHIN_S, PsutilHealth


def health(report: Path, *, boot_s: float = 100.0) -> PsutilHealth:
    return PsutilHealth(boot_s=lambda: boot_s, lock_report=report)


def test_a_pc_that_bilik_install_did_not_set_up_has_no_lock_to_change(tmp_path: Path) -> None:
    assert health(tmp_path / "absent").lock_changed() is None
    assert not health(tmp_path / "absent").lock_watched()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"boot_s": 90, "drift": []}', None),
        ('{"boot_s": 90, "drift": ["one is missing", "two runs"]}', "one is missing; two runs"),
    ],
)
def test_what_was_seen_is_said(tmp_path: Path, text: str, said: str | None) -> None:
    (tmp_path / "drift.json").write_text(text)
    assert health(tmp_path / "drift.json").lock_changed() == said
    assert health(tmp_path / "drift.json").lock_watched()


def test_a_report_that_nobody_renews_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "drift.json").write_text('{"boot_s": 90, "drift": []}')
    later = health(tmp_path / "drift.json", boot_s=91 + LOOKED_WITHIN_S)
    assert "nobody has looked" in str(later.lock_changed())


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"boot_s": 1}', b"[" * 100_000, b'{"boot_s": 1, "drift": ["\xff"]}'])
def test_a_report_that_cannot_be_read_is_a_change(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "drift.json").write_bytes(raw)
    assert "cannot be read" in str(health(tmp_path / "drift.json").lock_changed())
