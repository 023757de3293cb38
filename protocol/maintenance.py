"""What agent and kiosk page say to each other while a technician is at the booth: the PIN screen and the maintenance screen."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.devices import DevicesMeasured
from protocol.diagnosis import Found
from protocol.wire import Count, ShortText, Strict


class RelayTried(Strict, frozen=True, kw_only=True):
    """One relay or STUN server of the last call (`address` as turn:host:port, no credentials), and whether it answered."""

    address: ShortText
    answered: bool


class Diagnosis(Strict, frozen=True, kw_only=True):
    """What the agent found when it last looked.

    `central`: reached, unreachable, unreadable, untrusted, refused or not_enrolled; `central_ms` the round trip where it was
    reached. `clock_age_s`: since central last told the time, null if it never did in this run of the agent. `engine`: the web
    engine that is installed; `credentials`: where the device token is kept. `relays_known`: central said which there are.
    `up_kbit_s`, `down_kbit_s`: measured against central, null where that could not be. `lock_watched`: bilik-install looks
    after this PC's lock-down; `lock_changed`: what is not as it was set up. `devices`: what the page measured, null where
    it could not: no page, or a visit.
    """

    agent_version: ShortText
    shell_version: ShortText = ""
    screen: ShortText = ""
    uptime_s: Count
    memory_bytes: Count
    disk_free_bytes: Count
    keys_held: Count | None = None
    keys_missing: tuple[ShortText, ...] = ()
    window_starts: Count = 0
    outbox_waiting: Count = 0
    central: ShortText = "not_enrolled"
    central_ms: Count | None = None
    clock_age_s: Count | None = None
    relays: tuple[RelayTried, ...] = ()
    engine: ShortText = ""
    operating_system: ShortText = ""
    credentials: ShortText = ""
    relays_known: bool = False
    up_kbit_s: Count | None = None
    down_kbit_s: Count | None = None
    lock_watched: bool = False
    lock_changed: ShortText | None = None
    devices: DevicesMeasured | None = None


class TechnicianPin(Strict, frozen=True, kw_only=True, tag="technician_pin", tag_field="screen"):
    """The technician's PIN is asked for. `said`: what became of the last try (wrong, unset, failed); nothing may be typed for `retry_s`."""

    busy: bool = False
    said: ShortText | None = None
    retry_s: int = 0


class Maintenance(Strict, frozen=True, kw_only=True, tag="maintenance", tag_field="screen"):
    """A technician is at work. `busy`: being looked at anew. `said`: exit_failed, or null.

    `devices`: the lines of camera, microphone and loudspeaker as last measured; none before that. `bad`: what the diagnosis
    found bad and no fault stands for.
    """

    faults: tuple[ShortText, ...] = ()
    diagnosis: Diagnosis | None = None
    busy: bool = False
    said: ShortText | None = None
    devices: tuple[Found, ...] = ()
    bad: tuple[Found, ...] = ()


class TechnicianCalled(Strict, frozen=True, kw_only=True, tag="technician_called", tag_field="type"):
    """The corners of the glass were held as a technician holds them: ask for the PIN."""


class TechnicianPinTyped(Strict, frozen=True, kw_only=True, tag="technician_pin", tag_field="type"):
    """The technician's PIN; stays on this PC, never stored or logged."""

    pin: Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9]+$(?!\n)")]


class MaintenanceDeed(StrEnum):
    """What can be asked for; `cancel` on the PIN screen, all others on the maintenance screen. `stay`: somebody is still at it."""

    CANCEL = "cancel"
    STAY = "stay"
    FINISH = "finish"
    DIAGNOSE = "diagnose"
    RESTART_WINDOW = "restart_window"
    RESTART_AGENT = "restart_agent"
    REBOOT = "reboot"
    EXIT = "exit"


class MaintenanceAsked(Strict, frozen=True, kw_only=True, tag="maintenance", tag_field="type"):
    """A button of one of the two screens."""

    deed: MaintenanceDeed


FromTechnician = TechnicianCalled | TechnicianPinTyped | MaintenanceAsked
