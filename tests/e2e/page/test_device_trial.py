"""Camera, microphone and loudspeaker tried by the kiosk page outside a call, in real Chromium with made-up devices."""

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from agent.core.device_checks import judge_devices
from protocol import page as said
from protocol.devices import Device, DevicesMeasured, Speaker, TryDevices
from protocol.terminal import CheckInMethod
from protocol.wire import Strict
from tests.kiosk_browser import SCREENS, check_in, devices, diagnosis, kiosk
from tests.page_stage import PageStage
from tests.stage.browsers import CHROMIUM, FAKE_DEVICES
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KEEP = """() => { window.taken = []; const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async wanted => {
    const got = await real(wanted); window.taken.push(...got.getTracks()); return got; }; }"""
OPEN = "() => window.taken.filter(track => track.readyState === 'live').length"
SIGN = "Kamera dan mikrofon sedang diperiksa"


ONCE = """() => { const real = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = wanted =>
    wanted.audio?.echoCancellation === false ? Promise.reject(new DOMException("busy", "NotReadableError")) : real(wanted); }"""
"""A sound system that lets nobody open the microphone twice."""


@pytest.fixture
def watched(glass: Page) -> Page:
    glass.evaluate(KEEP)
    return glass


def last(stage: PageStage) -> DevicesMeasured:
    return stage.wait_for(DevicesMeasured)


def found(measured: DevicesMeasured) -> list[str]:
    return [one.finding for one in judge_devices(measured)]


PURE = """async () => {
  const { decibel, pitch, stoodOut, hear, TONE_HZ } = await import("/call/sound.js");
  const { lightOf } = await import("/call/picture.js");
  const rate = 48000, wave = (hz, size) => Float32Array.from({ length: 8192 }, (_, at) => size * Math.sin(2 * Math.PI * hz * at / rate));
  let seed = 1;
  const noise = Float32Array.from({ length: 8192 }, () => ((seed = seed * 16807 % 2147483647) / 2147483647 - 0.5) * 0.02);
  const both = wave(TONE_HZ, 0.01).map((one, at) => one + noise[at]);
  const [still, toned, voice] = [noise, both, wave(TONE_HZ * 1.07, 0.1)].map(one => hear(one, rate));
  const flat = light => Uint8ClampedArray.from({ length: 64 }, (_, at) => at % 4 === 3 ? 255 : light);
  const edge = flat(0); edge.fill(255, 0, 32);
  return { silence: decibel(new Float32Array(8)), full: decibel(wave(1000, 1)),
    tone: pitch(wave(TONE_HZ, 0.1), rate, TONE_HZ), none: pitch(new Float32Array(8192), rate, TONE_HZ),
    heard: stoodOut([still, still], [toned, toned, toned]), always: stoodOut([toned], [toned]),
    noise: stoodOut([still], [still]), voice: stoodOut([still], [voice]), nothing: stoodOut([], [toned]),
    grey: lightOf(flat(100), flat(100)), moved: lightOf(flat(100), flat(110)), edge: lightOf(edge, null) };
}"""


def measures(glass: Page) -> None:
    """They are what they say."""
    got = glass.evaluate(PURE)
    assert got["silence"] == -200
    assert got["full"] == pytest.approx(-3.01, abs=0.1)
    assert got["tone"] == pytest.approx(-20, abs=1)
    assert got["none"] == -90
    assert got["heard"] > 10
    assert abs(got["always"]) < 1, "a tone that is there anyway is not ours"
    assert got["noise"] < 10
    assert got["voice"] < 0, "another pitch is not ours"
    assert got["nothing"] is None
    assert got["grey"] == {"brightness": pytest.approx(100), "contrast": pytest.approx(0, abs=0.01), "movement": 0}
    assert got["moved"]["movement"] == pytest.approx(10)
    assert got["edge"]["contrast"] == pytest.approx(127.5)


def test_an_idle_booth_is_measured_under_a_sign_and_everything_is_let_go_of(watched: Page, stage: PageStage) -> None:
    stage.show(SCREENS["idle"])
    stage.send(TryDevices(try_id="t1", tone=True, ms=10_000))
    watched.get_by_text(SIGN).wait_for(timeout=5000)
    measured = stage.wait_for(DevicesMeasured)
    assert measured.try_id == "t1"
    assert (measured.width, measured.height) == (640, 480)
    assert 15 < measured.frames_per_s < 35
    assert -40 < measured.level_db < 0, "the made-up microphone beeps"
    assert measured.tone_db is not None
    assert found(measured) == ["camera.works", "microphone.works", "speaker.played"]
    watched.get_by_text(SIGN).wait_for(state="hidden", timeout=5000)
    assert watched.evaluate(OPEN) == 0
    assert len(stage.all(DevicesMeasured)) == 1
    measures(watched)


