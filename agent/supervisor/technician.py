"""Does what a technician needs of the outside: compares the PIN, looks at PC, programs and network, gives the screen away."""

import logging
from collections.abc import Callable, Iterable

from agent.core.effects import CheckTechnicianPin, Diagnose, Effect, HandOver
from agent.core.events import Diagnosed, HandOverAnswered, TechnicianPinChecked
from agent.supervisor.central_line import CentralLine
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
        found = await self._look()
        self._feed(lambda now: Diagnosed(now=now, diagnosis=found))

    async def _look(self) -> Diagnosis:
        outside, hello, keys = self._outside, self._hello, self._keys
        central, took_ms = await self._line.try_now()
        relays = [RelayTried(address=at[:200], answered=await outside.network.answers(at)) for at in self._relays]
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
        )
