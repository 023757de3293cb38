"""What a technician needs of the outside, as small real stand-ins: a PIN store, a network, devices that are well."""

import asyncio

from agent.ports import PinOutcome
from protocol.devices import Device, DevicesMeasured, Speaker

MEASURED = DevicesMeasured(
    camera=Device.MEASURED,
    width=640,
    height=480,
    frames_per_s=24.0,
    brightness=110.0,
    contrast=40.0,
    movement=1.5,
    microphone=Device.MEASURED,
    level_db=-45.0,
    speaker=Speaker.PLAYED,
    tone_db=25.0,
)
"""Camera, microphone and loudspeaker that are well."""


class MemoryPinStore:
    """A PIN in the open; `looks` counts how often one was compared, `hold()` lets answers hang until `release()`."""

    def __init__(self, pin: str | None = None) -> None:
        self.pin = pin
        self.looks = 0
        self.failing = False
        self._gate = asyncio.Event()
        self._gate.set()

    def hold(self) -> None:
        """From now on answers hang."""
        self._gate.clear()

    def release(self) -> None:
        """Let hanging answers come."""
        self._gate.set()

    async def write(self, pin: str) -> None:
        self.pin = pin

    async def check(self, pin: str) -> PinOutcome:
        self.looks += 1
        await self._gate.wait()
        if self.failing:
            return PinOutcome.FAILED
        if self.pin is None:
            return PinOutcome.UNSET
        return PinOutcome.RIGHT if pin == self.pin else PinOutcome.WRONG


class FakeNetwork:
    """Only those that a test lets answer do."""

    def __init__(self, *there: str) -> None:
        self.there = set(there)

    async def answers(self, address: str) -> bool:
        return address in self.there