def test_a_called_number_ends_a_trial_at_once_and_one_that_hangs_is_over_in_its_time(
    watched: Page, stage: PageStage
) -> None:
    stage.show(SCREENS["idle"])
    stage.send(TryDevices(try_id="t1", tone=True, ms=10_000))
    watched.wait_for_function("() => window.taken.length >= 2")
    stage.show(check_in(CheckInMethod.NONE))
    wait_for(lambda: watched.evaluate(OPEN) == 0, within_s=1, what="every track to be stopped")
    assert not watched.get_by_text(SIGN).is_visible()
    taken = watched.evaluate("() => window.taken.length")
    stage.send(TryDevices(try_id="t2", tone=False, ms=10_000))
    stage.show(SCREENS["rules"])
    stage.show(SCREENS["idle"])
    assert watched.evaluate("() => window.taken.length") == taken
    hang(watched, stage)
    older_agent_is_asked_nothing(watched, stage)
    assert not stage.all(DevicesMeasured)


def hang(watched: Page, stage: PageStage) -> None:
    """A trial that gets no devices is over in its time."""
    watched.evaluate("() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }")
    stage.show(SCREENS["locked"])
    stage.send(TryDevices(try_id="t1", tone=False, ms=300))
    watched.get_by_text(SIGN).wait_for(timeout=5000)
    watched.get_by_text(SIGN).wait_for(state="hidden", timeout=5000)


def test_a_technician_sees_hears_answers_and_leaves(watched: Page, stage: PageStage) -> None:
    maintenance = said.Maintenance(diagnosis=diagnosis(), devices=devices(well=False))
    stage.show(said.Maintenance(diagnosis=diagnosis()))
    watched.get_by_role("button", name="Coba kamera, mikrofon, suara").click()
    watched.get_by_text(SIGN).wait_for(timeout=5000)
    assert not watched.get_by_role("button", name="Ya", exact=True).is_visible(), "no tone was played yet"
    measured = stage.wait_for(DevicesMeasured)
    assert (measured.try_id, measured.speaker) == (None, Speaker.UNTRIED)
    watched.wait_for_function("() => document.querySelector('.check video').videoWidth > 0")
    watched.get_by_role("button", name="Mainkan nada").click()
    watched.get_by_role("button", name="Nada dimainkan").wait_for(timeout=5000)
    stage.send(TryDevices(try_id="t1", tone=False, ms=10_000))
    answered = wait_for(
        lambda: [one for one in stage.all(DevicesMeasured) if one.try_id == "t1"], within_s=5, what="staff's answer"
    )[0]
    assert (answered.camera, answered.speaker) == (Device.MEASURED, Speaker.PLAYED)
    stage.show(maintenance)
    assert "Apakah penutup lensanya tertutup?" in watched.inner_text(".told")
    watched.get_by_role("button", name="Ya", exact=True).click()
    wait_for(lambda: stage.all(DevicesMeasured)[-1].confirmed is True, within_s=2, what="the answer")
    watched.get_by_role("button", name="Kembali ke daftar").click()
    assert watched.evaluate(OPEN) == 0
    watched.evaluate(ONCE)
    stage.forget()
    watched.get_by_role("button", name="Coba kamera, mikrofon, suara").click()
    wait_for(lambda: watched.evaluate(OPEN) >= 2, within_s=5, what="the devices to be open again")
    wait_for(
        lambda: last(stage).microphone is Device.MEASURED, within_s=5, what="the call's own microphone to be measured"
    )
    stage.show(SCREENS["idle"])
    wait_for(lambda: watched.evaluate(OPEN) == 0, within_s=1, what="a technician who left to leave nothing open")


class OlderMaintenance(Strict, frozen=True, kw_only=True, tag="maintenance", tag_field="screen"):
    """What an agent of before says, which would close the line at a message that it does not know."""

    faults: tuple[str, ...] = ()
    diagnosis: None = None
    busy: bool = False
    said: str | None = None


def older_agent_is_asked_nothing(watched: Page, stage: PageStage) -> None:
    stage.show(OlderMaintenance())  # type: ignore[arg-type]  # not of this version
    watched.get_by_role("button", name="Muat ulang layar").wait_for(timeout=5000)
    assert not watched.get_by_role("button", name="Coba kamera, mikrofon, suara").is_visible()


@pytest.fixture
def covered(browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """A camera whose lens is covered, and a microphone that is switched off."""
    black = tmp_path / "black.y4m"
    frame = b"FRAME\n" + b"\x10" * (640 * 480) + b"\x80" * (640 * 480 // 2)
    black.write_bytes(b"YUV4MPEG2 W640 H480 F24:1 Ip A1:1 C420jpeg\n" + frame * 2)
    with wave.open(str(silence := tmp_path / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 48_000, "NONE", ""))
        file.writeframes(bytes(96_000))
    flags = [f"--use-file-for-fake-video-capture={black}", f"--use-file-for-fake-audio-capture={silence}"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FAKE_DEVICES, *flags, *sandbox])
    yield other
    other.close()


def test_a_covered_lens_and_a_muted_microphone_are_told_as_such(covered: Browser, stage: PageStage) -> None:
    with kiosk(covered, stage) as glass:
        stage.show(SCREENS["idle"])
        stage.send(TryDevices(try_id="t1", tone=False, ms=10_000))
        measured = stage.wait_for(DevicesMeasured)
        assert glass.url
    assert found(measured) == ["camera.black", "microphone.silent", "speaker.untried"], measured
