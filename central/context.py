"""Everything a route of central needs, built once at start and handed to the app."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from litestar.connection import ASGIConnection
from litestar.datastructures import State

from central.attempts import Attempts
from central.boots import Boots
from central.bus import Bus
from central.calls.relay import Relay
from central.calls.rooms import Rooms
from central.credentials import Passwords
from central.heartbeats import Heartbeats
from central.known import KnownTerminals
from central.metrics import Metrics
from central.readiness import Health
from central.store.engine import Database
from central.time import now_ms
from central.turn import TurnServers
from central.watching import Watching

REGISTRATIONS_AN_HOUR = 30
"""From one address: phone networks put many families behind one, so it is no small number."""
LINE_TRIES = 12
"""Of one terminal's line in five minutes: three for each look at it."""
ALL_LINE_TRIES = 120
"""Of all terminals' lines in a minute, a megabyte each at most."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `serve` was told. `public_url` has no slash at its end; `link_secret` makes the families' links.

    `metrics_token` opens `/metrics`; empty: nothing does. `releases`: a folder with a folder for each version.
    """

    public_url: str = ""
    link_secret: str = ""
    metrics_token: str = ""
    releases: Path | None = None

    @property
    def is_https(self) -> bool:
        """Whether cookies may be marked Secure."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, kw_only=True)
class Central:
    """The parts of one running central."""

    database: Database
    bus: Bus
    options: Options
    rooms: Rooms
    relay: Relay
    heartbeats: Heartbeats
    boots: Boots
    known: KnownTerminals
    health: Health
    watching: Watching
    turn: TurnServers
    enrolments: Attempts
    joins: Attempts
    registering: Attempts
    codes: Attempts
    lines: Attempts
    all_lines: Attempts
    started_at_ms: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    passwords: Passwords = field(default_factory=Passwords)
    clock: Callable[[], int] = now_ms

    @classmethod
    def build(
        cls,
        database: Database,
        options: Options,
        *,
        turn: TurnServers | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> Self:
        """Put the parts together; nothing runs yet."""
        bus = Bus()
        relays = turn or TurnServers()
        known = KnownTerminals(database, clock)
        database.committed = bus.deliver
        rooms = Rooms(database, bus, relays, clock)
        watching = Watching(database, bus, known, clock)
        return cls(
            database=database,
            bus=bus,
            options=options,
            rooms=rooms,
            relay=Relay(database, bus, rooms),
            heartbeats=Heartbeats(database, watching.is_watched),
            boots=Boots(database, known),
            known=known,
            health=Health(database, bus),
            watching=watching,
            turn=relays,
            enrolments=Attempts(10, 60, clock),
            joins=Attempts(20, 60, clock),
            registering=Attempts(REGISTRATIONS_AN_HOUR, 3600, clock),
            codes=Attempts(20, 60, clock),
            lines=Attempts(LINE_TRIES, 300, clock),
            all_lines=Attempts(ALL_LINE_TRIES, 60, clock),
            started_at_ms=clock(),
            clock=clock,
        )

    @classmethod
    def of(cls, holder: ASGIConnection[Any, Any, Any, Any] | State) -> Self:
        """The central that a request, socket or app state belongs to."""
        state = holder if isinstance(holder, State) else holder.app.state
        found = state["central"]
        if not isinstance(found, cls):
            raise TypeError("the app was built without its parts")
        return found
