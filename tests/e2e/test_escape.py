"""A few of the attempts of `make escape`, on every run of the tests."""

from pathlib import Path

import pytest

from tests.escape.attempts import Attempt, every
from tests.escape.runs import summary, try_guarded, try_unguarded

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.e2e]
TRIED = {
    "alt+F4", "ctrl+w", "super+e", "ctrl+alt+Delete", "F11", "Super_L", "button 8", "shift+click on a link",
    "location.href = 'OUTSIDE'", "window.open(location.href)", "a window", "a window no manager touches",
    "unmapped", "asked of the manager: closed", "a program under an allowed name",
}  # fmt: skip


def test_what_comes_through_without_guards_is_contained_with_them(tmp_path: Path) -> None:
    attempts: list[Attempt] = [attempt for attempt in every() if attempt.name in TRIED]
    assert len(attempts) == len(TRIED)
    (tmp_path / "off").mkdir()
    (tmp_path / "on").mkdir()
    off = try_unguarded(attempts, tmp_path / "off", window_manager=True)
    assert [attempt.name for attempt, wrong in off.items() if not wrong] == []
    found = summary(off, {"openbox": try_guarded(attempts, tmp_path / "on", window_manager=True)})
    assert found["escaped"] == []
    assert found["contained"] == found["attempts"] == len(TRIED)
