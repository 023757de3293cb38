"""What a technician needs of the outside, as small real stand-ins: a PIN store, and a network."""

import asyncio

from agent.ports import PinOutcome


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
