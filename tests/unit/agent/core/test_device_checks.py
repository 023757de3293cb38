"""What is good and what is bad of camera, microphone and loudspeaker: a row for each, and no measure without a line."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core import events as ev
from agent.core.device_checks import judge_devices, with_tone_of
from protocol.devices import Device, DevicesMeasured, Speaker
from protocol.diagnosis import FINDINGS
from protocol.maintenance import Maintenance
from tests.fakes import MEASURED
from tests.unit.agent.core.desk import Desk
from tests.unit.agent.core.technician_desk import inside


def changed(**fields: object) -> DevicesMeasured:
    return msgspec.structs.replace(MEASURED, **fields)


def judged(measured: DevicesMeasured, area: str) -> str:
    return next(one.finding for one in judge_devices(measured) if FINDINGS[one.finding].area == area)


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({}, "camera.works"),
        ({"camera": Device.MISSING}, "camera.missing"),
        ({"camera": Device.FAILED}, "camera.failed"),
        ({"frames_per_s": 0.0}, "camera.frozen"),
        ({"frames_per_s": 0.9}, "camera.frozen"),
        ({"movement": 0.0}, "camera.frozen"),
        ({"movement": 0.001}, "camera.works"),
        ({"brightness": 2.0}, "camera.black"),
        ({"brightness": 2.0, "contrast": 0.0, "movement": 0.0}, "camera.black"),
        ({"contrast": 1.0, "movement": 0.0}, "camera.blank"),
        ({"brightness": 20.0}, "camera.dark"),
        ({"width": 160, "height": 120}, "camera.small"),
        ({"frames_per_s": 7.4}, "camera.slow"),
        ({"frames_per_s": 14.0}, "camera.works"),
        ({"microphone": Device.MISSING}, "microphone.missing"),
        ({"microphone": Device.FAILED}, "microphone.failed"),
        ({"level_db": -200.0}, "microphone.silent"),
        ({"level_db": -80.1}, "microphone.silent"),
        ({"level_db": -79.0}, "microphone.works"),
        ({"speaker": Speaker.UNTRIED}, "speaker.untried"),
        ({"speaker": Speaker.MISSING}, "speaker.missing"),
        ({"speaker": Speaker.OFF}, "speaker.off"),
        ({"speaker": Speaker.FAILED}, "speaker.failed"),
        ({"tone_db": 25.0}, "speaker.heard"),
        ({"tone_db": 9.9}, "speaker.played"),
        ({"tone_db": None}, "speaker.played"),
        ({"tone_db": None, "confirmed": True}, "speaker.confirmed"),
        ({"tone_db": 25.0, "confirmed": False}, "speaker.unheard"),
        ({"speaker": Speaker.FAILED, "confirmed": True}, "speaker.failed"),
    ],
)
def test_each_measure_has_its_line(fields: dict[str, object], finding: str) -> None:
    assert judged(changed(**fields), finding.partition(".")[0]) == finding


LIGHT = st.floats(0, 255)
LEVEL = st.floats(-200, 200)


@given(
    st.builds(
        DevicesMeasured,
        camera=st.sampled_from(Device),
        width=st.integers(0, 4000),
        height=st.integers(0, 4000),
        frames_per_s=st.floats(0, 1000),
        brightness=LIGHT,
        contrast=LIGHT,
        movement=LIGHT,
        microphone=st.sampled_from(Device),
        level_db=LEVEL,
        speaker=st.sampled_from(Speaker),
        tone_db=st.none() | LEVEL,
        confirmed=st.none() | st.booleans(),
    )
)
def test_whatever_is_measured_there_is_one_line_for_each_device_and_its_gaps_are_filled(
    measured: DevicesMeasured,
) -> None:
    lines = judge_devices(measured)
    assert [FINDINGS[one.finding].area for one in lines] == ["camera", "microphone", "speaker"]
    for one in lines:
        row = FINDINGS[one.finding]
        assert "{" not in row.sentence_id.format_map(one.gaps) + row.sentence_en.format_map(one.gaps)
    if measured.confirmed is not None and measured.speaker is Speaker.PLAYED:
        assert lines[2].finding in {"speaker.confirmed", "speaker.unheard"}


def test_a_look_without_a_tone_keeps_what_became_of_the_one_before() -> None:
    silent = changed(speaker=Speaker.UNTRIED, tone_db=None, level_db=-60.0)
    kept = with_tone_of(changed(confirmed=True), silent)
    assert (kept.speaker, kept.confirmed, kept.level_db) == (Speaker.PLAYED, True, -60.0)
    assert with_tone_of(None, silent) == silent
    assert with_tone_of(changed(confirmed=True), MEASURED) == MEASURED


# ---- on the maintenance screen ------------------------------------------------------------------------------------


def lines(desk: Desk) -> list[str]:
    screen = desk.screen
    assert isinstance(screen, Maintenance)
    return [one.finding for one in screen.devices]


def test_what_the_maintenance_screen_measures_is_judged_and_shown_until_the_technician_leaves() -> None:
    desk = inside()
    assert lines(desk) == []
    desk.feed(ev.DevicesSeen, measured=changed(brightness=1.0))
    assert lines(desk) == ["camera.black", "microphone.works", "speaker.heard"]
    desk.feed(ev.DevicesSeen, measured=changed(confirmed=False))
    desk.feed(ev.DevicesSeen, measured=changed(speaker=Speaker.UNTRIED))
    assert lines(desk) == ["camera.works", "microphone.works", "speaker.unheard"]


def test_without_a_technician_inside_the_page_measures_for_nobody() -> None:
    desk = Desk().open()
    before = desk.booth
    assert desk.feed(ev.DevicesSeen, measured=MEASURED) == []
    assert desk.booth.technician == before.technician


def test_what_answers_a_trial_is_no_look_of_the_maintenance_screen() -> None:
    desk = inside()
    desk.feed(ev.DevicesSeen, measured=changed(try_id="t1"))
    assert lines(desk) == []
