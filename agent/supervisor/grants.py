"""Asks central for the permission to open a session, and brings the answer back as an event."""

import logging
import math
from collections.abc import Callable

from agent.core.effects import OpenSession
from agent.core.events import SessionGranted, SessionRefused
from agent.ports import Central, CentralError, Clock, Rejected
from agent.supervisor.loop import Make
from agent.supervisor.tasks import Spawn
from protocol import PROTOCOL_VERSION
from protocol.terminal import OpenRequest

log = logging.getLogger(__name__)

REFUSALS = frozenset({"wrong_pin", "moved", "cancelled", "open_elsewhere", "not_now", "wait"})


class Grants:
    """One request a session at a time; its answer comes back even if nobody waits for it any more."""

    def __init__(self, clock: Clock, feed: Callable[[Make], None], spawn: Spawn) -> None:
        self._clock = clock
        self._feed = feed
        self._spawn = spawn
        self._asking: set[str] = set()
        self._granted_s: dict[str, float] = {}

    def ask(self, central: Central | None, wanted: OpenSession) -> None:
        """Begin to ask; repeating it while an answer is on its way changes nothing."""
        if wanted.session_id in self._asking:
            return
        self._asking.add(wanted.session_id)
        self._spawn(self._ask(central, wanted))

    def age_s(self, session_id: str) -> float:
        """How long ago the newest grant of this session came; infinite without one in this run."""
        return self._clock.now().boot_s - self._granted_s.get(session_id, -math.inf)

    async def _ask(self, central: Central | None, wanted: OpenSession) -> None:
        session_id = wanted.session_id
        request = OpenRequest(
            protocol=PROTOCOL_VERSION, boot_id=self._clock.boot_id, pin=wanted.pin, again=wanted.again
        )
        why, retry_s = "unreachable", 0
        try:
            if central is not None:
                grant = await central.open_session(session_id, request)
                self._asking.discard(session_id)
                self._granted_s = {session_id: self._clock.now().boot_s}
                log.info("session_granted", extra={"session": session_id, "again": wanted.again})
                self._feed(lambda now: SessionGranted(now=now, grant=grant))
                return
        except Rejected as error:
            why = error.code if error.code in REFUSALS else "not_now"
            retry_s = math.ceil(error.retry_after_s or 0)
        except CentralError as error:
            log.warning("session_not_asked", extra={"session": session_id, "why": str(error)})
        finally:
            self._asking.discard(session_id)
        log.info("session_refused", extra={"session": session_id, "why": why})
        self._feed(lambda now: SessionRefused(now=now, session_id=session_id, why=why, retry_s=retry_s))
