"""The registry in memory keeps the contract; Windows' own keeps it under Wine (`make wine-test`)."""

from collections.abc import Callable

import pytest

from installer.ports import SystemRefused
from installer.windows.ports import Registry, number
from tests.contract.registry_contract import CONTRACT
from tests.fake_windows import FakeRegistry


@pytest.mark.parametrize("promise", CONTRACT, ids=lambda one: one.__name__.replace("_", " "))
def test_the_registry_in_memory_promises_that(promise: Callable[[Registry, str], None]) -> None:
    promise(FakeRegistry(), r"HKLM\SOFTWARE\Bilik-contract")


def test_a_hive_that_is_not_there_has_no_keys_and_takes_no_value() -> None:
    registry = FakeRegistry()
    assert registry.keys("KIOSK") is None
    assert registry.get(r"KIOSK\Software", "Name") is None
    with pytest.raises(SystemRefused):
        registry.set(r"KIOSK\Software", "Name", number(1))
