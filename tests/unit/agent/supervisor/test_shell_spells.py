"""How often the kiosk session is restarted for a shell that stays away, and when that is given up."""

from pathlib import Path

import pytest

from agent.supervisor.shell_spells import LEFT_MOST, TRIES, ShellSpells
from protocol.page import OutOfService
from protocol.terminal import FaultChanged, Mode
from tests.agent_rig import running_rig


def restarts(spells: ShellSpells, from_s: int, to_s: int) -> list[int]:
    """At which seconds it wants a restart, asked once a second."""
    return [at for at in range(from_s, to_s) if spells.is_restart_due(float(at))]


def test_a_shell_that_was_never_there_is_waited_for() -> None:
    spells = ShellSpells()
    assert restarts(spells, 0, 3600) == []
    assert not spells.is_hopeless(3600.0)


def test_each_restart_is_waited_for_twice_as_long_and_the_last_is_given_up_on() -> None:
    spells = ShellSpells()
    spells.joined(0.0)
    spells.left(1000.0)
    assert restarts(spells, 1000, 10_000) == [1015, 1045, 1105, 1225, 1465]
    assert not spells.is_hopeless(1944.0)
    assert spells.is_hopeless(1946.0)
    spells.joined(2000.0)
    assert not spells.is_hopeless(2000.0)


def test_a_shell_that_stayed_a_minute_begins_anew_and_one_that_did_not_goes_on_where_it_was() -> None:
    spells = ShellSpells()
    spells.joined(0.0)
    spells.left(100.0)
    assert restarts(spells, 100, 120) == [115]
    spells.joined(120.0)
    spells.left(130.0)
    assert restarts(spells, 130, 170) == [160]
    spells.joined(170.0)
    spells.left(240.0)
    assert restarts(spells, 240, 260) == [255]


def test_a_shell_that_comes_and_goes_is_hopeless_until_it_has_kept_calm() -> None:
    spells = ShellSpells()
    for n in range(LEFT_MOST + 1):
        assert not spells.is_hopeless(float(n))
        spells.joined(float(n))
        spells.left(n + 0.5)
    spells.joined(20.0)
    assert spells.is_hopeless(20.0)
    assert spells.is_hopeless(600.0)
    assert not spells.is_hopeless(620.0)


@pytest.mark.anyio
async def test_a_shell_that_stays_away_takes_the_booth_out_of_service_and_staff_are_told(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.shell.leave()
        await rig.clock.advance(3600)
        assert rig.services.told.count("restart_kiosk") == TRIES
        assert rig.supervisor.loop.booth.mode is Mode.OUT_OF_SERVICE
        assert rig.shown.screen == OutOfService(code="LYR-1")
        told = [one for one in rig.central.events.values() if isinstance(one, FaultChanged) and one.code == "LYR-1"]
        assert [one.raised for one in told] == [True]
        assert "LYR-1" in rig.supervisor.status().faults
        await rig.show_window()
        await rig.clock.advance(5)
        assert rig.supervisor.loop.booth.mode is Mode.IN_SERVICE


@pytest.mark.anyio
async def test_a_shell_that_crashes_again_and_again_raises_its_fault_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        for _ in range(30):
            await rig.show_window()
            await rig.clock.advance(1)
            rig.shell.leave()
            await rig.clock.advance(1)
        told = [one for one in rig.central.events.values() if isinstance(one, FaultChanged) and one.code == "LYR-1"]
        assert [one.raised for one in told] == [True]
        assert rig.supervisor.loop.booth.mode is Mode.OUT_OF_SERVICE
        await rig.show_window()
        await rig.clock.advance(700)
        assert "LYR-1" not in rig.supervisor.loop.booth.faults
