"""What is good and what is bad of the devices that were measured: pure; one line each for camera, microphone and loudspeaker."""

import msgspec

from protocol.devices import Device, DevicesMeasured, Speaker
from protocol.diagnosis import Found

BLACK_BELOW = 10.0
DARK_BELOW = 30.0
ONE_COLOUR_BELOW = 3.0
FEWEST_FRAMES = 10.0
STANDING_BELOW = 1.0
LEAST_WIDTH, LEAST_HEIGHT = 320, 240
SILENT_BELOW_DB = -80.0
"""A working microphone gives the noise of its own amplifier, louder than this; a muted or wrong one gives zeros."""
HEARD_FROM_DB = 10.0
LEVEL_STEP_DB = 5
"""Finer steps would only flicker on a screen that tells the level every second."""


def judge_devices(measured: DevicesMeasured) -> tuple[Found, ...]:
    """Camera, microphone, loudspeaker: the first thing that is wrong with each, or that it works."""
    return judge_camera(measured), judge_microphone(measured), judge_speaker(measured)


def judge_camera(measured: DevicesMeasured) -> Found:
    """By its picture."""
    if measured.camera is not Device.MEASURED:
        return Found(finding=f"camera.{measured.camera.value}")
    size = f"{measured.width}x{measured.height}"
    frames = round(measured.frames_per_s)
    if measured.frames_per_s < STANDING_BELOW:
        return Found(finding="camera.frozen")
    if measured.brightness < BLACK_BELOW:
        return Found(finding="camera.black")
    if measured.contrast < ONE_COLOUR_BELOW:
        return Found(finding="camera.blank")
    if measured.movement == 0.0:
        return Found(finding="camera.frozen")
    if measured.brightness < DARK_BELOW:
        return Found(finding="camera.dark")
    if measured.width < LEAST_WIDTH or measured.height < LEAST_HEIGHT:
        return Found(finding="camera.small", gaps={"size": size})
    return Found(
        finding="camera.slow" if frames < FEWEST_FRAMES else "camera.works", gaps={"size": size, "frames": frames}
    )


def judge_microphone(measured: DevicesMeasured) -> Found:
    """By its level."""
    if measured.microphone is not Device.MEASURED:
        return Found(finding=f"microphone.{measured.microphone.value}")
    if measured.level_db < SILENT_BELOW_DB:
        return Found(finding="microphone.silent")
    return Found(finding="microphone.works", gaps={"db": str(LEVEL_STEP_DB * round(measured.level_db / LEVEL_STEP_DB))})


def judge_speaker(measured: DevicesMeasured) -> Found:
    """By the ears of somebody at the booth, or else of the microphone; a headset that does not leak leaves it open."""
    if measured.speaker is not Speaker.PLAYED:
        return Found(finding=f"speaker.{measured.speaker.value}")
    if measured.confirmed is not None:
        return Found(finding="speaker.confirmed" if measured.confirmed else "speaker.unheard")
    is_heard = measured.tone_db is not None and measured.tone_db >= HEARD_FROM_DB
    return Found(finding="speaker.heard" if is_heard else "speaker.played")


def with_tone_of(before: DevicesMeasured | None, measured: DevicesMeasured) -> DevicesMeasured:
    """What was measured now; where no tone was played in it, what became of the one before."""
    if before is None or measured.speaker is not Speaker.UNTRIED:
        return measured
    return msgspec.structs.replace(measured, speaker=before.speaker, tone_db=before.tone_db, confirmed=before.confirmed)
