"""Warnings before the end."""

import msgspec
import pytest

from agent.core.effects import Effect
from protocol.page import Notice
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, T0_MS, Desk, notices


def said(effects: list[Effect]) -> list[tuple[str, int, bool]]:
    return [(one.kind, one.value, one.sound) for one in notices(effects) if one.kind not in {"connected", "extended"}]


def desk_with(talk_s: int, **settings: object) -> Desk:
    row = msgspec.structs.replace(SESSION, talk_s=talk_s)
    return Desk(msgspec.structs.replace(SETTINGS, **settings), row).to(VisitState.TALKING)


def test_each_threshold_is_said_once_and_the_late_ones_sound() -> None:
    desk = desk_with(600)
    assert said(desk.talk(599.0)) == [
        ("warning", 300, False),
        ("warning", 120, True),
        ("warning", 60, True),
        ("last_seconds", 10, False),
    ]


def test_a_warning_comes_at_its_second() -> None:
    desk = desk_with(90)
    desk.talk(29.5)
    assert desk.wake == 170.0
    desk.at = 170.0
    assert notices(desk.hear()) == [Notice(kind="warning", value=60, sound=True)]


def test_thresholds_at_or_above_the_talk_time_are_skipped() -> None:
    assert said(desk_with(60).talk(59.0)) == [("last_seconds", 10, False)]
    assert said(desk_with(10).talk(9.0)) == []


def test_a_threshold_of_ten_seconds_is_a_warning_and_the_count() -> None:
    assert said(desk_with(20, warn_at_s=(10, 5)).talk(19.0)) == [
        ("warning", 10, True),
        ("last_seconds", 10, False),
        ("warning", 5, True),
    ]


def test_an_extension_arms_the_warnings_again() -> None:
    desk = desk_with(130)
    assert said(desk.talk(75.0)) == [("warning", 120, True), ("warning", 60, True)]
    desk.command("extend", "s1", add_s=120)
    assert said(desk.talk(0.5)) == []
    assert said(desk.talk(174.0)) == [("warning", 120, True), ("warning", 60, True), ("last_seconds", 10, False)]


def test_nothing_is_said_twice_after_an_interruption() -> None:
    desk = desk_with(130)
    desk.talk(75.0)
    desk.tick(10.0)
    desk.hear()
    assert said(desk.talk(5.0)) == []


def test_warnings_slept_through_are_not_made_up_for() -> None:
    desk = desk_with(130)
    desk.at += 75.0
    assert said(desk.hear()) == []
    desk = desk_with(130)
    desk.talk(9.0)
    desk.at += 61.5
    desk.booth = msgspec.structs.replace(
        desk.booth,
        visit=msgspec.structs.replace(
            desk.visit, heard=msgspec.structs.replace(desk.visit.heard, here_s=9e9, there_s=9e9)
        ),
    )
    assert said(desk.tick()) == [("warning", 60, True)]


@pytest.mark.parametrize(("closing_s", "first_s"), [(400, 120), (260, 60)])
def test_a_hard_stop_that_comes_sooner_is_warned_of_too(closing_s: int, first_s: int) -> None:
    row = msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + closing_s * 1000)
    desk = Desk(row=row).to(VisitState.TALKING)
    kinds = said(desk.talk(closing_s - 140.0 - first_s + 0.5))
    assert ("warning", first_s, True) in kinds
