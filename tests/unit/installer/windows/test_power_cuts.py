"""Wherever the power goes, on the way there or back, the registry and the PC come back as they were."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.ports import InstallError
from installer.undo import UndoList
from installer.windows.booth import WindowsBooth
from installer.windows.plan import FOLDER
from installer.windows.policies import WINLOGON, common_settings
from installer.windows.ports import Value, number, text
from tests.fake_system import PowerCut
from tests.fake_windows import FakePc
from tests.length import IS_LONG
from tests.windows_booth import GIVEN, PLACE, booth, quiet

OURS = [(one.key, one.name) for one in common_settings("bilik-kiosk")]
values = st.one_of(st.integers(0, 2**32 - 1).map(number), st.text("ab\u00e9", max_size=3).map(text))


@st.composite
def computers(draw: st.DrawFn) -> FakePc:
    pc = FakePc(draw(st.sampled_from(("Professional", "Enterprise"))))
    pc.needs_restart = False
    if draw(st.booleans()):
        pc.add_kiosk_account("bilik-kiosk")
    there: dict[tuple[str, str], Value] = draw(st.dictionaries(st.sampled_from(OURS), values, max_size=8))
    for (key, name), value in there.items():
        if not key.startswith("KIOSK") or pc.accounts >= {"bilik-kiosk"}:
            pc.registry.put(key, name, value)
    pc.registry.make(WINLOGON + "\\Theirs")
    return pc


def on(pc: FakePc) -> None:
    WindowsBooth(pc, PLACE).install(booth(pc).plan(GIVEN), quiet)


def back(pc: FakePc) -> None:
    assert booth(pc).uninstall(quiet) == []


@pytest.mark.shortened
@settings(max_examples=500 if IS_LONG else 40, deadline=None)
@given(computers(), st.lists(st.floats(0, 400), max_size=3), st.lists(st.floats(0, 400), max_size=3))
def test_cut_anywhere_the_registry_comes_back(pc: FakePc, there: list[float], returns: list[float]) -> None:
    before = pc.picture()
    for act, cuts in ((on, (*there, None)), (back, (*returns, None))):
        for cut_at in cuts:
            pc.power.changes, pc.power.cut_at = 0, cut_at
            try:
                act(pc)
            except PowerCut:
                continue
            break
    assert pc.picture() == before


@pytest.mark.shortened
@settings(max_examples=200 if IS_LONG else 25, deadline=None)
@given(computers(), st.floats(0, 400), st.sampled_from(OURS))
def test_given_up_half_way_or_refused_it_comes_back_too(pc: FakePc, cut_at: float, refused: tuple[str, str]) -> None:
    before = pc.picture()
    pc.power.cut_at = cut_at
    pc.power.refuses.add(refused[1])
    with contextlib.suppress(PowerCut, InstallError):
        on(pc)
    pc.power.cut_at = None
    pc.power.refuses.clear()
    UndoList(pc, FOLDER)
    back(pc)
    assert pc.picture() == before
