"""Lets the page try camera, microphone and loudspeaker while nobody is called, and waits for what it measured."""

import asyncio
import logging
from collections.abc import Callable

from agent.core.device_checks import with_tone_of
from agent.core.state import Booth
from agent.ports import Clock, Page
from agent.supervisor.waiting import wait_either
from protocol.devices import DevicesMeasured, TryDevices

log = logging.getLogger(__name__)

TRY_S = 10.0
"""Opening takes up to 3 s at old cameras, the look 2 s, the tone 1.5 s."""
LOOK_FOR_CALL_S = 0.2


class DeviceTrial:
    """One at a time. The page leaves a trial at once when a visit is shown; here only the waiting for it ends."""

    def __init__(self, page: Page, clock: Clock, booth: Callable[[], Booth]) -> None:
        self._page = page
        self._clock = clock
        self._booth = booth
        self._tries = 0
        self._asked: str | None = None
        self._answer: DevicesMeasured | None = None
        self._answered = asyncio.Event()

    async def make(self) -> DevicesMeasured | None:
        """What was measured; None where nothing may be opened now, or nothing came of it. A technician plays the tone by hand."""
        if not self._may_try():
            return None
        by_hand = self._booth().maintenance
        measured = await self._ask(tone=not by_hand)
        if measured is None:
            log.info("devices_not_tried", extra={"why": "no answer" if self._may_try() else "a visit"})
            return None
        return with_tone_of(self._booth().technician.devices, measured) if by_hand else measured

    async def _ask(self, *, tone: bool) -> DevicesMeasured | None:
        self._tries += 1
        self._asked, self._answer = f"t{self._tries}", None
        self._answered.clear()
        self._page.send(TryDevices(try_id=self._asked, tone=tone, ms=round(TRY_S * 1000)))
        await self._wait()
        self._asked = None
        return self._answer

    def heard(self, measured: DevicesMeasured) -> None:
        """The page's answer; one that nobody waits for any more is dropped."""
        if self._asked is not None and measured.try_id == self._asked:
            self._answer = measured
            self._answered.set()

    def _may_try(self) -> bool:
        booth = self._booth()
        return booth.page_up and booth.visit is None and not booth.technician.handed_over

    async def _wait(self) -> None:
        until_s = self._clock.now().boot_s + TRY_S + 1
        while self._may_try() and (now_s := self._clock.now().boot_s) < until_s:
            if await wait_either(self._clock, min(until_s, now_s + LOOK_FOR_CALL_S), self._answered):
                return
