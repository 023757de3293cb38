"""Does what a technician needs of the outside: compares the PIN, looks at PC, programs and network, gives the screen away."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from agent.core.checks import judge
from agent.core.effects import CheckTechnicianPin, Diagnose, Effect, HandOver
from agent.core.events import Diagnosed, HandOverAnswered, TechnicianPinChecked
from agent.supervisor.central_line import CentralLine
from agent.supervisor.device_trial import DeviceTrial
from agent.supervisor.doctor_answer import DoctorAnswer, encode
from agent.supervisor.loop import Make
from agent.supervisor.outside import Outside
from agent.supervisor.tasks import Spawn
from protocol.maintenance import Diagnosis, RelayTried
from protocol.shell import KeysFact, ShellHello, WindowFact

log = logging.getLogger(__name__)

MOST_RELAYS = 4


class TechnicianDesk:
    """Every answer comes back as an event; nothing here knows what a PIN was, or keeps one."""

    def __init__(self, *, outside: Outside, line: CentralLine, feed: Callable[[Make], None], spawn: Spawn) -> None:
        self._outside = outside
        self._line = line
        self._feed = feed
        self._spawn = spawn
        self._relays: tuple[str, ...] = ()
        self._hello: ShellHello | None = None
        self._keys: KeysFact | None = None
        self._window_starts = 0
        self._looking = asyncio.Lock()
        self._trial = DeviceTrial(outside.page, outside.clock, lambda: line.booth)
        self.tried = self._trial.heard

    def do(self, effect: Effect) -> None:
        """Begin one of the deeds that are its own."""
        match effect:
            case CheckTechnicianPin(pin=pin):
                self._spawn(self._check(pin))
            case Diagnose():
                self._spawn(self._diagnose())
            case HandOver():
                self._spawn(self._hand_over())
            case _:
                raise TypeError(f"{type(effect).__name__} has no deed")

    def know(self, fact: ShellHello | KeysFact | WindowFact) -> None:
        """What the shell said of itself, for the technician's eyes."""
        match fact:
            case ShellHello():
                self._hello = fact
            case KeysFact():
                self._keys = fact
            case WindowFact(starts=starts):
                self._window_starts = starts

    def used_relays(self, addresses: Iterable[str]) -> None:
        """Where the relays of the newest call are; their passwords are left behind."""
        self._relays = tuple(dict.fromkeys(addresses))[:MOST_RELAYS]

    async def _check(self, pin: str) -> None:
        outcome = await self._outside.pins.check(pin)
        log.info("technician_pin", extra={"outcome": str(outcome)})
        self._feed(lambda now: TechnicianPinChecked(now=now, outcome=outcome.value))

    async def _hand_over(self) -> None:
        done = await self._outside.services.hand_over()
        log.info("handed_over", extra={"done": done})
        self._feed(lambda now: HandOverAnswered(now=now, done=done))

    async def _diagnose(self) -> None:
        found = await self.look()
        self._feed(lambda now: Diagnosed(now=now, diagnosis=found))

    async def look(self) -> Diagnosis:
        """Look at everything; who comes while another looks waits for that."""
        async with self._looking:
            return await self._look()

    async def open_door(self) -> None:
        """Let `bilik-agent doctor` in."""
        if self._outside.doctor is not None:
            await self._outside.doctor.start(self.examine)

    async def close_door(self) -> None:
        """Let nobody in any more."""
        if self._outside.doctor is not None:
            await self._outside.doctor.close()

    async def examine(self) -> bytes:
        """What `bilik-agent doctor` is answered; nothing is looked at in a call."""
        if self._line.is_in_call:
            return encode(DoctorAnswer(refused="agent.in_call"))
        found = await self.look()
        return encode(DoctorAnswer(found=judge(found, self._line.booth)))

    async def _look(self) -> Diagnosis:
        outside, hello, keys = self._outside, self._hello, self._keys
        central, took_ms = await self._line.try_now()
        line = await self._line.try_line()
        at_central = () if line is None else line.relays[:MOST_RELAYS]
        asked = self._relays or at_central
        relays = [RelayTried(address=at[:200], answered=await outside.network.answers(at)) for at in asked]
        lock_changed = outside.health.lock_changed()
        devices = await self._trial.make()  # last, so that the tone is fresh in the ears of whoever is asked about it
        return Diagnosis(
            agent_version=outside.agent_version,
            shell_version="" if hello is None else hello.version,
            screen="" if hello is None else hello.screen,
            uptime_s=outside.health.uptime_s(),
            memory_bytes=outside.health.rss_bytes(),
            disk_free_bytes=outside.health.disk_free_bytes(outside.state_dir),
            keys_held=None if keys is None else keys.held,
            keys_missing=() if keys is None else keys.missing,
            window_starts=self._window_starts,
            outbox_waiting=self._line.outbox_waiting,
            central=central,
            central_ms=took_ms,
            clock_age_s=self._line.clock_age_s,
            relays=tuple(relays),
            engine=outside.engine[:200],
            operating_system=outside.operating_system[:200],
            credentials=outside.credentials.place()[:200],
            relays_known=line is not None,
            up_kbit_s=None if line is None else line.up_kbit_s,
            down_kbit_s=None if line is None else line.down_kbit_s,
            lock_watched=outside.health.lock_watched(),
            lock_changed=None if lock_changed is None else lock_changed[:200],
            devices=devices,
        )
