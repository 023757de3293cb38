"""How long a name is locked after failures."""

import pytest

from central.staff.logins import lock_s


@pytest.mark.parametrize(
    ("failed", "seconds"), [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (10, 480), (11, 900), (12, 900), (200, 900)]
)
def test_a_name_is_locked_from_the_fifth_failure_and_for_longer_each_time(failed: int, seconds: int) -> None:
    assert lock_s(failed) == seconds
