"""Whose pipe the shell takes for the agent's."""

import pytest

from kiosk_ui.shell.pipe_windows import may_own

KIOSK, SOMEBODY = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"


@pytest.mark.parametrize("owner", ["S-1-5-80-1-2-3-4-5", "S-1-5-18", "S-1-5-19", "S-1-5-32-544"])
def test_a_services_and_the_systems_are(owner: str) -> None:
    assert may_own(owner, KIOSK, is_kiosk=True)


def test_another_persons_never_is_and_our_own_only_where_no_kiosk_is() -> None:
    assert not may_own(SOMEBODY, KIOSK, is_kiosk=False)
    assert not may_own(KIOSK, KIOSK, is_kiosk=True)
    assert may_own(KIOSK, KIOSK, is_kiosk=False)
