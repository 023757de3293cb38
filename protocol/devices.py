"""What agent and kiosk page say to each other when camera, microphone and loudspeaker are tried outside a call."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.wire import Count, DurationMs, Identifier, Strict

Level = Annotated[float, Meta(ge=-200, le=200)]
Light = Annotated[float, Meta(ge=0, le=255)]


class Device(StrEnum):
    """MEASURED: it could be opened. MISSING: the engine lists none. FAILED: it is listed, and gives nothing."""

    MEASURED = "measured"
    MISSING = "missing"
    FAILED = "failed"


class Speaker(StrEnum):
    """PLAYED: a tone was played. OFF: the booth's loudness is 0. UNTRIED: no tone was asked for yet."""

    UNTRIED = "untried"
    MISSING = "missing"
    OFF = "off"
    FAILED = "failed"
    PLAYED = "played"


class DevicesMeasured(Strict, frozen=True, kw_only=True, tag="devices_measured", tag_field="type"):
    """What the page saw and heard with the devices that a call would have.

    `brightness` is the mean and `contrast` the spread of the picture's light (0 to 255), `movement` the mean change between
    two looks: 0.0 only if nothing at all changed. `level_db` is the loudest 0.2 s of the microphone without echo and noise
    suppression (dBFS). `tone_db`: by how much the tone stood out in it while it played, null if it could not listen.
    `confirmed`: whether somebody at the booth said to have heard it. `try_id`: the TryDevices that this answers, null for
    the looks that the maintenance screen makes by itself.
    """

    try_id: Identifier | None = None
    camera: Device
    width: Count = 0
    height: Count = 0
    frames_per_s: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    brightness: Light = 0.0
    contrast: Light = 0.0
    movement: Light = 0.0
    microphone: Device
    level_db: Level = -200.0
    speaker: Speaker = Speaker.UNTRIED
    tone_db: Level | None = None
    confirmed: bool | None = None


class TryDevices(Strict, frozen=True, kw_only=True, tag="try_devices", tag_field="type"):
    """Open camera and microphone as a call does, measure, play the tone if asked, let go of them, and answer.

    The page stops by itself after `ms`, and at once when anything is shown that belongs to a visit; then no answer comes.
    """

    try_id: Identifier
    tone: bool
    ms: DurationMs
